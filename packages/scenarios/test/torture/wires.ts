// What lies between processes that talk to each other: each of them dials the others
// through a server of its own here, which can cut a pair off, let what goes one way wait,
// and swallow what goes one way as a network does that loses all packets.

import { createServer, type Server, Socket } from "node:net";

/** How one process hears another. */
interface Way {
  isCut: boolean;
  isMute: boolean;
  delayMs: number;
}

interface Wire {
  readonly from: number;
  readonly to: number;
  readonly near: Socket;
  readonly far: Socket;
  /** Whether some of what was said on it was swallowed. */
  isTorn: boolean;
}

/** Wires among so many processes, known by number. */
export class Wires {
  readonly #ports: readonly number[];
  readonly #servers: Server[] = [];
  readonly #entries = new Map<string, number>();
  readonly #ways = new Map<string, Way>();
  readonly #wires = new Set<Wire>();
  /** What was done to wires that were in use, by kind. */
  readonly counts = { cut: 0, swallowedBytes: 0, delayedBytes: 0 };

  private constructor(ports: readonly number[]) {
    this.#ports = ports;
  }

  /** @param ports - Where each process listens for the others. */
  static async lay(ports: readonly number[]): Promise<Wires> {
    const wires = new Wires(ports);
    for (const from of ports.keys()) {
      for (const to of ports.keys()) if (from !== to) await wires.#lay(from, to);
    }
    return wires;
  }

  /** Which port `from` is to dial in the place of which. */
  detours(from: number): Readonly<Record<string, number>> {
    const others = [...this.#ports.keys()].filter((to) => to !== from);
    return Object.fromEntries(
      others.map((to) => [this.#ports[to]!, this.#entries.get(`${from} ${to}`)!]),
    );
  }

  /** Nothing passes between the two, and connections break. */
  cut(one: number, other: number): void {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      this.#way(from, to).isCut = true;
      for (const wire of this.#wires) {
        if (wire.from !== from || wire.to !== to) continue;
        this.counts.cut += 1;
        this.#break(wire);
      }
    }
  }

  /** `to` hears nothing of what `from` says, and no connection breaks. */
  mute(from: number, to: number): void {
    this.#way(from, to).isMute = true;
  }

  /** What `from` says reaches `to` later. */
  delay(from: number, to: number, delayMs: number): void {
    this.#way(from, to).delayMs = delayMs;
  }

  /** All is well again; a connection of which something was swallowed breaks now. */
  heal(): void {
    this.#ways.clear();
    for (const wire of this.#wires) if (wire.isTorn) this.#break(wire);
  }

  close(): void {
    for (const wire of this.#wires) this.#break(wire);
    for (const server of this.#servers) server.close();
  }

  async #lay(from: number, to: number): Promise<void> {
    const server = createServer((near) => this.#connect(from, to, near));
    this.#servers.push(server);
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    this.#entries.set(`${from} ${to}`, (server.address() as { port: number }).port);
  }

  #connect(from: number, to: number, near: Socket): void {
    if (this.#way(from, to).isCut) {
      near.destroy();
      return;
    }
    const far = new Socket();
    const wire: Wire = { from, to, near, far, isTorn: false };
    this.#wires.add(wire);
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.on("close", () => this.#break(wire));
    }
    far.connect(this.#ports[to]!, "127.0.0.1");
    this.#carry(wire, near, far, [from, to]);
    this.#carry(wire, far, near, [to, from]);
  }

  #carry(wire: Wire, source: Socket, target: Socket, [from, to]: readonly [number, number]): void {
    let waiting = Promise.resolve();
    source.on("data", (bytes) => {
      const { isMute, delayMs } = this.#way(from, to);
      if (isMute || wire.isTorn) {
        wire.isTorn = true;
        this.counts.swallowedBytes += bytes.length;
        return;
      }
      if (delayMs > 0) this.counts.delayedBytes += bytes.length;
      const arrives = delayMs === 0 ? null : new Promise((resolve) => setTimeout(resolve, delayMs));
      waiting = waiting
        .then(() => arrives)
        .then(() => {
          if (!target.destroyed) target.write(bytes);
        });
    });
  }

  #break(wire: Wire): void {
    this.#wires.delete(wire);
    wire.near.destroy();
    wire.far.destroy();
  }

  #way(from: number, to: number): Way {
    const key = `${from} ${to}`;
    const way = this.#ways.get(key) ?? { isCut: false, isMute: false, delayMs: 0 };
    this.#ways.set(key, way);
    return way;
  }
}
