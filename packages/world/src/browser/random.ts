// Chance from the browser's generator: fit for secrets, also where the page's origin
// is not secure.

import type { Random } from "@holdfast/std";

// getRandomValues gives no more at once.
const drawSizeBytesMax = 65_536;

/** The browser's randomness. */
export class BrowserRandom implements Random {
  readonly #words = new Uint32Array(2);

  next(): number {
    crypto.getRandomValues(this.#words);
    const high = this.#words[0]! >>> 5;
    const low = this.#words[1]! >>> 6;
    return (high * 0x400_0000 + low) / 0x20_0000_0000_0000;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += drawSizeBytesMax) {
      crypto.getRandomValues(bytes.subarray(at, at + drawSizeBytesMax));
    }
    return bytes;
  }
}
