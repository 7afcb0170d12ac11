// What a process has sent and its network has not taken yet, and who waits for
// that to become less.

import { Queue } from "@holdfast/world";
import type { Frame } from "./frame.ts";

/** Frames that wait for room, in order. */
export class Outbox {
  readonly #frames = new Queue<Frame>(Number.POSITIVE_INFINITY);
  #bufferedBytes = 0;
  #draining: { readonly lowBytes: number; readonly resolve: () => void }[] = [];

  /** The sum of the messages inside. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  get isEmpty(): boolean {
    return this.#frames.count === 0;
  }

  push(frame: Frame): void {
    this.#frames.push(frame);
    this.#bufferedBytes += frame.bytes.length;
  }

  /** Takes the first one out; {@link wake} must follow. */
  shift(): Frame | undefined {
    const frame = this.#frames.shift();
    if (frame !== undefined) this.#bufferedBytes -= frame.bytes.length;
    return frame;
  }

  /** Forgets all, and lets go whoever waits. */
  clear(): void {
    while (this.shift() !== undefined);
    this.wake();
  }

  /** Resolves once at most `lowBytes` are inside. */
  drained(lowBytes: number): Promise<void> {
    if (this.#bufferedBytes <= lowBytes) return Promise.resolve();
    return new Promise((resolve) => {
      this.#draining.push({ lowBytes, resolve });
    });
  }

  /** Lets go whoever waited for as little as there is now. */
  wake(): void {
    if (this.#draining.length === 0) return;
    const draining = this.#draining;
    this.#draining = draining.filter(({ lowBytes }) => lowBytes < this.#bufferedBytes);
    for (const { lowBytes, resolve } of draining) if (lowBytes >= this.#bufferedBytes) resolve();
  }
}
