// What travels on a connection, in order: first word that it was taken, then
// messages, then word that it was closed.

import type { MessageNumber } from "../run/trace_record.ts";
import type { Transit } from "./link.ts";

// What a frame costs beside its bytes, so that empty messages are bounded too.
const overheadSizeBytes = 64;

/** One thing that travels. */
export class Frame implements Transit {
  readonly kind: "open" | "data" | "close";
  /** The message; empty for the other two. */
  readonly bytes: Uint8Array;
  /** Its number in the trace; 0 for the other two. */
  readonly message: MessageNumber;
  /** Why it was closed. */
  readonly reason: string;
  departMs = 0;
  arriveMs = 0;
  /** Whether the receiver has it, so that only the sender's knowing of that is still to come. */
  isDelivered = false;

  private constructor(kind: Frame["kind"], bytes: Uint8Array, message: number, reason: string) {
    this.kind = kind;
    this.bytes = bytes;
    this.message = message as MessageNumber;
    this.reason = reason;
  }

  /** Word that the connection was taken. */
  static open(): Frame {
    return new Frame("open", new Uint8Array(0), 0, "");
  }

  static data(bytes: Uint8Array, message: MessageNumber): Frame {
    return new Frame("data", bytes, message, "");
  }

  static close(reason: string): Frame {
    return new Frame("close", new Uint8Array(0), 0, reason);
  }
}

/** How much of a window a message of `sizeBytes` fills. */
export function weightBytes(sizeBytes: number): number {
  return sizeBytes + overheadSizeBytes;
}
