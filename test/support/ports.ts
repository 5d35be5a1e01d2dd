// Addresses and ports for the programs of a test.
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";

/** An IPv4 address of this machine that browsers find as an ICE candidate. */
export function address(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}

/** Ports that are free for both UDP and TCP; they are let go of before they are returned. */
export async function freePorts(count: number): Promise<number[]> {
  const taken: (() => void)[] = [];
  const ports: number[] = [];
  try {
    while (ports.length < count) {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, resolve));
      taken.push(() => server.close());
      const { port } = server.address() as AddressInfo;
      const socket = createSocket("udp4");
      const free = await new Promise<boolean>((resolve) => {
        socket.once("error", () => resolve(false));
        socket.bind(port, () => resolve(true));
      });
      if (free) {
        taken.push(() => socket.close());
        ports.push(port);
      }
    }
  } finally {
    for (const release of taken) release();
  }
  return ports;
}

/** Sends a datagram and resolves to the answer, or to nothing after half a second. */
export function ask(host: string, port: number, message: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const done = (answer?: string) => {
      clearTimeout(limit);
      socket.close();
      resolve(answer);
    };
    const limit = setTimeout(done, 500);
    socket.once("error", () => done());
    socket.once("message", (data) => done(data.toString("latin1")));
    socket.connect(port, host, () => socket.send(message));
  });
}
