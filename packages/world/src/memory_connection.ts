// A connection inside one process: two ends that hand messages to each other.
//
// It keeps the contract to the letter, so that what runs on it runs on a socket:
// messages are copied, the receiver's inbox is bounded, and what it can't hold
// waits at the sender. It knows no time: a message is there as soon as it is sent.
//
// Invariants:
//   M1  An outbox holds messages only while the other end's inbox is full.
//   M2  Both ends report the same kind of ending and the same reason.

import {
  type CloseReason,
  type Connection,
  clipCloseReason,
  requireMessageSize,
} from "./network.ts";
import { Queue } from "./queue.ts";

/** From how many bytes of untaken messages on an end holds its sender back. */
export const memoryInboxSizeBytesMax = 1_048_576;

// What a queued message costs beside its bytes, so that empty ones are bounded too.
const messageOverheadBytes = 64;

/** One end of a connection in memory. Made in pairs, by {@link connectMemory}. */
export class MemoryConnection implements Connection {
  readonly remote: string;
  readonly closed: Promise<CloseReason>;
  readonly #inbox = new Queue<Uint8Array>(memoryInboxSizeBytesMax);
  readonly #outbox = new Queue<Uint8Array>(Number.POSITIVE_INFINITY);
  #bufferedBytes = 0;
  #draining: { readonly lowBytes: number; readonly resolve: () => void }[] = [];
  #open = true;
  #resolveClosed!: (reason: CloseReason) => void;
  #peer!: MemoryConnection;

  /** @param remote - What to call the other end. */
  constructor(remote: string) {
    this.remote = remote;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  /** Joins two fresh ends. */
  static join(left: MemoryConnection, right: MemoryConnection): void {
    left.#peer = right;
    right.#peer = left;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  send(message: Uint8Array): void {
    requireMessageSize(message);
    if (!this.#open) return;
    this.#outbox.push(message);
    this.#bufferedBytes += message.length;
    this.#flush();
  }

  drained(lowBytes: number): Promise<void> {
    if (this.#bufferedBytes <= lowBytes) return Promise.resolve();
    return new Promise((resolve) => {
      this.#draining.push({ lowBytes, resolve });
    });
  }

  async receive(): Promise<Uint8Array | null> {
    const message = await this.#inbox.take();
    this.#peer.#flush();
    return message;
  }

  close(reason: string): void {
    if (!this.#open) return;
    // The other end's inbox may get fuller than full, once.
    for (let next = this.#outbox.shift(); next !== undefined; next = this.#outbox.shift()) {
      this.#deliver(next);
    }
    this.#endBoth({ kind: "normal", reason: clipCloseReason(reason) });
  }

  /** Cuts the connection, as a cable would be: what still waits at either end is lost. */
  break(reason: string): void {
    if (this.#open) this.#endBoth({ kind: "broken", reason: clipCloseReason(reason) });
  }

  #deliver(message: Uint8Array): void {
    this.#peer.#inbox.push(message.slice(), message.length + messageOverheadBytes);
  }

  #flush(): void {
    while (!this.#peer.#inbox.full) {
      const message = this.#outbox.shift();
      if (message === undefined) break;
      this.#deliver(message);
      this.#bufferedBytes -= message.length;
    }
    this.#wakeDraining();
  }

  #endBoth(reason: CloseReason): void {
    for (const end of [this, this.#peer]) {
      end.#open = false;
      while (end.#outbox.shift() !== undefined);
      end.#bufferedBytes = 0;
      end.#inbox.end();
      end.#wakeDraining();
      end.#resolveClosed(reason);
    }
  }

  #wakeDraining(): void {
    const draining = this.#draining;
    this.#draining = draining.filter(({ lowBytes }) => lowBytes < this.#bufferedBytes);
    for (const { lowBytes, resolve } of draining) if (lowBytes >= this.#bufferedBytes) resolve();
  }
}

/** The two ends of a new connection; each shows the other's name. */
export function connectMemory(
  leftName: string,
  rightName: string,
): readonly [MemoryConnection, MemoryConnection] {
  const left = new MemoryConnection(rightName);
  const right = new MemoryConnection(leftName);
  MemoryConnection.join(left, right);
  return [left, right];
}
