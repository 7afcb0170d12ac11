// Frames in messages of a connection: those of one turn share one, since a message costs
// either side more than most frames do.
//
//   message: blob frame each, one after another

import { HoldfastError, Reader, Writer } from "@holdfast/std";
import { type Connection, messageSizeBytesMax } from "@holdfast/world";

/** A message takes no further frame from here on. */
const batchSizeBytesSoft = 65_536;
/** Room beyond what a message is expected to have: the length of a frame, and a short frame more. */
const marginSizeBytes = 64;

/** Room for a frame that is being written; more is given back. */
const frameSizeBytesKept = 1_024;

/** Gathers frames of one side for a connection. */
export class FrameBatch<F> {
  readonly #connection: Connection;
  readonly #write: (writer: Writer, frame: F) => void;
  /** Where a frame is written, to know how long it is. */
  #frame = new Writer(frameSizeBytesKept);
  #message: Writer | null = null;
  /** Bytes of the last message: the next one may be as long. */
  #lastSizeBytes = 0;

  /** @param write - Writes one frame. */
  constructor(connection: Connection, write: (writer: Writer, frame: F) => void) {
    this.#connection = connection;
    this.#write = write;
  }

  /** Sends a frame at the end of the turn, or sooner; in the order of the calls. What it holds is read now. */
  send(frame: F): void {
    this.#write(this.#frame.clear(), frame);
    const message = this.#message ?? this.#begin(this.#frame.sizeBytes);
    message.blob(this.#frame.view());
    if (this.#frame.sizeBytes > frameSizeBytesKept) this.#frame = new Writer(frameSizeBytesKept);
    if (message.sizeBytes >= batchSizeBytesSoft) this.flush();
  }

  /** Sends what was gathered. Harmless where there is nothing. */
  flush(): void {
    const message = this.#message;
    this.#message = null;
    if (message === null) return;
    this.#lastSizeBytes = message.sizeBytes;
    this.#connection.send(message.view());
  }

  #begin(frameSizeBytes: number): Writer {
    const message = new Writer(Math.max(frameSizeBytes, this.#lastSizeBytes) + marginSizeBytes);
    this.#message = message;
    void Promise.resolve().then(() => {
      if (this.#message === message) this.flush();
    });
    return message;
  }
}

/** A message of one frame. */
export function messageOf(frame: Uint8Array): Uint8Array {
  return new Writer(frame.length + 8).blob(frame).finish();
}

/** The frames of a message, which lie in it. @throws {HoldfastError} `truncated`, `corrupt`; `protocol` where there is none. */
export function* framesOf(message: Uint8Array): Iterable<Uint8Array> {
  const reader = new Reader(message);
  if (reader.remaining === 0) throw new HoldfastError("protocol", "a message without a frame");
  while (reader.remaining > 0) yield reader.blob("frame", messageSizeBytesMax);
}

/** The frame of a message that has one. @throws {HoldfastError} As {@link framesOf}. */
export function frameOf(message: Uint8Array): Uint8Array {
  const [frame, another] = framesOf(message);
  if (another !== undefined) throw new HoldfastError("protocol", "a greeting of several frames");
  return frame!;
}
