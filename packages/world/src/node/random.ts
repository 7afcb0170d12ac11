// Chance from the operating system's generator: fit for secrets, and never the same twice.

import { randomFillSync } from "node:crypto";
import type { Random } from "@holdfast/std";

/** The machine's randomness. */
export class NodeRandom implements Random {
  readonly #words = new Uint32Array(2);

  next(): number {
    randomFillSync(this.#words);
    const high = this.#words[0]! >>> 5;
    const low = this.#words[1]! >>> 6;
    return (high * 0x400_0000 + low) / 0x20_0000_0000_0000;
  }

  bytes(length: number): Uint8Array {
    return randomFillSync(new Uint8Array(length));
  }
}
