// How numbers and bytes are coded as bits, each by a tree of places.
//
//   number   a symbol of six bits: up to 15 the number itself; from 16 on, 12 + n for a
//            number of n bits below its highest, which follow it. Each bit of the symbol
//            is foreseen by the bits of it before, with and without the context; of the bits
//            that follow, the first three by the symbol and those before, the rest by
//            nothing more than their height.
//   byte     eight bits, each foreseen by those before, with and without the byte before.
//
// A model's tables come into being when they are first needed: what a file makes a reader
// allocate grows with what it holds. (F1)

import { HoldfastError } from "@holdfast/std";
import { type BitCoder, type BitTable, bitTable } from "./bit_coder.ts";

const symbols = 64;
const plainSymbols = 16;
// Zigzag positions take 33 bits.
const heightMax = 33;
const foreseenNodes = 8;

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

/** Numbers of one meaning, from 0 to 2^33 - 1. */
export class NumberModel {
  readonly #all = bitTable(symbols);
  readonly #byContext: BitTable[] = [];
  readonly #rests: BitTable[] = [];

  /** Codes `value`; for a reader it does not matter. Returns it. `context` is a small number. */
  code(coder: BitCoder, context: number, value: number): number {
    let own = this.#byContext[context];
    if (own === undefined) {
      own = bitTable(symbols);
      this.#byContext[context] = own;
    }
    const all = this.#all;
    const symbol = symbolOf(value);
    let node = 1;
    for (let bit = 5; bit >= 0; bit -= 1) {
      node = node * 2 + coder.bit(all, node, own, node, (symbol >> bit) & 1);
    }
    const coded = node - symbols;
    return coded < plainSymbols ? coded : this.#codeRest(coder, coded, value);
  }

  #codeRest(coder: BitCoder, symbol: number, value: number): number {
    const height = symbol - 12;
    if (height >= heightMax) throw new HoldfastError("corrupt", "a coded number is too large");
    let table = this.#rests[symbol];
    if (table === undefined) {
      table = bitTable(foreseenNodes + heightMax);
      this.#rests[symbol] = table;
    }
    let coded = 1;
    for (let left = height - 1; left >= 0; left -= 1) {
      const at = coded < foreseenNodes ? coded : foreseenNodes + left;
      coded = coded * 2 + coder.lone(table, at, Math.floor(value / 2 ** left) % 2);
    }
    return coded;
  }
}

/** Bytes of one meaning. */
export class ByteModel {
  readonly #all = bitTable(256);
  readonly #byPrevious: BitTable[] = [];
  #previous = 0;

  /** Codes a byte; for a reader `value` does not matter. Returns it. */
  code(coder: BitCoder, value: number): number {
    let own = this.#byPrevious[this.#previous];
    if (own === undefined) {
      own = bitTable(256);
      this.#byPrevious[this.#previous] = own;
    }
    const all = this.#all;
    let node = 1;
    for (let bit = 7; bit >= 0; bit -= 1) {
      node = node * 2 + coder.bit(all, node, own, node, (value >> bit) & 1);
    }
    this.#previous = node - 256;
    return this.#previous;
  }
}

/** Pieces of bytes, each after its length. */
export class BlobModel {
  readonly #length = new NumberModel();
  readonly #byte = new ByteModel();

  /** Writes a piece. */
  encode(coder: BitCoder, bytes: Uint8Array): void {
    this.#length.code(coder, 0, bytes.length);
    for (const byte of bytes) this.#byte.code(coder, byte);
  }

  /**
   * Reads a piece.
   *
   * @throws {HoldfastError} `corrupt`, also where it is longer than `max`.
   */
  decode(coder: BitCoder, max: number): Uint8Array {
    const length = this.#length.code(coder, 0, 0);
    if (length > max) throw new HoldfastError("corrupt", `a coded piece has ${length} bytes`);
    const bytes: number[] = [];
    for (let count = 0; count < length; count += 1) bytes.push(this.#byte.code(coder, 0));
    return Uint8Array.from(bytes);
  }
}
