// The check before a call: microphone, server, and the way for media.

import { meter } from "../media/meter.ts";
import type { Clock } from "../sip/clock.ts";
import { toUri } from "./address.ts";
import type { Call } from "./call.ts";
import type { Desk } from "./desk.ts";
import { deviceFault } from "./device-errors.ts";
import type { CallHost } from "./host.ts";
import { Fault } from "./fault.ts";
import { statisticsOf } from "./statistics.ts";
import type { CallStatistics, CheckOptions, CheckResult, CheckStep } from "./types.ts";

/** Milliseconds for each part: to listen, to hear of the server, to look for candidates, to reach the echo and to judge it. */
const LISTEN = 1_500;
const SERVER = 5_000;
const GATHER = 4_000;
const ANSWER = 8_000;
const JUDGE = 4_000;
/** A server that takes longer to answer makes dialling feel slow, in milliseconds. */
const SLOW = 500;
/** A microphone below this level gives nothing. */
const SILENCE = 0.003;
/** Mean opinion scores: what is below the first is noticed, and below the second is a nuisance (ITU-T G.107, annex B). */
const FAIR = 4;
const BAD = 3.1;

const GOOD: CheckStep = { ok: true, code: "ok", text: "All is well." };
const wrong = (code: string, text: string): CheckStep => ({ ok: false, code, text });

/** What is wrong, by what was thrown. */
const fault = (cause: unknown, code: string, text: string): CheckStep =>
  cause instanceof Fault ? wrong(...cause.entry) : wrong(code, text);

const pause = (clock: Clock, milliseconds: number) =>
  new Promise<null>((resolve) => void clock.after(milliseconds, () => resolve(null)));

/** What the promise comes to, or `null` when it takes too long. */
function within<T>(clock: Clock, milliseconds: number, promise: Promise<T>): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(milliseconds, () => resolve(null));
    promise.then(resolve, reject).finally(() => timer.stop());
  });
}

async function checkMicrophone(clock: Clock, { equipment }: Desk): Promise<CheckResult["microphone"]> {
  let level = 0;
  try {
    const stop = await meter(equipment, clock, (now) => (level = Math.max(level, now)));
    const device = equipment.microphone?.label ?? "";
    await pause(clock, LISTEN);
    stop();
    const step =
      level > SILENCE
        ? GOOD
        : wrong("silent", "The microphone gives no sound. Is it muted, or the wrong one?");
    return { ...step, device, level };
  } catch (cause) {
    const text = "The microphone can't be opened. Check it and try again.";
    return { ...fault(deviceFault(cause, "microphone"), "no-device", text), device: "", level };
  }
}

async function checkServer(host: CallHost): Promise<CheckResult["server"]> {
  const { clock } = host.environment;
  const registered = () => host.registration() === "registered";
  const result = (step: CheckStep, roundTripTime = 0) => ({
    ...step,
    registered: registered(),
    roundTripTime,
  });
  let line;
  try {
    line = host.line();
  } catch {
    return result(wrong("not-configured", "Give the phone a server, a user name and a password first."));
  }
  const lost = wrong("transport", "The server can't be reached. Check the network and the server's address.");
  try {
    if (
      !(await within(
        clock,
        SERVER,
        line.connect().then(() => true),
      ))
    )
      return result(lost);
    const start = clock.now();
    const answered = new Promise<true>((resolve) => line.probe(() => resolve(true)));
    if (!(await within(clock, SERVER, answered))) return result(lost);
    const time = clock.now() - start;
    if (!registered())
      return result(wrong("unregistered", "The phone is not registered: it can't be called."), time);
    if (time > SLOW) return result(wrong("slow", "The server takes long to answer."), time);
    return result(GOOD, time);
  } catch {
    return result(lost);
  }
}

