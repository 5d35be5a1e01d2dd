// Programs that a test starts and ends: each in a process group of its own, so
// that a signal reaches its workers too, and never by name.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** How much of a program's output is kept, in characters. */
const outputLimit = 256 * 1024;
/** What a program may take to be ready, and to end after SIGTERM, in milliseconds. */
const startLimit = 15_000;
const stopLimit = 3_000;

const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Ended with this process, when a test was cut short. */
const running = new Set<Daemon>();
process.once("exit", () => {
  for (const daemon of running) daemon.signal("SIGKILL");
});

export interface DaemonOptions {
  cwd?: string;
  /** Answers true once the program serves. Asked again and again. */
  ready?(): Promise<boolean>;
}

export class Daemon {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;
  #output = "";

  private constructor(name: string, args: readonly string[], cwd: string | undefined) {
    this.name = name;
    this.#child = spawn(name, args, { cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const keep = (chunk: Buffer) => (this.#output = (this.#output + chunk).slice(-outputLimit));
    this.#child.stdout!.on("data", keep);
    this.#child.stderr!.on("data", keep);
    this.#exit = new Promise((resolve) => {
      this.#child.once("error", (error) => {
        keep(Buffer.from(`${error.message}\n`));
        resolve(null);
      });
      this.#child.once("exit", resolve);
    });
  }

  /** Starts a program and waits until it is ready; one that does not get there is ended. */
  static async start(name: string, args: readonly string[], options: DaemonOptions = {}): Promise<Daemon> {
    const daemon = new Daemon(name, args, options.cwd);
    running.add(daemon);
    const end = Date.now() + startLimit;
    try {
      while (options.ready && !(await options.ready())) {
        if (!daemon.running) throw new Error(`${name} ended:\n${daemon.output}`);
        if (Date.now() > end) throw new Error(`${name} is not ready:\n${daemon.output}`);
        await later(50);
      }
    } catch (error) {
      await daemon.close();
      throw error;
    }
    return daemon;
  }

  get running(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What the program has written, the end of it. */
  get output(): string {
    return this.#output;
  }

  /** Resolves to the exit status, or to `null` after a signal. */
  get exit(): Promise<number | null> {
    return this.#exit;
  }

  /** Sends a signal to the program and its workers; an order to stop to the program alone, which passes it on. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(signal === "SIGTERM" ? pid : -pid, signal);
    } catch (error) {
      // The group is gone.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  /** Ends the program: in order, and after three seconds at once. A frozen one goes on first. */
  async close(): Promise<void> {
    if (this.running) {
      this.signal("SIGTERM");
      this.signal("SIGCONT");
      await Promise.race([once(this.#child, "exit"), later(stopLimit)]);
    }
    // Workers that outlived their parent, too.
    this.signal("SIGKILL");
    if (this.running) await this.#exit;
    running.delete(this);
  }
}
