// Our picture in a call: on, off, and from where.

import type { Peer, VideoSource } from "../media/peer.ts";
import type { Call } from "./call.ts";
import { deskOf } from "./desk.ts";
import { deviceFault } from "./device-errors.ts";
import { Fault } from "./fault.ts";

/** The other side refuses what an offer adds (RFC 3261 §21.4.13, §21.4.26, §21.6.4). */
const REFUSALS = [415, 488, 606];

export class Picture {
  readonly #call: Call;
  /** Offers what the peer has to show now. */
  readonly #offer: () => Promise<void>;
  #queue: Promise<unknown> = Promise.resolve();
  /** The camera was on before the screen was shared. */
  #back = false;

  constructor(call: Call, offer: () => Promise<void>) {
    this.#call = call;
    this.#offer = offer;
  }

  /**
   * Shows the camera or the screen, or nothing. One change is made at a time.
   *
   *     from nothing to either, and back   an offer tells of it
   *     between camera and screen          nobody needs to be told
   */
  set(source: VideoSource | null): Promise<void> {
    const turn = this.#queue.then(() => this.#set(source));
    this.#queue = turn.catch(() => {});
    return turn;
  }

  async #set(source: VideoSource | null): Promise<void> {
    const { peer, up } = this.#call;
    if (!peer || !up) throw new Error("The call is not up");
    const before = peer.source;
    if (before === source) return;
    if (!source) {
      peer.hide();
      return this.#offer();
    }
    const track = await this.#open(source);
    if (!this.#call.up) {
      track.stop();
      throw new Error("The call is not up");
    }
    this.#back = source === "screen" && before === "camera";
    if (source === "screen") {
      // The reader ends the sharing by the browser's own button.
      track.onended = () => void this.set(this.#back ? "camera" : null).catch(() => this.off());
    }
    const on = peer.source;
    peer.show(source, track);
    this.#call.host.changed();
    if (!on) await this.#tell(peer);
  }

  /** The picture is gone: nobody waits to hear how telling of it went. */
  off(): void {
    void this.set(null).catch(() => {});
  }

  async #open(source: VideoSource): Promise<MediaStreamTrack> {
    try {
      return await deskOf(this.#call.host).equipment.picture(source);
    } catch (cause) {
      throw deviceFault(cause, source);
    }
  }

  async #tell(peer: Peer): Promise<void> {
    try {
      await this.#offer();
      if (peer.showing) return;
    } catch (cause) {
      const { status = 0 } = cause as { status?: number };
      if (!REFUSALS.includes(status)) {
        peer.hide();
        throw cause;
      }
    }
    peer.hide();
    throw new Fault(["unsupported", "The other side takes no video. The call goes on without."]);
  }
}
