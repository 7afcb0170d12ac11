// A fingerprint of a run: 64 bits over all that happened, in order.
//
// Two runs with one fingerprint were the same run; it is no defence against
// anybody who wants a collision. Two lanes of murmur3's mixing with different
// constants, since JavaScript multiplies 32 bits at a time.
// Source: Appleby, MurmurHash3, 2011 (finalizer and round).

/** Takes in words, numbers, text and bytes; order counts. */
export class TraceHash {
  #left = 0x9747b28c;
  #right = 0x2f0b4a27;
  readonly #double = new Float64Array(1);
  readonly #halves = new Uint32Array(this.#double.buffer);

  /** Takes in 32 bits. */
  word(value: number): void {
    let left = Math.imul(value, 0xcc9e2d51);
    left = Math.imul((left << 15) | (left >>> 17), 0x1b873593);
    const mixedLeft = this.#left ^ left;
    this.#left = (Math.imul((mixedLeft << 13) | (mixedLeft >>> 19), 5) + 0xe6546b64) | 0;
    let right = Math.imul(value ^ this.#left, 0x85ebca6b);
    right = Math.imul((right << 16) | (right >>> 16), 0xc2b2ae35);
    const mixedRight = this.#right ^ right;
    this.#right = (Math.imul((mixedRight << 11) | (mixedRight >>> 21), 5) + 0x38495ab5) | 0;
  }

  /** Takes in any number, with all its bits. */
  number(value: number): void {
    this.#double[0] = value;
    this.word(this.#halves[0]!);
    this.word(this.#halves[1]!);
  }

  /** Takes in a string and its length. */
  text(value: string): void {
    this.word(value.length);
    for (let index = 0; index < value.length; index += 1) this.word(value.charCodeAt(index));
  }

  /** Takes in bytes and their number. */
  bytes(value: Uint8Array): void {
    const { length } = value;
    this.word(length);
    let index = 0;
    for (; index + 4 <= length; index += 4) {
      this.word(
        value[index]! |
          (value[index + 1]! << 8) |
          (value[index + 2]! << 16) |
          (value[index + 3]! << 24),
      );
    }
    for (; index < length; index += 1) this.word(value[index]!);
  }

  /** 16 hexadecimal digits for all that was taken in so far. */
  digest(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");
    return hex(finish(this.#left ^ this.#right)) + hex(finish(this.#right));
  }
}

function finish(word: number): number {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
