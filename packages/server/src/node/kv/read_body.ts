// The body of a request, whole and within a limit.
//
// How long it may take is the HTTP server's `requestTimeout`. How much memory all bodies
// together may take is bounded here: what is not yet read counts with what it may become.

import type { IncomingMessage } from "node:http";
import { HoldfastError } from "@holdfast/std";

/** Largest sum of the bodies that are being read or worked on. */
export const bodiesSizeBytesMax = 256 * 1024 * 1024;

/** Reads bodies, and counts what they take. */
export class BodyReader {
  #leftBytes = bodiesSizeBytesMax;
  readonly #reading = new Set<(error: HoldfastError) => void>();

  /**
   * Reads the body of `request`, and runs `fn` with it.
   *
   * @throws {HoldfastError} `too_large` where it is over `sizeBytesMax`; `overloaded`
   *   where there are too many at once; `cancelled` where the client left; whatever `fn` throws.
   */
  async with<T>(
    request: IncomingMessage,
    sizeBytesMax: number,
    fn: (body: Buffer) => Promise<T>,
  ): Promise<T> {
    const said = request.headers["content-length"];
    const reserved = said === undefined ? sizeBytesMax : Number(said);
    if (reserved > sizeBytesMax) throw tooLarge(sizeBytesMax);
    if (reserved > this.#leftBytes) {
      throw new HoldfastError("overloaded", "too many bodies are being read");
    }
    this.#leftBytes -= reserved;
    try {
      return await fn(await this.#read(request, sizeBytesMax));
    } finally {
      this.#leftBytes += reserved;
    }
  }

  /** Gives up all bodies that are not whole yet. */
  close(): void {
    for (const reject of this.#reading) {
      reject(new HoldfastError("unavailable", "the server is closing"));
    }
  }

  #read(request: IncomingMessage, sizeBytesMax: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const fail = (error: HoldfastError) => {
        request.removeAllListeners("data");
        this.#reading.delete(fail);
        reject(error);
      };
      this.#reading.add(fail);
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      request.on("data", (chunk: Buffer) => {
        sizeBytes += chunk.length;
        if (sizeBytes > sizeBytesMax) fail(tooLarge(sizeBytesMax));
        else chunks.push(chunk);
      });
      request.on("end", () => {
        this.#reading.delete(fail);
        resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
      });
      request.on("error", () => fail(left()));
      // This comes at the end of a body that is whole, too; and to make an error is dear.
      request.on("close", () => {
        if (this.#reading.has(fail)) fail(left());
      });
    });
  }
}

function left(): HoldfastError {
  return new HoldfastError("cancelled", "the client left");
}

function tooLarge(sizeBytesMax: number): HoldfastError {
  return new HoldfastError("too_large", `the body has over ${sizeBytesMax} bytes`);
}
