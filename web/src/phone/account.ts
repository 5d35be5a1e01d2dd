// The account: its settings, who provides them, and the line that acts for it.

import type { ServerTransaction } from "../sip/transactions.ts";
import type { Environment } from "./environment.ts";
import { errorOf } from "./errors.ts";
import { Line } from "./line.ts";
import type { LineUser } from "./line.ts";
import { DEFAULTS, complete, merge } from "./settings.ts";
import type { Settings } from "./settings.ts";
import { PhoneError } from "./types.ts";
import type { ConfigProvider, PhoneConfig, RegistrationState } from "./types.ts";

export interface AccountUser {
  changed(): void;
  /** Something failed with nobody waiting. */
  failed(error: PhoneError): void;
  registered(detail: { server: string; expires: number }): void;
  unregistered(reason: string): void;
  invited(line: Line, invite: ServerTransaction): void;
  inUse(line: Line): boolean;
  lost(line: Line): void;
  restored(line: Line): void;
  /** The instance of an earlier page whose calls are to be taken up, if there is one. */
  recall(): Promise<string | undefined> | null;
  /** The line of that instance. */
  recalled(line: Line): void;
}

/** Milliseconds that a config provider may take. */
export const PROVIDER_LIMIT = 10_000;

export class Account {
  readonly #environment: Environment;
  readonly #user: AccountUser;
  #settings: Settings;
  /** Counts the accounts and passwords that were set. */
  #version = 0;
  #line: Line | null = null;
  /** The lines of earlier accounts that are still let go of, too. */
  readonly #lines = new Set<Line>();
  #provider: ConfigProvider | null = null;
  #providing: Promise<void> | null = null;
  #provided = false;
  /** Signed off or refused: autoRegister rests until the settings change. */
  #quiet = false;
  /** A failure in the background was told of; those that follow it are not. */
  #told = false;

  constructor(environment: Environment, config: PhoneConfig, user: AccountUser) {
    this.#environment = environment;
    this.#user = user;
    this.#settings = merge(DEFAULTS, config);
    this.#auto();
  }

  get settings(): Settings {
    return this.#settings;
  }

  get registration(): RegistrationState {
    return this.#line?.state ?? "unregistered";
  }

  get provider(): ConfigProvider | null {
    return this.#provider;
  }

  set provider(provider: ConfigProvider | null) {
    this.#provider = provider;
    this.#provided = this.#quiet = false;
    this.#auto();
  }

  configure(config: PhoneConfig): void {
    this.#configure(config);
    this.#auto();
  }

  /** Registers and resolves on the 200; asks the provider again, once, when the credentials are refused. */
  async register(wanted = false): Promise<void> {
    this.#quiet = false;
    await this.provide();
    for (let asked = false; ;) {
      const version = this.#version;
      try {
        const earlier = this.#line ? null : this.#user.recall();
        const instance = (earlier && (await earlier)) || undefined;
        const line = this.ready(instance);
        if (instance) this.#user.recalled(line);
        line.wanted ||= wanted;
        return await line.register();
      } catch (cause) {
        const error = errorOf(cause);
        if (version !== this.#version && complete(this.#settings) && !this.#quiet) {
          // Other settings came meanwhile: they decide.
        } else if (error.code === "authentication" && this.#provider && !asked) {
          asked = true;
          this.#provided = false;
          await this.provide();
        } else {
          this.#quiet ||= error.code === "authentication";
          throw error;
        }
      }
    }
  }

  async unregister(): Promise<void> {
    this.#quiet = true;
    try {
      await this.#line?.unregister();
    } finally {
      this.#line?.release();
    }
  }

