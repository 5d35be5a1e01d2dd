// What the engine takes from the world outside: time, chance, sockets, peer
// connections, devices and sound. A test puts its own in place.

import type * as Extras from "../extras.ts";
import type { Devices } from "../media/devices.ts";
import type { Sound } from "../media/sound.ts";
import { systemClock, systemRandom } from "../sip/clock.ts";
import type { Clock, Random } from "../sip/clock.ts";
import { SipFailure } from "../sip/failure.ts";
import type { SocketFactory } from "../sip/connection.ts";

export interface Environment {
  clock: Clock;
  random: Random;
  webSocket: SocketFactory;
  peerConnection(configuration: RTCConfiguration): RTCPeerConnection;
  /** Absent where the page is not a secure context. */
  mediaDevices: Devices | undefined;
  /** Calls the listener when the network or the page may be back; returns what ends that. */
  wake(listener: () => void): () => void;
  sound: Sound;
  /** Calls the listener when the page goes; returns what ends that. */
  leave(listener: () => void): () => void;
  /** Kept for a reload of this page, if the browser allows it. */
  storage(): Storage | undefined;
  /** What is rarely needed, loaded when it is. */
  extras(): Promise<typeof Extras>;
  /** Sees every SIP message, for diagnosis; credentials are masked. */
  trace?: (direction: "in" | "out", text: string) => void;
}

/** The browser's own. */
export function browserEnvironment(): Environment {
  return {
    clock: systemClock,
    random: systemRandom,
    webSocket: (url, protocol) => new WebSocket(url, protocol),
    peerConnection: (configuration) => new RTCPeerConnection(configuration),
    mediaDevices: globalThis.navigator?.mediaDevices,
    wake: (listener) => listen(["online", "offline", "visibilitychange"], listener),
    leave: (listener) => listen(["pagehide"], listener),
    storage,
    sound: lateSound(),
    extras,
  };
}

/** A browser may not get it, as when the network is gone: then there is no server either. */
const extras = () =>
  import("../extras.ts").catch(() => {
    throw new SipFailure(503);
  });

/** Silent until what makes the sound is loaded; that begins with the first sound. */
function lateSound(): Sound {
  let made: Promise<Sound> | undefined;
  const get = () => {
    made ??= extras().then(({ BrowserSound }) => new BrowserSound(systemClock));
    made.catch(() => (made = undefined));
    return made;
  };
  return {
    play(wish) {
      if (made || wish.tone || wish.stream)
        get().then(
          (sound) => sound.play(wish),
          () => {},
        );
    },
    once: async (tone, device) => (await get()).once(tone, device),
  };
}

/** What happens to the document bubbles to the window. */
function listen(events: readonly string[], listener: () => void): () => void {
  for (const event of events) addEventListener(event, listener);
  return () => events.forEach((event) => removeEventListener(event, listener));
}

/** Asked for only when it is needed: browsers ask another process, for milliseconds. */
function storage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    // A frame without an origin of its own has none.
    return undefined;
  }
}
