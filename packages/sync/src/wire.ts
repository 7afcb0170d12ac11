// A session's end of its connection: sending, and noticing that the other side
// takes nothing of what is sent.

import type { Clock, Connection } from "@holdfast/world";
import { outboundSizeBytesMax, stallMsMax } from "./session.ts";

/** Options for {@link Wire}. */
export interface WireOptions {
  readonly clock: Clock;
  readonly connection: Connection;
  /** Called when nothing was taken for `stallMsMax`, though much waits. */
  readonly onStalled: () => void;
}

/** Sends, and says when to hold back. */
export class Wire {
  readonly #options: WireOptions;

  constructor(options: WireOptions) {
    this.#options = options;
  }

  /** Whether so much waits to be sent that nothing more should be read for it. */
  get congested(): boolean {
    return this.#options.connection.bufferedBytes > outboundSizeBytesMax;
  }

  /** Queues one frame. */
  send(bytes: Uint8Array): void {
    this.#options.connection.send(bytes);
  }

  /** Resolves when less than half of what is too much waits, or the connection has ended. */
  async room(): Promise<void> {
    const { clock, connection, onStalled } = this.#options;
    let leastBytes = connection.bufferedBytes;
    const watch = (): void => {
      const progress = connection.bufferedBytes < leastBytes;
      leastBytes = Math.min(leastBytes, connection.bufferedBytes);
      if (progress) timer = clock.timer(stallMsMax, watch);
      else onStalled();
    };
    let timer = clock.timer(stallMsMax, watch);
    await connection.drained(outboundSizeBytesMax / 2);
    timer.cancel();
  }
}
