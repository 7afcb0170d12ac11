// How numbers and bytes are coded as bits, each by a tree of places.
//
//   symbol   so many bits, each foreseen by those before, with and without a context
//   number   a symbol of six bits: up to 15 the number itself; from 16 on, 12 + n for a
//            number of n bits below its highest, which follow it, highest first: the
//            first three foreseen by the symbol and those before, the rest plain, twelve
//            at a time
//   byte     a symbol of eight bits, foreseen by the byte before, at first 0
//
// A model makes places when they are first needed: what a file makes a reader
// allocate grows with what it holds. (F1)

import { HoldfastError } from "@holdfast/std";
import type { BitCoder } from "./bit_coder.ts";

const symbolHeight = 6;
const byteHeight = 8;
const plainSymbols = 16;
// Zigzag positions take 33 bits.
const heightMax = 32;
const foreseenHeight = 3;
const plainHeightMax = 12;

/** The symbol of a number: a small number that says how large it is, for contexts. */
export function symbolOf(value: number): number {
  if (value < plainSymbols) return value;
  return 12 + (value < 2 ** 31 ? 31 - Math.clz32(value) : value < 2 ** 32 ? 31 : 32);
}

/** A signed number as an unsigned one: 0, -1, 1, -2, ... */
export function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

/** What {@link zigzag} was given. */
export function unzigzag(value: number): number {
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
}

/** Symbols of one meaning: values of `height` bits. */
export class SymbolModel {
  readonly #coder: BitCoder;
  readonly #height: number;
  #all = 0;
  readonly #byContext: number[] = [];

  constructor(coder: BitCoder, height: number) {
    this.#coder = coder;
    this.#height = height;
  }

  /** Codes `value`; for a reader it does not matter. Returns it. `context` is a small number. */
  code(context: number, value: number): number {
    const own = this.#byContext[context] ?? this.#placesOf(context);
    return this.#coder.tree(this.#all, own, this.#height, value);
  }

  #placesOf(context: number): number {
    const size = 2 ** this.#height;
    if (this.#byContext.length === 0) this.#all = this.#coder.places(size);
    const own = this.#coder.places(size);
    this.#byContext[context] = own;
    return own;
  }
}

/** Numbers of one meaning, from 0 to 2^33 - 1. */
export class NumberModel {
  readonly #coder: BitCoder;
  readonly #symbol: SymbolModel;
  readonly #rests: number[] = [];

  constructor(coder: BitCoder) {
    this.#coder = coder;
    this.#symbol = new SymbolModel(coder, symbolHeight);
  }

  /** As {@link SymbolModel.code}. */
  code(context: number, value: number): number {
    const symbol = this.#symbol.code(context, symbolOf(value));
    return symbol < plainSymbols ? symbol : this.#codeRest(symbol, value);
  }

  #codeRest(symbol: number, value: number): number {
    const height = symbol - 12;
    if (height > heightMax) throw new HoldfastError("corrupt", "a coded number is too large");
    let rest = this.#rests[symbol];
    if (rest === undefined) {
      rest = this.#coder.places(2 ** foreseenHeight);
      this.#rests[symbol] = rest;
    }
    // What shifts cut off is its highest bit, which the symbol says.
    let coded = 1;
    let left = height;
    for (; coded < 2 ** foreseenHeight; left -= 1) {
      coded = coded * 2 + this.#coder.bit(rest + coded, (value >>> (left - 1)) & 1);
    }
    while (left > 0) {
      const count = Math.min(left, plainHeightMax);
      left -= count;
      const piece = (value >>> left) & ((1 << count) - 1);
      coded = coded * 2 ** count + this.#coder.plain(count, piece);
    }
    return coded;
  }
}

/** Bytes of one meaning. */
export class ByteModel {
  readonly #symbol: SymbolModel;
  #previous = 0;

  constructor(coder: BitCoder) {
    this.#symbol = new SymbolModel(coder, byteHeight);
  }

  /** Codes a byte; for a reader `value` does not matter. Returns it. */
  code(value: number): number {
    this.#previous = this.#symbol.code(this.#previous, value);
    return this.#previous;
  }
}

/** Pieces of bytes, each after its length. */
export class BlobModel {
  readonly #length: NumberModel;
  readonly #byte: ByteModel;

  constructor(coder: BitCoder) {
    this.#length = new NumberModel(coder);
    this.#byte = new ByteModel(coder);
  }

  /** Writes a piece. */
  encode(bytes: Uint8Array): void {
    this.#length.code(0, bytes.length);
    for (const byte of bytes) this.#byte.code(byte);
  }

  /**
   * Reads a piece.
   *
   * @throws {HoldfastError} `corrupt`, also where it is longer than `max`.
   */
  decode(max: number): Uint8Array {
    const length = this.#length.code(0, 0);
    if (length > max) throw new HoldfastError("corrupt", `a coded piece has ${length} bytes`);
    const bytes: number[] = [];
    for (let count = 0; count < length; count += 1) bytes.push(this.#byte.code(0));
    return Uint8Array.from(bytes);
  }
}
