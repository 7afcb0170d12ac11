// Hands requests for WebSockets to whoever listens at their path, on one port.

import { EventEmitter } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { UpgradeSource } from "@holdfast/world/node";

/** The requests for one path, as a listener wants them. */
class Requests extends EventEmitter implements UpgradeSource {
  readonly #server: Server;

  constructor(server: Server) {
    super();
    this.#server = server;
  }

  address(): ReturnType<Server["address"]> {
    return this.#server.address();
  }
}

/** Requests for one path, and for all others. */
export interface DividedUpgrades {
  readonly own: UpgradeSource;
  readonly others: UpgradeSource;
}

/** Divides the requests of `server`: those for `path`, and the others. */
export function divideUpgrades(server: Server, path: string): DividedUpgrades {
  const own = new Requests(server);
  const others = new Requests(server);
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const isOwn = request.url?.split("?", 1)[0] === path;
    const isHeard = (isOwn ? own : others).emit("upgrade", request, socket, head);
    // Whoever listened there has stopped.
    if (!isHeard) socket.destroy();
  });
  return { own, others };
}
