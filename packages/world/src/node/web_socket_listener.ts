// Takes WebSockets at one path of an HTTP server, which may serve pages beside it.
//
// A browser opens WebSockets to any host that a page names, with the user's
// network position; the only thing that tells such a page from ours is the
// Origin header. So it is checked before anything else.
// Source: RFC 6455, sections 4.2 and 10.2.

import type { IncomingMessage } from "node:http";
import { type AddressInfo, isIPv6, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { Connection, Listener } from "../network.ts";
import { Queue } from "../queue.ts";
import { silenceMs, WebSocketConnection, webSocketOptions } from "./web_socket_connection.ts";

/** How many connections a listener keeps open unless told otherwise. */
export const connectionsMaxDefault = 10_000;

/** How many connections may wait to be accepted. */
export const acceptQueueCountMax = 1_024;

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Where requests for WebSockets come from: an HTTP server, or whoever hands its requests on. */
export interface UpgradeSource {
  on(event: "upgrade", listener: UpgradeListener): unknown;
  off(event: "upgrade", listener: UpgradeListener): unknown;
  /** As of an HTTP server. */
  address(): AddressInfo | string | null;
}

/** Options for {@link listenWebSocket}. */
export interface WebSocketListenerOptions {
  /** Who owns the port. It must be listening by the time that `address` is read. */
  readonly server: UpgradeSource;
  /** The path that takes WebSockets, such as `/sync`; others are answered 404. */
  readonly path: string;
  /** From how many open connections on new ones are answered 503. */
  readonly connectionsMax?: number;
  /**
   * Says whether a page from `origin` may connect; else it is answered 403.
   * `origin` is undefined where no browser asks; `host` is the Host header.
   * {@link sameOrigin} unless given.
   */
  readonly acceptOrigin?: (origin: string | undefined, host: string | undefined) => boolean;
  /** How long a silence lasts before a ping, in milliseconds; twice that is death. */
  readonly silenceMs?: number;
}

/** Accepts no pages but those that the asked host served itself, and every program that is no browser. */
export function sameOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  if (host === undefined || !URL.canParse(origin)) return false;
  return new URL(origin).host === host.toLowerCase();
}

/**
 * Takes the WebSockets of `server` at `path`. Closing the listener leaves the
 * server and the connections that were accepted as they are.
 */
export function listenWebSocket(options: WebSocketListenerOptions): Listener {
  return new WebSocketListener(options);
}

class WebSocketListener implements Listener {
  readonly #options: WebSocketListenerOptions;
  readonly #webSockets = new WebSocketServer({
    ...webSocketOptions,
    noServer: true,
    clientTracking: false,
  });
  readonly #waiting = new Queue<Connection>(acceptQueueCountMax);
  #connectionCount = 0;

  constructor(options: WebSocketListenerOptions) {
    this.#options = options;
    options.server.on("upgrade", this.#upgrade);
  }

  get address(): string {
    const { address, port } = this.#options.server.address() as AddressInfo;
    return `ws://${isIPv6(address) ? `[${address}]` : address}:${port}${this.#options.path}`;
  }

  accept(): Promise<Connection | null> {
    return this.#waiting.take();
  }

  async close(): Promise<void> {
    this.#options.server.off("upgrade", this.#upgrade);
    this.#waiting.end();
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      next.close("the listener closed");
    }
  }

  readonly #upgrade: UpgradeListener = (request, socket, head) => {
    const status = this.#judge(request);
    if (status !== null) {
      refuse(socket, status);
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const pingMs = this.#options.silenceMs ?? silenceMs;
      const connection = new WebSocketConnection(webSocket, socket as Socket, pingMs);
      this.#connectionCount += 1;
      connection.closed.then(() => {
        this.#connectionCount -= 1;
      });
      this.#waiting.push(connection);
    });
  };

  #judge({ url, headers }: IncomingMessage): string | null {
    const { path, acceptOrigin = sameOrigin, connectionsMax } = this.#options;
    if (url?.split("?", 1)[0] !== path) return "404 Not Found";
    if (!acceptOrigin(headers.origin, headers.host)) return "403 Forbidden";
    const crowded = this.#connectionCount >= (connectionsMax ?? connectionsMaxDefault);
    return crowded || this.#waiting.full ? "503 Service Unavailable" : null;
  }
}

function refuse(socket: Duplex, status: string): void {
  // The peer may be gone already, and an unheard error would end the process.
  socket.on("error", () => socket.destroy());
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
