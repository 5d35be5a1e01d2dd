// What a page tells the site that shows it in a frame (see embed.ts), and takes
// from it.
import type { Runtime } from "./runtime.ts";

/** What passes between a page in a frame and embed.js. */
export type FrameMessage =
  | { readonly webphone: "height"; readonly height: number }
  /** A call comes in: a launcher opens. */
  | { readonly webphone: "ringing" }
  /** Of a preview, to the builder: what goes wrong in a page is nobody else's business. */
  | {
      readonly webphone: "problem";
      readonly action?: string;
      readonly line?: number;
      readonly message: string;
    }
  /** A link of the site around was clicked. */
  | { readonly webphone: "call"; readonly number: string };

/** The longest number that a site around may ask for. */
const maximumNumber = 256;

export class Frame {
  readonly #runtime: Runtime;
  /** The sites that are named: `*` lets anybody show the page, and nobody dial. */
  readonly #dialling: ReadonlySet<string>;

  constructor(runtime: Runtime, embedding: readonly string[], preview: boolean) {
    this.#runtime = runtime;
    this.#dialling = new Set(embedding.filter((site) => site !== "*"));
    if (parent === window) return;
    // A preview looks like the page in a tab.
    if (!preview) document.documentElement.dataset.framed = "";
    else
      runtime.problems.listen(({ action, line, message, component }) =>
        this.#send({
          webphone: "problem",
          message: component ? `${component}: ${message}` : message,
          ...(action && { action }),
          ...(line && { line }),
        }),
      );
    addEventListener("message", (event: MessageEvent<FrameMessage | null>) => {
      if (event.source !== parent || event.data?.webphone !== "call") return;
      if (!this.#mayDial(event.origin)) return;
      const { number } = event.data;
      if (typeof number === "string" && number.length <= maximumNumber) void this.#runtime.dial(number);
    });
  }

  #mayDial(origin: string): boolean {
    if (this.#dialling.has(origin) || origin === location.origin) return true;
    // A site that is itself in a sandbox has the origin "null".
    if (!URL.canParse(origin)) return false;
    const { protocol, host } = new URL(origin);
    // https://*.example.com names every host below it, as in frame-ancestors.
    return [...this.#dialling].some((site) => {
      const [scheme, rest] = site.split("//*.");
      return scheme === protocol && rest !== undefined && host.endsWith(`.${rest}`);
    });
  }

  /** Tells the site around how high the page is, and when it rings. */
  follow(root: HTMLElement): void {
    if (parent === window) return;
    new ResizeObserver(() =>
      this.#send({ webphone: "height", height: Math.ceil(root.getBoundingClientRect().height) }),
    ).observe(root);
    for (const phone of this.#runtime.phones)
      phone.addEventListener("ringingin", () => this.#send({ webphone: "ringing" }));
  }

  #send(message: FrameMessage): void {
    parent.postMessage(message, "*");
  }
}
