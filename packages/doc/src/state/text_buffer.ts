// The visible text: UTF-16 units that are cheap to edit anywhere.
//
// Problem. People edit where they edited last; merges and scripts edit anywhere. A gap
// buffer makes the first free and the second O(length); a tree makes both O(log length)
// and neither free.
//
// Method. Chunks of at most `chunkUnitsMax` units, each a gap buffer of its own, in one
// typed array: slot s holds units s * stride up to (s + 1) * stride. `order` lists the
// slots as they stand in the text. The chunk of the last edit is remembered; another is
// found over sums of 64 chunks each. So an edit near the last one moves a few units, an
// edit anywhere a few kilobytes, and finding the chunk takes length / 262,144 steps and 64.
//
//   order   2 0 1            slot 2  T h e _ . . . . q u i c k     . is the gap
//                                    0     gap start     stride
//
// A text that was only read, as from a file, is a string and nothing else until its
// first edit. A short text has one chunk, which grows by doubling.
//
// Invariants:
//   X1  No chunk is empty, but the only one of an empty text.
//   X2  Neighbours that together fill at most half a chunk are one, where an edit left them so.

import { copyUnits } from "@holdfast/std";
import { isLowSurrogate } from "../content/surrogates.ts";

const chunkUnitsMax = 4096;
const chunkUnitsMin = 32;
const groupChunks = 64;
// Most units in one call of `fromCharCode`.
const unitsAtATime = 8192;

/** Text in UTF-16 units. Positions are checked by the caller. */
export class TextBuffer {
  // The whole text, where it is known as a string.
  #text: string | null;
  #length: number;
  #units = new Uint16Array(0);
  #stride = 0;
  // By place in the text: the chunk's slot.
  #order = new Int32Array(0);
  #chunkCount = 0;
  // By slot: units held, and how many of them stand before the gap.
  #lengths = new Int32Array(0);
  #gaps = new Int32Array(0);
  #slotCount = 0;
  readonly #freeSlots: number[] = [];
  // Units of each `groupChunks` chunks.
  #groups = new Int32Array(0);
  // Where the last search ended: a place in `order`, and the position of its first unit.
  #place = 0;
  #start = 0;

  /** @param text - What it holds at first. */
  constructor(text = "") {
    this.#text = text;
    this.#length = text.length;
  }

  get length(): number {
    return this.#length;
  }

  /** Inserts `text` before unit `at`, 0 to length. O(length of text) and as the head says. */
  insert(at: number, text: string): void {
    const { length } = text;
    if (length === 0) return;
    const first = this.#openGap(at, length);
    if (first < 0) {
      this.#insertChunks(at - this.#start, text);
      return;
    }
    copyUnits(text, 0, length, this.#units, first);
  }

  /** As {@link insert}, for the units `from` up to, not including, `to` of `source`. */
  insertUnits(at: number, source: Uint16Array, from: number, to: number): void {
    if (from === to) return;
    const first = this.#openGap(at, to - from);
    if (first < 0) {
      this.#insertChunks(at - this.#start, unitsToString(source, from, to));
      return;
    }
    const units = this.#units;
    for (let index = from; index < to; index += 1) units[first + index - from] = source[index]!;
  }

  /** Deletes `length` units from unit `at` on. O(chunks behind) where it deletes whole ones, and as the head says. */
  delete(at: number, length: number): void {
    if (length === 0) return;
    this.#prepareToEdit();
    let rest = length;
    while (rest > 0) {
      this.#seekUnit(at);
      const slot = this.#order[this.#place]!;
      const held = this.#lengths[slot]!;
      const offset = at - this.#start;
      if (offset === 0 && rest >= held && this.#chunkCount > 1) {
        rest -= this.#removeChunks(rest);
        continue;
      }
      const taken = Math.min(rest, held - offset);
      // Units that go stand beside the gap: a backspace behind it, a delete before it.
      if (offset + taken === this.#gaps[slot]!) this.#gaps[slot] = offset;
      else this.#moveGap(slot, offset);
      this.#resize(slot, -taken);
      rest -= taken;
      if (held < this.#stride / 4) this.#join();
    }
  }

  /** The unit at `at`, 0 to length - 1. */
  unit(at: number): number {
    if (this.#text !== null) return this.#text.charCodeAt(at);
    this.#seekUnit(at);
    const slot = this.#order[this.#place]!;
    const offset = at - this.#start;
    const gap = this.#gaps[slot]!;
    const skip = offset < gap ? 0 : this.#stride - this.#lengths[slot]!;
    return this.#units[slot * this.#stride + offset + skip]!;
  }

  /** How many code points begin before unit `at`. O(at). */
  codePointsBefore(at: number): number {
    let count = 0;
    this.#eachCodePoint(at, () => {
      count += 1;
      return false;
    });
    return count;
  }

  /** Where the code point begins that `index` others stand before; the length where there is none. O(length). */
  codePointStart(index: number): number {
    let seen = 0;
    return this.#eachCodePoint(this.#length, () => {
      seen += 1;
      return seen > index;
    });
  }

