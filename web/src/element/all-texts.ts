// Every text of the screen by its key: what another language has to say. Types
// alone.
import type { PhoneErrorCode } from "../phone/types.ts";
import type { english as calls } from "./calls/texts.ts";
import type { english as panels } from "./panels/texts.ts";
import type { english as screen } from "./texts.ts";

/** The keys of all texts; an error is said by its code. */
export type TextName = keyof typeof screen | keyof typeof calls | keyof typeof panels | PhoneErrorCode;

/** A language, complete. */
export type Texts = Readonly<Record<TextName, string>>;
