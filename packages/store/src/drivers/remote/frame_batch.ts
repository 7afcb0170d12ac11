// Frames in messages of a connection: those of one turn share one, since a message costs
// either side more than most frames do.
//
//   message: blob frame each, one after another

import { HoldfastError, Reader, Writer } from "@holdfast/std";
import { type Connection, messageSizeBytesMax } from "@holdfast/world";

/** A message takes no further frame from here on. */
const batchSizeBytesSoft = 65_536;

/** Gathers frames for a connection. */
export class FrameBatch {
  readonly #connection: Connection;
  #writer: Writer | null = null;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Sends a frame at the end of the turn, or sooner; in the order of the calls. */
  send(frame: Uint8Array): void {
    if (this.#writer === null) {
      this.#writer = new Writer(1_024);
      void Promise.resolve().then(() => this.flush());
    }
    this.#writer.blob(frame);
    if (this.#writer.sizeBytes >= batchSizeBytesSoft) this.flush();
  }

  /** Sends what was gathered. Harmless where there is nothing. */
  flush(): void {
    const writer = this.#writer;
    this.#writer = null;
    if (writer !== null) this.#connection.send(writer.finish());
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
