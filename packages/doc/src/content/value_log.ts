// Values of lists, one after another, as value.ts encodes them.
//
// All lie in one array of bytes, and where each begins in another: no object for a value, and
// a part of a log shares both with it. What a text is to the units of texts, as a
// string or as a ContentLog, this is to the values of lists.

import { HoldfastError, Reader, Writer } from "@holdfast/std";
import { checkValue, decodeValue, encodeValue, type Value } from "./value.ts";

const noBytes: Uint8Array = new Uint8Array(0);
const noPlaces: Uint32Array = new Uint32Array(1);

/** An append-only row of encoded values, or the end of one. */
export class ValueLog {
  /** How many values come before, which are not held. */
  readonly start: number;
  #bytes = noBytes;
  // Where each value held begins, and where the last one ends, less `base`.
  #places = noPlaces;
  #base = 0;
  #length = 0;
  // How far the arrays are taken by what was joined from this; null where nothing was.
  #taken: { length: number } | null = null;

  constructor(start = 0) {
    this.start = start;
  }

  /** These values. @throws {HoldfastError} As {@link encodeValue}; `invalid_argument` where they are in no array. */
  static of(values: readonly Value[]): ValueLog {
    if (!Array.isArray(values)) {
      throw new HoldfastError("invalid_argument", `${typeof values} where an array belongs`);
    }
    const writer = new Writer();
    const places = new Uint32Array(values.length + 1);
    // Also where the array has holes, which are no values.
    for (let index = 0; index < values.length; index += 1) {
      places[index + 1] = writer.raw(encodeValue(values[index]!)).sizeBytes;
    }
    return ValueLog.#over(writer.finish(), places);
  }

  /**
   * The values that `bytes` are, which it keeps. O(bytes).
   *
   * @throws {HoldfastError} As {@link checkValue}.
   */
  static read(bytes: Uint8Array): ValueLog {
    let count = 0;
    const counter = new Reader(bytes);
    for (; counter.remaining > 0; count += 1) checkValue(counter);
    const places = new Uint32Array(count + 1);
    const reader = new Reader(bytes);
    for (let index = 1; index <= count; index += 1) {
      checkValue(reader);
      places[index] = reader.offset;
    }
    return ValueLog.#over(bytes, places);
  }

  static #over(bytes: Uint8Array, places: Uint32Array, base = 0): ValueLog {
    const log = new ValueLog();
    log.#bytes = bytes;
    log.#places = places;
    log.#base = base;
    log.#length = places.length - 1;
    return log;
  }

  /** Values held. */
  get length(): number {
    return this.#length;
  }

  /** Values that there are; also the number of the next one. */
  get size(): number {
    return this.start + this.#length;
  }

  /** The value `at`, a copy. O(its bytes). */
  value(at: number): Value {
    return decodeValue(this.bytes(at, at + 1));
  }

  /** The values `from` up to, not including, `to`, encoded: a view. */
  bytes(from = this.start, to = this.size): Uint8Array {
    return this.#bytes.subarray(this.#placeOf(from), this.#placeOf(to));
  }

  /** How many bytes {@link bytes} are. */
  sizeBytes(from = this.start, to = this.size): number {
    return this.#placeOf(to) - this.#placeOf(from);
  }

  /** The values `from` up to, not including, `to`, as a log of their own that shares what they are. O(1). */
  slice(from: number, to: number): ValueLog {
    const places = this.#places.subarray(from - this.start, to - this.start + 1);
    return ValueLog.#over(this.bytes(from, to), places, places[0]!);
  }

  /** Adds the values `from` up to, not including, `to` of `source`. O(their bytes). */
  append(source: ValueLog, from = source.start, to = source.size): void {
    const added = source.bytes(from, to);
    const length = this.#length + to - from;
    // What is shared is full: then this gets arrays of its own.
    if (length >= this.#places.length) {
      const places = new Uint32Array(Math.max(length + 1, 2 * this.#places.length));
      for (let index = 0; index <= this.#length; index += 1) {
        places[index] = this.#places[index]! - this.#base;
      }
      this.#places = places;
      this.#base = 0;
    }
    const end = this.#placeOf(this.size);
    if (end + added.length > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(end + added.length, 2 * this.#bytes.length));
      bytes.set(this.#bytes.subarray(0, end));
      this.#bytes = bytes;
    }
    this.#bytes.set(added, end);
    const shift = end + this.#base - source.#placeOf(from);
    for (let index = this.#length + 1; index <= length; index += 1) {
      this.#places[index] = source.#placeOf(from + index - this.#length) + shift;
    }
    this.#length = length;
  }

  /**
   * These values, and those of `next` behind them; neither changes. Amortized O(`next`) where this
   * was joined itself, and nothing else to it: then both share their arrays.
   */
  joined(next: ValueLog): ValueLog {
    const whole = new ValueLog();
    if (this.#taken?.length === this.#length) {
      whole.#bytes = this.#bytes;
      whole.#places = this.#places;
      whole.#length = this.#length;
    } else whole.append(this);
    whole.append(next);
    whole.#taken = this.#taken?.length === this.#length ? this.#taken : { length: 0 };
    whole.#taken.length = whole.#length;
    return whole;
  }

  /** Forgets the values from `size` on. */
  truncate(size: number): void {
    this.#length = size - this.start;
  }

  /** This, behind `beginning`, which holds all that comes before. O(bytes). */
  behind(beginning: ValueLog): ValueLog {
    const whole = new ValueLog(beginning.start);
    whole.append(beginning);
    whole.append(this);
    return whole;
  }

  #placeOf(at: number): number {
    return this.#places[at - this.start]! - this.#base;
  }
}
