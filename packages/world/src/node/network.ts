// The machine's network: messages over WebSockets, in both directions.

import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import { type ErrorCode, HoldfastError } from "@holdfast/std";
import { WebSocket } from "ws";
import type { Connection, Listener, Network } from "../network.ts";
import { parseWebSocketAddress } from "../web_socket_address.ts";
import { silenceMs, WebSocketConnection, webSocketOptions } from "./web_socket_connection.ts";
import { listenWebSocket } from "./web_socket_listener.ts";

/** How long a handshake may take, in milliseconds. */
export const handshakeMsMax = 10_000;

const listenCodes: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ["EADDRINUSE", "address_in_use"],
  ["EACCES", "permission_denied"],
]);

/** WebSockets. Addresses are `ws://host:port/path`, and `wss://` to connect to. */
export class NodeNetwork implements Network {
  readonly #silenceMs: number;

  /** @param options - `silenceMs`: how long a silence lasts before a ping; twice that is death. */
  constructor(options: { readonly silenceMs?: number } = {}) {
    this.#silenceMs = options.silenceMs ?? silenceMs;
  }

  async listen(address: string): Promise<Listener> {
    const url = parseWebSocketAddress(address, ["ws:"]);
    const server = createServer((_request, response) => {
      response.writeHead(426, { Connection: "close" }).end("WebSockets only");
    });
    await bind(server, url);
    const listener = listenWebSocket({ server, path: url.pathname, silenceMs: this.#silenceMs });
    return {
      address: listener.address,
      accept: () => listener.accept(),
      close: async () => {
        await listener.close();
        server.close();
        server.closeIdleConnections();
      },
    };
  }

  async connect(address: string, signal?: AbortSignal): Promise<Connection> {
    const url = parseWebSocketAddress(address, ["ws:", "wss:"]);
    if (signal?.aborted) throw cancelled(url, signal);
    const webSocket = new WebSocket(url, { ...webSocketOptions, handshakeTimeout: handshakeMsMax });
    return await new Promise((resolve, reject) => {
      let socket: Socket;
      const abort = (): void => webSocket.terminate();
      signal?.addEventListener("abort", abort);
      webSocket.once("upgrade", (response) => {
        socket = response.socket;
      });
      webSocket.once("open", () => {
        signal?.removeEventListener("abort", abort);
        resolve(new WebSocketConnection(webSocket, socket, this.#silenceMs));
      });
      webSocket.on("error", (error) => {
        signal?.removeEventListener("abort", abort);
        const sentence = `connect to ${url.href}: ${error.message}`;
        const unavailable = new HoldfastError("unavailable", sentence, { cause: error });
        reject(signal?.aborted ? cancelled(url, signal) : unavailable);
      });
    });
  }
}

function bind(server: Server, url: URL): Promise<void> {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? 80 : Number(url.port);
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const code = listenCodes.get(error.code ?? "") ?? "invalid_argument";
      reject(new HoldfastError(code, `listen at ${url.href}: ${error.message}`, { cause: error }));
    });
    server.listen(port, host, () => resolve());
  });
}

function cancelled(url: URL, signal: AbortSignal): HoldfastError {
  const sentence = `the connection to ${url.href} was cancelled`;
  return new HoldfastError("cancelled", sentence, { cause: signal.reason });
}