  /** Lets go of every line. */
  async stop(): Promise<void> {
    this.#quiet = true;
    this.#line = null;
    await Promise.all([...this.#lines].map((line) => line.retire()));
    this.tidy();
  }

  /** Closes connections that nothing needs any more. */
  tidy(): void {
    for (const line of this.#lines) {
      if (line === this.#line || this.#user.inUse(line)) continue;
      line.release();
      this.#lines.delete(line);
    }
  }

  /** Whoever refused a call's credentials will refuse the next ones too: asks for others. */
  refused(): void {
    if (!this.#provider || this.#quiet) return;
    this.#provided = false;
    this.provide().catch((cause: unknown) => this.#user.failed(errorOf(cause)));
  }

  /** Asks the provider unless it has answered; who asks at the same time shares the answer. */
  async provide(): Promise<void> {
    const provider = this.#provider;
    if (!provider || this.#provided) return;
    this.#providing ??= this.#ask(provider).finally(() => (this.#providing = null));
    await this.#providing;
  }

  /** The line of the account as it is set; throws PhoneError `not-configured` when too little is. */
  ready(instance?: string): Line {
    if (!complete(this.#settings)) {
      throw new PhoneError("not-configured", "Give the phone a server, a user name and a password first.");
    }
    if (!this.#line) {
      this.#line = new Line(this.#environment, this.#settings, this.#lineUser, instance);
      this.#lines.add(this.#line);
    }
    return this.#line;
  }

  async #ask(provider: ConfigProvider): Promise<void> {
    let stop = () => {};
    try {
      const late = new Promise<never>((_, reject) => {
        const timer = this.#environment.clock.after(PROVIDER_LIMIT, () => reject(new Error("Too late")));
        stop = () => timer.stop();
      });
      const config = await Promise.race([Promise.resolve().then(provider), late]);
      this.#provided = true;
      this.#configure(config);
    } catch (cause) {
      throw cause instanceof PhoneError
        ? cause
        : new PhoneError("not-configured", "The settings could not be fetched. Try again later.", cause);
    } finally {
      stop();
    }
  }

  #configure(config: PhoneConfig): void {
    const before = this.#settings;
    const next = merge(before, config);
    const differs = (...names: (keyof Settings)[]) =>
      names.some((name) => String(next[name]) !== String(before[name]));
    this.#settings = next;
    const other = differs("wsServers", "username", "realm");
    if (other || differs("password")) {
      this.#version++;
      this.#quiet = this.#told = false;
      const line = this.#line;
      const wanted = line && (line.wanted || line.state === "registering");
      line?.agent.forget();
      if (line && other) {
        this.#line = null;
        void line.retire().then(() => this.tidy());
      }
      // An attempt under way begins again by itself.
      if (wanted && line.state !== "registering" && !this.#providing) this.#background(line.wanted);
    }
    this.#user.changed();
  }

  /** Registers as soon as there are credentials, however they arrive. */
  #auto(): void {
    queueMicrotask(() => {
      if (!this.#settings.autoRegister || this.#quiet || this.registration !== "unregistered") return;
      if (complete(this.#settings) || (this.#provider && !this.#provided)) this.#background(true);
    });
  }

  /** Registers with nobody waiting. */
  #background(wanted: boolean): void {
    this.register(wanted).catch((cause: unknown) => {
      const error = errorOf(cause);
      // After signing off nobody wants to know.
      if (this.#told || (this.#quiet && error.code !== "authentication")) return;
      this.#told = true;
      this.#user.failed(error);
    });
  }

  readonly #lineUser: LineUser = {
    settings: () => this.#settings,
    invited: (line, invite) => this.#user.invited(line, invite),
    inUse: (line) => this.#user.inUse(line),
    lost: (line) => this.#user.lost(line),
    restored: (line) => this.#user.restored(line),
    changed: (line, reason) => {
      if (line.state === "registered") {
        this.#told = false;
        this.#user.registered({ server: line.server, expires: line.expires });
      } else if (reason) this.#user.unregistered(reason);
      this.#user.changed();
    },
    again: (line) => {
      if (line === this.#line && !this.#quiet) this.#background(line.wanted);
    },
  };
}
