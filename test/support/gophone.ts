// The phone in Go, by its commands `webphone call` and `webphone listen`.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { expect } from "vitest";
import type { CallRecord } from "../../web/src/phone/types.ts";

const binary = resolve(import.meta.dirname, "../../bin/webphone");

/** Half the width within which a frequency counts as the one sent, in Hz. */
const nearby = 25;

export interface GoAccount {
  /** URLs, separated by commas. */
  readonly server: string;
  readonly username: string;
  readonly password: string;
}

export interface Outcome {
  readonly ok: boolean;
  readonly code?: string;
  readonly digits?: string;
  readonly heard: { readonly level: number; readonly frequency: number };
  readonly record: CallRecord;
}

/** A command of the phone under way. */
export class GoPhone {
  readonly #child: ChildProcess;
  #out = "";
  #progress = "";

  constructor(name: "call" | "listen", account: GoAccount, ...args: string[]) {
    this.#child = spawn(binary, [name, "--json", "--insecure", ...args], {
      env: {
        ...process.env,
        WEBPHONE_SERVER: account.server,
        WEBPHONE_USERNAME: account.username,
        WEBPHONE_PASSWORD: account.password,
      },
    });
    this.#child.stdout!.on("data", (chunk: Buffer) => (this.#out += chunk));
    this.#child.stderr!.on("data", (chunk: Buffer) => (this.#progress += chunk));
  }

  /** Waits until it has said this of its progress. */
  async says(words: string): Promise<void> {
    while (!this.#progress.includes(words)) {
      if (this.#child.exitCode !== null) throw new Error(`it has ended: ${this.#progress}${this.#out}`);
      await Promise.race([once(this.#child.stderr!, "data"), once(this.#child, "close")]);
    }
  }

  /** The result of its one call, once it has ended. */
  async outcome(): Promise<Outcome> {
    if (this.#child.exitCode === null) await once(this.#child, "close");
    return JSON.parse(this.#out) as Outcome;
  }

  /** Interrupts it, as Ctrl+C does. */
  interrupt(): void {
    this.#child.kill("SIGINT");
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.interrupt();
    await once(this.#child, "exit");
  }
}

export function expectHeard(outcome: Outcome, frequency: number): void {
  expect(outcome.heard.level).toBeGreaterThan(-40);
  expect(Math.abs(outcome.heard.frequency - frequency)).toBeLessThan(nearby);
}
