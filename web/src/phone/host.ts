// What a call, and all that is loaded on demand, ask of their phone.

import type { Call } from "./call.ts";
import type { Desk } from "./desk.ts";
import type { Environment } from "./environment.ts";
import type { Line } from "./line.ts";
import type { MessageLog } from "./log.ts";
import type { Settings } from "./settings.ts";
import type { Referral } from "./transfer.ts";
import type { PhoneEventDetails, PhoneEventName, RegistrationState } from "./types.ts";

/** What a call asks of its phone. */
export interface CallHost {
  readonly environment: Environment;
  /** Once it is loaded. */
  desk?: Desk;
  settings(): Settings;
  /** Every call. */
  readonly calls: readonly Call[];
  readonly log: MessageLog;
  /** The line of the account; throws PhoneError when too little is set. */
  line(): Line;
  registration(): RegistrationState;
  /** A call of this host's, which the phone itself knows nothing of. */
  quiet(host: CallHost, uri: string): Call;
  /** Dispatches an event; false when a listener prevented its default. */
  emit<K extends PhoneEventName>(type: K, detail: PhoneEventDetails[K]): boolean;
  changed(): void;
  /** Something failed with nobody waiting. */
  failed(cause: unknown): void;
  /** Puts every other call that is up on hold. */
  holdOthers(call: Call): Promise<void>;
  /** Calls where the other side of `call` sends it. */
  referred(call: Call, referral: Referral): Promise<Call>;
  ended(call: Call): void;
  /** Where the calls are kept for the next page, or `null` when they are not; and the calls. */
  shelf(): { readonly storage: Storage; readonly key: string; readonly calls: readonly Call[] } | null;
}