  /** The units `from` up to, not including, `to`. O(length of it). */
  slice(from: number, to: number): string {
    if (this.#text !== null) return this.#text.slice(from, to);
    if (from >= to) return "";
    const pieces: string[] = [];
    let at = from;
    while (at < to) {
      this.#seekUnit(at);
      const slot = this.#order[this.#place]!;
      const offset = at - this.#start;
      const gap = this.#gaps[slot]!;
      const end = Math.min(this.#lengths[slot]!, offset + (to - at));
      const stop = offset < gap ? Math.min(gap, end) : end;
      const skip = offset < gap ? 0 : this.#stride - this.#lengths[slot]!;
      const first = slot * this.#stride + skip;
      pieces.push(unitsToString(this.#units, first + offset, first + stop));
      at += stop - offset;
    }
    return pieces.length === 1 ? pieces[0]! : pieces.join("");
  }

  /** The whole text. O(length) after an edit, else O(1). */
  toString(): string {
    if (this.#text !== null) return this.#text;
    return this.slice(0, this.#length);
  }

  // Calls `visit` for each code point that begins before `end`, until it says true. Returns where that
  // one begins, or else `end`.
  #eachCodePoint(end: number, visit: () => boolean): number {
    for (let start = 0; start < end; start += unitsAtATime) {
      const piece = this.slice(start, Math.min(end, start + unitsAtATime));
      for (let index = 0; index < piece.length; index += 1) {
        if (!isLowSurrogate(piece.charCodeAt(index)) && visit()) return start + index;
      }
    }
    return end;
  }

  // Puts the text into chunks, if it is none yet.
  #prepareToEdit(): void {
    const text = this.#text;
    if (text === null) return;
    this.#text = null;
    this.#length = 0;
    const wanted = Math.max(chunkUnitsMin, text.length + 16);
    this.#stride = Math.min(chunkUnitsMax, 2 ** Math.ceil(Math.log2(wanted)));
    const chunks = Math.ceil(text.length / (chunkUnitsMax / 2)) + 1;
    this.#reserveSlots(text.length < this.#stride ? 1 : chunks);
    this.#placeChunk(0);
    if (text.length > 0) this.insert(0, text);
  }

  // Makes room for `length` units before unit `at`, and counts them in. Returns where in `units`
  // they go, or -1 where they do not fit into the chunk, which is then at `place`.
  #openGap(at: number, length: number): number {
    if (this.#text !== null) this.#prepareToEdit();
    let slot = this.#order[this.#place]!;
    let gap = at - this.#start;
    if (gap < 0 || gap > this.#lengths[slot]!) {
      this.#find(at, 0);
      slot = this.#order[this.#place]!;
      gap = at - this.#start;
    }
    const needed = this.#lengths[slot]! + length;
    if (needed > this.#stride && !this.#growOnly(needed)) return -1;
    if (gap !== this.#gaps[slot]) this.#moveGap(slot, gap);
    this.#gaps[slot] = gap + length;
    this.#resize(slot, length);
    return slot * this.#stride + gap;
  }

  // Sets `place` and `start` to the chunk that holds the unit `at`.
  #seekUnit(at: number): void {
    const within = at - this.#start;
    if (within >= 0 && within < this.#lengths[this.#order[this.#place]!]!) return;
    this.#find(at, 1);
  }

  // Finds the first chunk that ends at or behind `at` + `beyond`.
  #find(at: number, beyond: number): void {
    const wanted = at + beyond;
    let start = 0;
    let group = 0;
    while (start + this.#groups[group]! < wanted) {
      start += this.#groups[group]!;
      group += 1;
    }
    let place = group * groupChunks;
    let length = this.#lengths[this.#order[place]!]!;
    while (start + length < wanted) {
      start += length;
      place += 1;
      length = this.#lengths[this.#order[place]!]!;
    }
    this.#place = place;
    this.#start = start;
  }

  #moveGap(slot: number, to: number): void {
    const from = this.#gaps[slot]!;
    if (from === to) return;
    const first = slot * this.#stride;
    const gapLength = this.#stride - this.#lengths[slot]!;
    const units = this.#units;
    const distance = to - from;
    // A call to copy is dearer than a few steps of a loop.
    if (distance > 32) {
      units.copyWithin(first + from, first + from + gapLength, first + to + gapLength);
    } else if (distance < -32) {
      units.copyWithin(first + to + gapLength, first + to, first + from);
    } else if (distance > 0) {
      for (let at = first + from; at < first + to; at += 1) units[at] = units[at + gapLength]!;
    } else {
      for (let at = first + from - 1; at >= first + to; at -= 1) units[at + gapLength] = units[at]!;
    }
    this.#gaps[slot] = to;
  }

  #resize(slot: number, more: number): void {
    this.#lengths[slot]! += more;
    this.#length += more;
    this.#groups[(this.#place / groupChunks) | 0]! += more;
  }

  // Makes the only chunk of a short text larger; tells whether `needed` units fit now.
  #growOnly(needed: number): boolean {
    if (this.#stride === chunkUnitsMax) return false;
    const length = this.#lengths[0]!;
    this.#moveGap(0, length);
    this.#stride = Math.min(chunkUnitsMax, 2 ** Math.ceil(Math.log2(needed)));
    const grown = new Uint16Array(this.#stride);
    grown.set(this.#units.subarray(0, length));
    this.#units = grown;
    return needed <= this.#stride;
  }

  // Inserts text that does not fit into the chunk that was found, `offset` units into it. At the
  // end of the whole text a chunk stays full. Elsewhere half of it stays, and the rest goes to new
  // chunks about half full: so it takes thousands of keystrokes, wherever, until the next time.
  #insertChunks(offset: number, text: string): void {
    const half = this.#stride / 2;
    const slot = this.#order[this.#place]!;
    const held = this.#lengths[slot]!;
    const isEnd = offset === held && this.#place === this.#chunkCount - 1;
    const kept = isEnd ? offset : Math.min(offset, half);
    const start = this.#start;
    const before = this.slice(start + kept, start + offset);
    const added = before + text + this.slice(start + offset, start + held);
    if (kept < held) {
      this.#moveGap(slot, kept);
      this.#resize(slot, kept - held);
    }
    let at = kept < half ? this.#fill(added, 0, half - kept) : 0;
    const first = this.#place + 1;
    const count = Math.max(1, Math.floor((added.length - at) / half));
    this.#makePlaces(first, count);
    for (let index = 0; index < count; index += 1) {
      this.#place = first + index;
      at += this.#fill(added, at, index === count - 1 ? added.length - at : half);
    }
    this.#countGroups(first - 1);
  }

  // Appends at most `count` units of `text` from `from` on to the chunk at `place`. Returns how many.
  #fill(text: string, from: number, count: number): number {
    const slot = this.#order[this.#place]!;
    const length = this.#lengths[slot]!;
    const taken = Math.min(count, text.length - from);
    this.#moveGap(slot, length);
    copyUnits(text, from, from + taken, this.#units, slot * this.#stride + length);
    this.#lengths[slot] = length + taken;
    this.#gaps[slot] = length + taken;
    this.#length += taken;
    return taken;
  }

  // Takes away the chunks from `place` on that `length` units cover, but for one that is the
  // whole text. Returns how many units they had.
  #removeChunks(length: number): number {
    const first = this.#place;
    let end = first;
    let taken = 0;
    for (; end < this.#chunkCount && end - first < this.#chunkCount - 1; end += 1) {
      const slot = this.#order[end]!;
      if (taken + this.#lengths[slot]! > length) break;
      taken += this.#lengths[slot]!;
      this.#freeSlots.push(slot);
    }
    this.#order.copyWithin(first, end, this.#chunkCount);
    this.#chunkCount -= end - first;
    this.#length -= taken;
    // The chunk before them may have been filled.
    this.#countGroups(Math.max(0, first - 1));
    return taken;
  }

  // Sees to X2 around the chunk at `place`, which has become small.
  #join(): void {
    if (this.#chunkCount === 1) return;
    const slot = this.#order[this.#place]!;
    const length = this.#lengths[slot]!;
    const hasPrevious = this.#place > 0;
    const other = this.#order[hasPrevious ? this.#place - 1 : 1]!;
    if (length + this.#lengths[other]! > this.#stride / 2) return;
    const text = this.slice(this.#start, this.#start + length);
    const removed = this.#place;
    if (hasPrevious) {
      this.#place = removed - 1;
      this.#fill(text, 0, length);
      this.#place = removed;
    } else {
      this.#moveGap(other, 0);
      const first = (other + 1) * this.#stride - this.#lengths[other]! - length;
      copyUnits(text, 0, length, this.#units, first);
      this.#lengths[other]! += length;
      this.#length += length;
    }
    this.#removeChunks(length);
  }

  // Opens `count` places in the order from `place` on, each with an empty chunk.
  #makePlaces(place: number, count: number): void {
    this.#reserveSlots(this.#slotCount + Math.max(0, count - this.#freeSlots.length));
    const needed = this.#chunkCount + count;
    if (needed > this.#order.length) {
      const grown = new Int32Array(Math.max(needed, this.#order.length * 2));
      grown.set(this.#order.subarray(0, this.#chunkCount));
      this.#order = grown;
    }
    this.#order.copyWithin(place + count, place, this.#chunkCount);
    this.#chunkCount += count;
    for (let index = place; index < place + count; index += 1) this.#placeChunk(index);
  }

  #placeChunk(place: number): void {
    const slot = this.#freeSlots.pop() ?? this.#slotCount;
    if (slot === this.#slotCount) this.#slotCount += 1;
    this.#order[place] = slot;
    this.#lengths[slot] = 0;
    this.#gaps[slot] = 0;
  }

  #reserveSlots(count: number): void {
    if (count * this.#stride > this.#units.length) {
      const slots = Math.max(count, Math.ceil((this.#units.length / this.#stride) * 1.5));
      const units = new Uint16Array(slots * this.#stride);
      units.set(this.#units);
      this.#units = units;
      const lengths = new Int32Array(slots);
      lengths.set(this.#lengths);
      this.#lengths = lengths;
      const gaps = new Int32Array(slots);
      gaps.set(this.#gaps);
      this.#gaps = gaps;
    }
    if (this.#chunkCount > 0) return;
    this.#order = new Int32Array(Math.max(1, count));
    this.#groups = new Int32Array(1);
    this.#chunkCount = 1;
  }

  // Counts the groups anew from the chunk at `place` on, and begins to search at the first chunk.
  // O(chunks from there), each time that chunks come or go.
  #countGroups(place: number): void {
    this.#place = 0;
    this.#start = 0;
    const count = Math.ceil(this.#chunkCount / groupChunks);
    if (count > this.#groups.length) {
      const grown = new Int32Array(count * 2);
      grown.set(this.#groups);
      this.#groups = grown;
    }
    const first = (place / groupChunks) | 0;
    this.#groups.fill(0, first);
    for (let at = first * groupChunks; at < this.#chunkCount; at += 1) {
      this.#groups[(at / groupChunks) | 0]! += this.#lengths[this.#order[at]!]!;
    }
  }
}

/** The units `from` up to, not including, `to`. */
export function unitsToString(units: Uint16Array, from: number, to: number): string {
  if (to - from === 1) return String.fromCharCode(units[from]!);
  if (to - from <= unitsAtATime) return decoded(units.subarray(from, to));
  const pieces: string[] = [];
  for (let at = from; at < to; at += unitsAtATime) {
    pieces.push(decoded(units.subarray(at, Math.min(to, at + unitsAtATime))));
  }
  return pieces.join("");
}

function decoded(units: Uint16Array): string {
  return String.fromCharCode.apply(null, units as unknown as number[]);
}
