// A WebSocket as a Connection: binary messages, in order, until it breaks.
//
// Problem: ws hands messages over as they arrive, lets them pile up on both
// sides, and notices a peer that vanished without a word only when TCP gives up,
// which can take hours.
// Method: what arrives waits in a bounded inbox, and while that is full the
// socket is not read, so that TCP holds the sender back. Outgoing bytes are
// counted until the kernel has taken them. After every 15 s in which no byte
// came, a ping goes out; after two such spans in a row the peer counts as dead.
// A peer that reads nothing answers no ping: it too counts as dead.
//
// Invariants:
//   W1  The inbox holds at most `inboxSizeBytesMax` and what one read of the
//       socket can add to that (one message and 64 KiB).
//   W2  `bufferedBytes` is the sum of the messages whose write has not returned.
//   W3  When `closed` resolves, no timer is left, and nobody waits any more.
//
// Source: RFC 6455, sections 5.5 and 7.

import type { X509Certificate } from "node:crypto";
import { isIP, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { assert } from "@holdfast/std";
import type { RawData, WebSocket } from "ws";
import {
  type CloseReason,
  type Connection,
  clipCloseReason,
  messageSizeBytesMax,
  requireMessageSize,
} from "../network.ts";
import { Queue } from "../queue.ts";
import { closeNormal, messageOverheadBytes, readClose } from "../web_socket_close.ts";

/** From how many bytes of untaken messages on the socket is no longer read. */
export const inboxSizeBytesMax = 4 * 1_048_576;

/** How long a silence lasts before a ping, in milliseconds; twice that is death. */
export const silenceMs = 15_000;

/** What every WebSocket of ours is opened with, on either side. */
export const webSocketOptions = {
  perMessageDeflate: false,
  maxPayload: messageSizeBytesMax,
  /** How long a peer may take to answer a close, in milliseconds. */
  closeTimeout: 5_000,
} as const;

const closeUnsupportedData = 1003;

/** One end of a WebSocket that is open. */
export class WebSocketConnection implements Connection {
  readonly remote: string;
  readonly closed: Promise<CloseReason>;
  readonly proves?: (name: string) => boolean;
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #inbox = new Queue<Uint8Array>(inboxSizeBytesMax);
  readonly #heartbeat: NodeJS.Timeout;
  #bufferedBytes = 0;
  /** What was sent in this turn: nothing, one message, or more, which wait for its end. */
  #sentInTurn: "nothing" | "one" | "more" = "nothing";
  #draining: { readonly lowBytes: number; readonly resolve: () => void }[] = [];
  #open = true;
  #ended = false;
  #ending: CloseReason | null = null;
  #heardBytes = 0;
  #silences = 0;

  /**
   * @param socket - The TCP connection beneath `webSocket`.
   * @param pingMs - See {@link silenceMs}.
   */
  constructor(webSocket: WebSocket, socket: Socket, pingMs: number) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.remote = `${socket.remoteAddress}:${socket.remotePort}`;
    const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
    if (certificate !== undefined) this.proves = (name) => isOf(certificate, name);
    this.#heartbeat = setInterval(() => this.#listenForLife(), pingMs);
    webSocket.on("message", (data, isBinary) => this.#take(data, isBinary));
    webSocket.on("error", (error) => {
      this.#ending ??= { kind: "broken", reason: clipCloseReason(error.message) };
    });
    this.closed = new Promise((resolve) => {
      webSocket.on("close", (code, said) => resolve(this.#end(code, said.toString())));
    });
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  send(message: Uint8Array): void {
    requireMessageSize(message);
    if (!this.#open) return;
    this.#bufferedBytes += message.length;
    this.#gather();
    this.#webSocket.send(message, { binary: true }, () => {
      if (this.#ended) return;
      this.#bufferedBytes -= message.length;
      assert(this.#bufferedBytes >= 0, "W2: more bytes were taken than sent");
      this.#wakeDraining();
    });
  }

  /**
   * The first message of a turn leaves at once: nearly always it is the only one, and
   * somebody waits for it. Those that follow leave in one call of the system, at its end.
   */
  #gather(): void {
    if (this.#sentInTurn === "more") return;
    if (this.#sentInTurn === "one") {
      this.#sentInTurn = "more";
      this.#socket.cork();
      return;
    }
    this.#sentInTurn = "one";
    process.nextTick(() => {
      if (this.#sentInTurn === "more") this.#socket.uncork();
      this.#sentInTurn = "nothing";
    });
  }

  drained(lowBytes: number): Promise<void> {
    if (this.#bufferedBytes <= lowBytes) return Promise.resolve();
    return new Promise((resolve) => {
      this.#draining.push({ lowBytes, resolve });
    });
  }

  receive(): Promise<Uint8Array | null> {
    const message = this.#inbox.take();
    // What could be taken at once was taken; and where nothing is there nothing is paused.
    if (this.#webSocket.isPaused && !this.#inbox.full) this.#webSocket.resume();
    return message;
  }

  close(reason: string): void {
    this.#leave(closeNormal, { kind: "normal", reason: clipCloseReason(reason) });
  }

  #leave(code: number, ending: CloseReason): void {
    if (!this.#open) return;
    this.#open = false;
    this.#ending ??= ending;
    this.#inbox.end();
    this.#webSocket.close(code, ending.reason);
    // The peer's answer stands behind messages that nobody will take.
    this.#webSocket.resume();
  }

  #take(data: RawData, isBinary: boolean): void {
    if (!this.#open) return;
    if (!isBinary) {
      this.#leave(closeUnsupportedData, { kind: "broken", reason: "a text message was received" });
      return;
    }
    const message = plainBytes(data as Buffer);
    this.#inbox.push(message, message.length + messageOverheadBytes);
    if (this.#inbox.full) this.#webSocket.pause();
  }

  #listenForLife(): void {
    const heard = this.#socket.bytesRead;
    // While the socket is paused, silence says nothing about the peer.
    const alive = heard !== this.#heardBytes || this.#webSocket.isPaused;
    this.#heardBytes = heard;
    this.#silences = alive ? 0 : this.#silences + 1;
    if (this.#silences >= 2) {
      this.#ending ??= { kind: "broken", reason: "nothing was heard from the peer" };
      this.#webSocket.terminate();
    } else if (this.#silences > 0 && this.#open) this.#webSocket.ping();
  }

  #end(code: number, said: string): CloseReason {
    this.#open = false;
    this.#ended = true;
    clearInterval(this.#heartbeat);
    this.#inbox.end();
    this.#bufferedBytes = 0;
    this.#wakeDraining();
    return this.#ending ?? readClose(code, said);
  }

  #wakeDraining(): void {
    const draining = this.#draining;
    this.#draining = draining.filter(({ lowBytes }) => lowBytes < this.#bufferedBytes);
    for (const { lowBytes, resolve } of draining) if (lowBytes >= this.#bufferedBytes) resolve();
  }
}

// A name that begins with a dot would stand for all that end with it.
function isOf(certificate: X509Certificate, name: string): boolean {
  if (isIP(name) !== 0) return certificate.checkIP(name) !== undefined;
  if (name === "" || name.startsWith(".")) return false;
  return certificate.checkHost(name, { subject: "never", wildcards: false }) !== undefined;
}

// ws may hand out a slice of a pooled chunk: keeping it would keep the chunk, and
// Buffer.slice does not copy as Uint8Array.slice does.
function plainBytes(buffer: Buffer): Uint8Array {
  const alone = buffer.byteLength === buffer.buffer.byteLength;
  return alone ? new Uint8Array(buffer.buffer) : new Uint8Array(buffer);
}
