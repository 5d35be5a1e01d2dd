// The page of all texts, docs/texts.md, and the tables that it is made of. After
// a change of a text: npx vitest run --project unit web/test/texts -u
import { expect, it } from "vitest";
import { english as calls } from "../src/element/calls/texts.ts";
import { texts as german } from "../src/element/languages/de.ts";
import { english as panels } from "../src/element/panels/texts.ts";
import { english as screen } from "../src/element/texts.ts";
import { deviceFault } from "../src/phone/device-errors.ts";
import { errorOf, registrationError, statusError } from "../src/phone/errors.ts";
import { SipFailure } from "../src/sip/failure.ts";

type Table = Readonly<Record<string, string>>;

/** The first sentence that the engine has for each code; a setting's name stands in that of `not-configured`. */
const errors = (): Table => {
  const statuses = [486, 603, 404, 401, 408, 480, 488, 400].map((status) => statusError(status));
  const devices = ["NotAllowedError", "NotFoundError"].map((name) =>
    errorOf(deviceFault(new DOMException("", name), "microphone")),
  );
  const rest = [errorOf(new SipFailure(503)), registrationError(new SipFailure(500, "")), errorOf(null)];
  const found: Record<string, string> = { "not-configured": "*which setting is missing or wrong*" };
  for (const { code, message } of [...statuses, ...devices, ...rest]) found[code] ??= message;
  return found;
};

const rows = (table: Table) =>
  Object.entries(table)
    .map(([key, text]) => `| \`${key}\` | ${text} |\n`)
    .join("");

const chapter = (title: string, table: Table, more = "") =>
  `\n## ${title}\n${more && `\n${more}\n`}\n| key | English |\n|---|---|\n${rows(table)}`;

const page = () =>
  `# Every text of the screen

\`texts\` of \`<web-phone>\` puts your own words in place of any of these, in
whatever language the phone is; see [Languages and your own
words](reference.md#languages-and-your-own-words).

\`\`\`js
phone.texts = { dial: "Call us", busy: "All lines are busy. We call you back." };
\`\`\`

What stands in braces is put in: keep it, wherever your language wants it.
${chapter("The screen", screen)}${chapter("In calls", calls)}${chapter("Panels", panels)}${chapter(
    "What went wrong",
    errors(),
    "An error is said by its [code](reference.md#errors). In English the phone has more\nthan one sentence for some codes, and the first is here; your own stands in place\nof all of them.",
  )}`;

it("stands in docs/texts.md, every text with its key", async () => {
  await expect(page()).toMatchFileSnapshot("../../docs/texts.md");
});

it("has the keys that a language has, no more and no fewer", () => {
  const keys = { ...screen, ...calls, ...panels, ...errors() };
  expect(Object.keys(keys).sort()).toEqual(Object.keys(german).sort());
});
