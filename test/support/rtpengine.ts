// rtpengine in userspace: what stands between browsers and plain RTP.
import { Daemon } from "./daemon.ts";
import { address, ask, freePorts } from "./ports.ts";

/** Beneath the ports that the system gives out, so that nothing else takes them. */
const media = { first: 24_000, last: 24_999 };

export interface Rtpengine {
  /** Where Kamailio's module reaches it. */
  readonly control: string;
  close(): Promise<void>;
}

export async function startRtpengine(): Promise<Rtpengine> {
  const [port] = await freePorts(1);
  const args = [
    "--foreground",
    "--log-stderr",
    "--log-level=4",
    "--table=-1", // no kernel module
    `--interface=${address()}`,
    `--listen-ng=127.0.0.1:${port}`,
    `--port-min=${media.first}`,
    `--port-max=${media.last}`,
    "--num-threads=2",
  ];
  const ready = async () => /pong/.test((await ask("127.0.0.1", port!, "1 d7:command4:pinge")) ?? "");
  const daemon = await Daemon.start("rtpengine", args, { ready });
  return { control: `udp:127.0.0.1:${port}`, close: () => daemon.close() };
}
