// The machine's network: messages over WebSockets, in both directions.
//
// Where it was given a certificate, both ends show theirs, each of the same authority, before
// a byte is said, and `Connection.proves` tells whose the other one is. Whether that is who
// was looked for is for the caller to say: names are the caller's.

import { createServer, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Server, Socket } from "node:net";
import { createSecureContext } from "node:tls";
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

/** How a node shows who it is, and whose word on that it takes. In PEM. */
export interface PeerCertificate {
  readonly certificate: string;
  readonly key: string;
  /** The authority that signed the certificates of all. */
  readonly authority: string;
}

/** Options for {@link NodeNetwork}. */
export interface NodeNetworkOptions {
  /** How long a silence lasts before a ping; twice that is death. */
  readonly silenceMs?: number;
  /** Has both ends of each connection show a certificate; all addresses are `wss:` then. */
  readonly peers?: PeerCertificate;
}

/** WebSockets. Addresses are `ws://host:port/path`, and `wss://` to connect to. */
export class NodeNetwork implements Network {
  readonly #silenceMs: number;
  readonly #secure: SecureOptions | null;

  /** @throws {HoldfastError} `invalid_argument` where the certificate is none, or not of the key. */
  constructor(options: NodeNetworkOptions = {}) {
    this.#silenceMs = options.silenceMs ?? silenceMs;
    this.#secure = options.peers === undefined ? null : secureOptions(options.peers);
  }

  async listen(address: string): Promise<Listener> {
    const url = parseWebSocketAddress(address, this.#secure === null ? ["ws:"] : ["wss:"]);
    const server =
      this.#secure === null
        ? createServer(webSocketsOnly)
        : createSecureServer(
            { ...this.#secure, requestCert: true, handshakeTimeout: handshakeMsMax },
            webSocketsOnly,
          );
    await bind(server, url);
    const listener = listenWebSocket({ server, path: url.pathname, silenceMs: this.#silenceMs });
    return {
      address: listener.address.replace(/^ws:/, url.protocol),
      accept: () => listener.accept(),
      close: async () => {
        await listener.close();
        server.close();
        server.closeIdleConnections();
      },
    };
  }

  async connect(address: string, signal?: AbortSignal): Promise<Connection> {
    const protocols = this.#secure === null ? ["ws:", "wss:"] : ["wss:"];
    const url = parseWebSocketAddress(address, protocols);
    if (signal?.aborted) throw cancelled(url, signal);
    const webSocket = new WebSocket(url, {
      ...{ ...webSocketOptions, handshakeTimeout: handshakeMsMax, generateMask: noMask },
      ...(this.#secure === null ? {} : { ...this.#secure, checkServerIdentity: anybody }),
    });
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
        const isStranger = this.#secure !== null && isUnproven(error);
        const code = isStranger ? "unauthenticated" : "unavailable";
        const failure = new HoldfastError(code, sentence, { cause: error });
        reject(signal?.aborted ? cancelled(url, signal) : failure);
      });
    });
  }
}

// Whose the certificate is, the caller looks at: the name on it may be no host's. (Node wants
// an error or nothing; the types of ws say otherwise.)
const anybody = (() => undefined) as unknown as () => boolean;

// A mask hides what a page's script sends from proxies that would take it for HTTP (RFC 6455,
// section 10.3). Here no page sends, and masking costs either side a pass over every byte: the
// mask is four zeros, as ws gives them, which changes nothing.
const noMask = (): void => undefined;

/** Codes of Node for certificates that do not hold, in time or by who signed them. */
const unproven: ReadonlySet<unknown> = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

function isUnproven(error: Error): boolean {
  return unproven.has((error as NodeJS.ErrnoException).code);
}

interface SecureOptions {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  readonly minVersion: "TLSv1.3";
  readonly rejectUnauthorized: true;
}

function secureOptions({ certificate, key, authority }: PeerCertificate): SecureOptions {
  const files = { cert: certificate, key, ca: authority };
  try {
    createSecureContext(files);
  } catch (cause) {
    const sentence = `the certificate, its key or its authority: ${(cause as Error).message}`;
    throw new HoldfastError("invalid_argument", sentence, { cause });
  }
  return { ...files, minVersion: "TLSv1.3", rejectUnauthorized: true };
}

function webSocketsOnly(_request: unknown, response: ServerResponse): void {
  response.writeHead(426, { Connection: "close" }).end("WebSockets only");
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
