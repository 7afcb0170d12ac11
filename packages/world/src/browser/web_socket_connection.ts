// A browser's WebSocket as a Connection: binary messages, in order, until it breaks.
//
// Problem: a page can neither stop reading a WebSocket, nor be told when bytes have
// left it, nor ping; and some browsers wait a minute for the answer to a close.
// Method: what arrives waits in an inbox, and when that is too heavy the connection
// breaks: nothing that this would lose was acknowledged. `bufferedAmount` is looked at
// again and again, while somebody waits for it. A close that stays without answer is
// taken for one. Whether a silent peer is alive is for the protocol above to ask.
//
// Invariants:
//   BW1  The inbox holds at most `inboxSizeBytesMax` and one message.
//   BW2  When `closed` resolves, no timer is left, and nobody waits any more.
//
// Source: WHATWG WebSockets; RFC 6455, section 7.

import {
  type CloseReason,
  type Connection,
  clipCloseReason,
  messageSizeBytesMax,
  requireMessageSize,
} from "../network.ts";
import { Queue } from "../queue.ts";
import { closeNormal, messageOverheadBytes, readClose } from "../web_socket_close.ts";

/** How many bytes of untaken messages are too many: the connection breaks. */
export const inboxSizeBytesMax = 64 * 1_048_576;

// Pages may use no code of the protocol's own but 1000.
const closeBroken = 4000;
const closeMsMax = 5_000;
const lookAgainMs = 10;

type Alarm = ReturnType<typeof setTimeout>;

/** One end of a WebSocket that is open. */
export class WebSocketConnection implements Connection {
  readonly remote: string;
  readonly closed: Promise<CloseReason>;
  readonly #webSocket: WebSocket;
  readonly #inbox = new Queue<Uint8Array>(inboxSizeBytesMax);
  #draining: { readonly lowBytes: number; readonly resolve: () => void }[] = [];
  #look: Alarm | undefined;
  #open = true;
  #ended = false;
  #ending: CloseReason | null = null;
  #deadline: Alarm | undefined;
  #resolveClosed: (reason: CloseReason) => void = () => undefined;

  /** @param webSocket - Open, and not yet listened to. */
  constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
    this.remote = webSocket.url;
    webSocket.binaryType = "arraybuffer";
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    webSocket.addEventListener("message", ({ data }) => this.#take(data));
    webSocket.addEventListener("close", ({ code, reason }) => this.#end(readClose(code, reason)));
  }

  get bufferedBytes(): number {
    // A socket that is closed goes on counting what it did not send.
    return this.#ended ? 0 : this.#webSocket.bufferedAmount;
  }

  send(message: Uint8Array): void {
    requireMessageSize(message);
    if (this.#open) this.#webSocket.send(message as Uint8Array<ArrayBuffer>);
  }

  drained(lowBytes: number): Promise<void> {
    if (this.bufferedBytes <= lowBytes) return Promise.resolve();
    return new Promise((resolve) => {
      this.#draining.push({ lowBytes, resolve });
      this.#look ??= setTimeout(() => this.#lookAgain(), lookAgainMs);
    });
  }

  receive(): Promise<Uint8Array | null> {
    return this.#inbox.take();
  }

  close(reason: string): void {
    this.#leave(closeNormal, { kind: "normal", reason: clipCloseReason(reason) });
  }

  #leave(code: number, ending: CloseReason): void {
    if (!this.#open) return;
    this.#open = false;
    this.#ending = ending;
    this.#inbox.end();
    this.#webSocket.close(code, ending.reason);
    this.#deadline = setTimeout(() => this.#end(ending), closeMsMax);
  }

  #take(data: ArrayBuffer | string): void {
    if (!this.#open) return;
    if (typeof data === "string") this.#break("a text message was received");
    else if (data.byteLength > messageSizeBytesMax)
      this.#break("a message over 1 MiB was received");
    else if (this.#inbox.full) this.#break("messages arrive faster than they are taken");
    else this.#inbox.push(new Uint8Array(data), data.byteLength + messageOverheadBytes);
  }

  #break(reason: string): void {
    this.#leave(closeBroken, { kind: "broken", reason });
  }

  #end(reason: CloseReason): void {
    if (this.#ended) return;
    this.#open = false;
    this.#ended = true;
    clearTimeout(this.#deadline);
    this.#inbox.end();
    this.#lookAgain();
    this.#resolveClosed(this.#ending ?? reason);
  }

  #lookAgain(): void {
    clearTimeout(this.#look);
    const left = this.bufferedBytes;
    const draining = this.#draining;
    this.#draining = draining.filter(({ lowBytes }) => lowBytes < left);
    for (const { lowBytes, resolve } of draining) if (lowBytes >= left) resolve();
    const waits = this.#draining.length > 0;
    this.#look = waits ? setTimeout(() => this.#lookAgain(), lookAgainMs) : undefined;
  }
}
