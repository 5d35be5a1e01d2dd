// What a phone has in hand once it is used: microphones and cameras, and what a
// screen asks for now and then. One for each phone, loaded on demand.

import { release } from "../media/devices.ts";
import { Equipment } from "../media/equipment.ts";
import { Peer } from "../media/peer.ts";
import type { PeerUser } from "../media/peer.ts";
import { deviceFault } from "./device-errors.ts";
import { Fault } from "./fault.ts";
import type { CallHost } from "./host.ts";
import type { CheckOptions, CheckResult, DeviceList } from "./types.ts";

export class Desk {
  readonly equipment: Equipment;
  readonly #host: CallHost;

  constructor(host: CallHost) {
    this.#host = host;
    this.equipment = new Equipment(host.environment.mediaDevices, () => host.settings());
  }

  /** Media for a call. Unless the camera is `needed`, a call without it is still to be heard. */
  async open(video: boolean, needed: boolean, user: PeerUser): Promise<Peer> {
    const { clock, peerConnection: create } = this.#host.environment;
    const { iceServers } = this.#host.settings();
    const media = await this.#capture(video, needed);
    try {
      return new Peer({ clock, iceServers, equipment: this.equipment, create }, media, user);
    } catch (cause) {
      release(media);
      throw cause;
    }
  }

  async #capture(video: boolean, needed: boolean): Promise<MediaStream> {
    try {
      return await this.equipment.capture(video);
    } catch (cause) {
      if (video && !needed) return this.#capture(false, true);
      throw deviceFault(cause, video ? "microphone or camera" : "microphone");
    }
  }

  /** The settings may have changed. */
  configured(): void {
    this.equipment.configured();
  }

  /** The devices by kind, without the names that stand for another of them. */
  async devices(): Promise<DeviceList> {
    const all = await this.equipment.list();
    const [microphones, speakers, cameras] = ["audioinput", "audiooutput", "videoinput"].map((wanted) =>
      all
        .filter(({ kind, deviceId }) => kind === wanted && !/^(default|communications)?$/.test(deviceId))
        .map(({ deviceId: id, label }) => ({ id, label })),
    );
    return { microphones: microphones!, speakers: speakers!, cameras: cameras! };
  }

  async meter(listener: (level: number) => void): Promise<() => void> {
    const { meter } = await media();
    try {
      return await meter(this.equipment, this.#host.environment.clock, listener);
    } catch (cause) {
      throw deviceFault(cause, "microphone");
    }
  }

  async check(options: CheckOptions): Promise<CheckResult> {
    return (await media()).check(this.#host, this, options);
  }

  async report(): Promise<object> {
    return (await media()).report(this.#host, await this.devices());
  }
}

/** What is needed seldom, or only to look at. */
export const media = () =>
  import("../media.ts").catch((cause: unknown) => {
    throw new Fault(
      ["transport", "A part of the phone can't be loaded. Check the network and try again."],
      cause,
    );
  });

/** The desk of a phone. */
export const deskOf = (host: CallHost): Desk => (host.desk ??= new Desk(host));