/** The candidates that are found with the ICE servers that are set, by type. */
async function gather(host: CallHost): Promise<CheckResult["path"]["candidates"]> {
  const { clock, peerConnection } = host.environment;
  const connection = peerConnection({ iceServers: host.settings().iceServers });
  try {
    connection.addTransceiver("audio");
    await connection.setLocalDescription(await connection.createOffer());
    const complete = new Promise<void>((resolve) => {
      const look = () => connection.iceGatheringState === "complete" && resolve();
      connection.onicegatheringstatechange = look;
      look();
    });
    await within(clock, GATHER, complete);
    const found = connection.localDescription?.sdp ?? "";
    const count = (type: string) => found.match(new RegExp(`^a=candidate:.* typ ${type}`, "gm"))?.length ?? 0;
    return { host: count("host"), srflx: count("srflx"), relay: count("relay") };
  } finally {
    connection.close();
  }
}

/** A call that nobody sees or hears of to the echo test; how it was, or `null` when it did not come about. */
async function echoed(host: CallHost, address: string): Promise<CallStatistics | null> {
  const { clock } = host.environment;
  let call: Call | undefined;
  const up = new Promise<boolean>((resolve) => {
    const quiet: CallHost = {
      ...host,
      emit(type) {
        if (type === "answer" || type === "end") resolve(type === "answer");
        return true;
      },
      changed() {},
      failed() {},
      ended() {},
      holdOthers: async () => {},
      shelf: () => null,
    };
    call = host.quiet(quiet, toUri(address, host.line().realm));
    call.start([]).catch(() => resolve(false));
  });
  try {
    if (!(await within(clock, ANSWER, up))) return null;
    await pause(clock, JUDGE / 4);
    // The beginning of a call says little of what comes.
    await statisticsOf(call!);
    await pause(clock, (JUDGE * 3) / 4);
    return call!.up ? await statisticsOf(call!) : null;
  } finally {
    await call?.hangup();
  }
}

async function checkPath(host: CallHost, echo: string): Promise<CheckResult["path"]> {
  const candidates = await gather(host).catch(() => ({ host: 0, srflx: 0, relay: 0 }));
  const quality = echo ? await echoed(host, echo).catch(() => null) : null;
  return { ...judge(host, candidates, echo, quality), candidates, quality };
}

function judge(
  host: CallHost,
  candidates: CheckResult["path"]["candidates"],
  echo: string,
  quality: CallStatistics | null,
): CheckStep {
  const urls = host.settings().iceServers.flatMap(({ urls }) => urls);
  const wanted = urls.some((url) => /^turn/i.test(url))
    ? candidates.relay
    : candidates.srflx + candidates.relay;
  if (!candidates.host && !candidates.srflx && !candidates.relay)
    return wrong(
      "no-candidates",
      "The browser finds no way for media. A firewall or an extension may block it.",
    );
  if (echo && !quality) return wrong("no-echo", "The echo test can't be reached.");
  if (quality && quality.mos < BAD) return wrong("bad", "Sound to the server and back is bad.");
  if (quality && quality.mos < FAIR) return wrong("poor", "Sound to the server and back is not good.");
  if (urls.length && !wanted) return wrong("no-ice-server", "The STUN or TURN server does not answer.");
  return GOOD;
}

/** What a call would fail of; of the rest it would only suffer. */
const FATAL = [
  "permission",
  "no-device",
  "unsupported",
  "not-configured",
  "transport",
  "no-candidates",
  "no-echo",
  "bad",
];

/** Microphone and server at once, then the path, so that the sound of one is not in the other. */
export async function check(host: CallHost, desk: Desk, { echo }: CheckOptions): Promise<CheckResult> {
  if (host.calls.length) throw new Fault(["busy", "There is a call. End it and check again."]);
  const { clock } = host.environment;
  const [microphone, server] = await Promise.all([checkMicrophone(clock, desk), checkServer(host)]);
  const reachable = server.code !== "transport" && server.code !== "not-configured";
  const path = await checkPath(host, reachable && microphone.device ? (echo ?? host.settings().echo) : "");
  const codes = [microphone, server, path].map(({ code }) => code);
  // The connection stays for who is registered or calls.
  if (reachable) host.line().release();
  const verdict = codes.some((code) => FATAL.includes(code))
    ? "bad"
    : codes.some((code) => code !== "ok")
      ? "fair"
      : "good";
  return { microphone, server, path, verdict };
}
