// A STUN server (RFC 8489 §6.3.1) that takes its time, for candidates that come late.
import { createSocket } from "node:dgram";

const MAGIC = 0x2112a442;
/** What it tells everybody that their address is: of TEST-NET-3 (RFC 5737). */
const MAPPED = { address: [203, 0, 113, 7], port: 40_000 } as const;

export interface StunServer {
  /** Such as `stun:10.77.0.1:34567`. */
  readonly url: string;
  readonly mapped: string;
  close(): Promise<void>;
}

/** Starts it on a free port of an address of this machine; it answers after `delay` milliseconds. */
export async function startStun(address: string, delay: number): Promise<StunServer> {
  const socket = createSocket("udp4");
  let closed = false;
  socket.on("message", (request, { address, port }) => {
    if (request.length < 20 || request.readUInt16BE(0) !== 0x0001) return;
    const response = Buffer.alloc(32);
    response.writeUInt16BE(0x0101, 0);
    response.writeUInt16BE(12, 2);
    request.copy(response, 4, 4, 20);
    // XOR-MAPPED-ADDRESS (§14.2).
    response.writeUInt16BE(0x0020, 20);
    response.writeUInt16BE(8, 22);
    response.writeUInt16BE(0x0001, 24);
    response.writeUInt16BE(MAPPED.port ^ (MAGIC >>> 16), 26);
    response.writeUInt32BE((Buffer.from(MAPPED.address).readUInt32BE(0) ^ MAGIC) >>> 0, 28);
    setTimeout(() => !closed && socket.send(response, port, address), delay);
  });
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  return {
    url: `stun:${address}:${socket.address().port}`,
    mapped: MAPPED.address.join("."),
    close: () =>
      new Promise((resolve) => {
        closed = true;
        socket.close(() => resolve());
      }),
  };
}
