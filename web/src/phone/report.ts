// A report for support: what is set, what there is and what was said, without
// anything that would let its reader in.

import type { CallHost } from "./host.ts";
import { lastOf } from "./statistics.ts";
import type { DeviceList } from "./types.ts";

/** A URL without what may be a token: user, query and fragment. */
const bare = (url: string) => url.replace(/^(\w+:\/\/)?[^/?#@]*@/, "$1").replace(/[?#].*$/, "");

export function report(host: CallHost, devices: DeviceList): object {
  const { clock } = host.environment;
  const { password: _, iceServers, wsServers, ...settings } = host.settings();
  const { userAgent, language, languages, onLine, hardwareConcurrency } = globalThis.navigator ?? {};
  return {
    time: new Date(clock.now()).toISOString(),
    browser: { userAgent, language, languages, onLine, hardwareConcurrency },
    settings: {
      ...settings,
      wsServers: wsServers.map(bare),
      iceServers: iceServers.map(({ urls }) => [urls].flat().map(bare)),
    },
    registration: host.registration(),
    devices,
    calls: host.calls.map((call) => {
      const { state, held, remoteHeld, muted, reconnecting, videoSource, startTime, answerTime } = call;
      return {
        ...call.detail,
        ...{ state, held, remoteHeld, muted, reconnecting, videoSource, startTime, answerTime },
        statistics: lastOf(call),
      };
    }),
    messages: host.log.entries.map(([time, direction, text]) => ({
      time: new Date(time).toISOString(),
      direction,
      text,
    })),
  };
}
