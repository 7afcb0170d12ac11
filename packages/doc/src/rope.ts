// The visible text: a string that is cheap to edit anywhere.
//
// Two levels: pieces of at most `pieceUnitsMax` units, in groups of at most
// `groupPiecesMax` pieces that know their length. An edit walks the groups, then
// the pieces of one group, then copies one piece. That is O(length / 64,000) plus
// a constant: for 10 MB of text some 160 steps. A tree would be O(log length), and
// slower below that size.

interface Group {
  length: number;
  readonly pieces: string[];
}

const pieceUnitsMax = 1024;
const groupPiecesMax = 64;

/** Text, in UTF-16 units. Positions are checked by the caller. */
export class Rope {
  readonly #groups: Group[] = [];
  #length = 0;
  // Where the last search ended.
  #group = 0;
  #piece = 0;
  #offset = 0;

  get length(): number {
    return this.#length;
  }

  /** Inserts `text` before unit `at`, 0 to length. */
  insert(at: number, text: string): void {
    if (text.length === 0) return;
    this.#seek(at);
    this.#length += text.length;
    const group = this.#groups[this.#group];
    if (group === undefined) {
      this.#groups.push(...regroup(cut(text)));
      return;
    }
    const old = group.pieces[this.#piece]!;
    const joined = old.slice(0, this.#offset) + text + old.slice(this.#offset);
    group.length += text.length;
    if (joined.length <= pieceUnitsMax) group.pieces[this.#piece] = joined;
    else this.#replace(this.#group, this.#piece, 1, cut(joined));
  }

  /** Deletes `length` units from unit `at` on. Returns what they were. */
  delete(at: number, length: number): string {
    const removed: string[] = [];
    let rest = length;
    while (rest > 0) {
      this.#seek(at + 1);
      this.#offset -= 1;
      const group = this.#groups[this.#group]!;
      const old = group.pieces[this.#piece]!;
      const end = Math.min(old.length, this.#offset + rest);
      removed.push(old.slice(this.#offset, end));
      const taken = end - this.#offset;
      group.length -= taken;
      this.#length -= taken;
      rest -= taken;
      const kept = old.slice(0, this.#offset) + old.slice(end);
      if (kept.length > 0) group.pieces[this.#piece] = kept;
      else this.#replace(this.#group, this.#piece, 1, []);
    }
    return removed.length === 1 ? removed[0]! : removed.join("");
  }

  /** The unit at `at`, 0 to length - 1. */
  unit(at: number): number {
    this.#seek(at + 1);
    return this.#groups[this.#group]!.pieces[this.#piece]!.charCodeAt(this.#offset - 1);
  }

  /** The units `from` up to, not including, `to`. */
  slice(from: number, to: number): string {
    const parts: string[] = [];
    let at = from;
    while (at < to) {
      this.#seek(at + 1);
      const piece = this.#groups[this.#group]!.pieces[this.#piece]!;
      const part = piece.slice(this.#offset - 1, this.#offset - 1 + (to - at));
      parts.push(part);
      at += part.length;
    }
    return parts.join("");
  }

  toString(): string {
    return this.#groups.map((group) => group.pieces.join("")).join("");
  }

  // Finds the piece with the unit before `at`, or the first one for 0.
  #seek(at: number): void {
    let rest = at;
    this.#group = 0;
    this.#piece = 0;
    this.#offset = 0;
    if (this.#groups.length === 0) return;
    while (rest > this.#groups[this.#group]!.length) {
      rest -= this.#groups[this.#group]!.length;
      this.#group += 1;
    }
    const { pieces } = this.#groups[this.#group]!;
    while (rest > pieces[this.#piece]!.length) {
      rest -= pieces[this.#piece]!.length;
      this.#piece += 1;
    }
    this.#offset = rest;
  }

  #replace(groupIndex: number, pieceIndex: number, count: number, pieces: readonly string[]): void {
    const group = this.#groups[groupIndex]!;
    const after = group.pieces.splice(pieceIndex, group.pieces.length - pieceIndex).slice(count);
    // Not spread into a call: a large paste is more pieces than a call takes arguments.
    for (const piece of pieces) group.pieces.push(piece);
    for (const piece of after) group.pieces.push(piece);
    if (group.pieces.length === 0) this.#groups.splice(groupIndex, 1);
    else if (group.pieces.length > groupPiecesMax) {
      const groups = regroup(group.pieces);
      const later = this.#groups.splice(groupIndex);
      for (const part of groups) this.#groups.push(part);
      for (let index = 1; index < later.length; index += 1) this.#groups.push(later[index]!);
    }
  }
}

// Pieces of half the size that is allowed, so that each has room to grow.
function cut(text: string): readonly string[] {
  const pieces: string[] = [];
  const size = pieceUnitsMax / 2;
  for (let at = 0; at < text.length; at += size) pieces.push(text.slice(at, at + size));
  return pieces;
}

function regroup(pieces: readonly string[]): readonly Group[] {
  const groups: Group[] = [];
  const size = groupPiecesMax / 2;
  for (let at = 0; at < pieces.length; at += size) {
    const part = pieces.slice(at, at + size);
    groups.push({ length: part.reduce((sum, piece) => sum + piece.length, 0), pieces: part });
  }
  return groups;
}
