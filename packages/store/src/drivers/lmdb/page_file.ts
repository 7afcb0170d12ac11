// A file that LMDB writes, and its pages, read beside LMDB, at once.
//
// Nothing of the bytes is believed: a page that is not what refers to it says, or a node that
// reaches out of its page, is `corrupt`. The layout is told in page_format.ts.

import { closeSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import { HoldfastError } from "@holdfast/std";
import type { Slabs } from "../../slabs.ts";
import {
  branchFlag,
  type FileMeta,
  headSizeBytes,
  leafFlag,
  metaSizeBytes,
  nodeHeadSizeBytes,
  overflowFlag,
  parseMeta,
} from "./page_format.ts";

/** How many leaves are remembered as whole; of two that share a place the later one. */
const wholeMax = 2 ** 18;
/** Most leaves that are read at once. */
export const runPagesMax = 16;

/** Leaves that lie side by side and were read at once. */
export interface Run {
  /** The first one's number. */
  first: number;
  count: number;
}

/** A file that LMDB writes, open for reading. */
export class PageFile {
  readonly #path: string;
  readonly #descriptor: number;
  /** A page for each level of branches: a range is read without a pause, so one set will do. */
  readonly #branches: Page[] = [];
  /** The leaves of one run: memory that was written to before is quicker than new. */
  #runBytes = new Uint8Array(0);
  /**
   * CRC-32s of leaves all of whose rows were found whole, in places by their numbers. A leaf begins with its
   * number, so another one that has the same place is not taken for it.
   */
  readonly #whole = new Uint32Array(wholeMax);

  /** @throws {HoldfastError} `io`. */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#descriptor = openSync(path, "r");
    } catch (cause) {
      throw new HoldfastError("io", `open ${path}`, { cause });
    }
  }

  /** What the newer meta page says. Nobody may be committing. @throws {HoldfastError} `corrupt`, `io`. */
  meta(): FileMeta {
    const one = parseMeta(this.#read(0, metaSizeBytes), 0);
    const offset = one.pageSizeBytes;
    const other = parseMeta(this.#read(offset, metaSizeBytes), offset);
    return one.transaction >= other.transaction ? one : other;
  }

  /** Page `number`, of branches; good until the next call for the same level. */
  branch(number: number, level: number, pageSizeBytes: number): Page {
    this.#branches[level] ??= new Page(new Uint8Array(pageSizeBytes));
    const page = this.#branches[level]!;
    this.#fill(number * pageSizeBytes, page.bytes);
    page.check(number, branchFlag);
    return page;
  }

  /** Reads leaves, at most {@link runPagesMax}; they are good until the next call. */
  readRun({ first, count }: Run, pageSizeBytes: number): void {
    const sizeBytes = runPagesMax * pageSizeBytes;
    if (this.#runBytes.length < sizeBytes) this.#runBytes = new Uint8Array(sizeBytes);
    this.#fill(first * pageSizeBytes, this.#runBytes.subarray(0, count * pageSizeBytes));
  }

  /** Page `number`, a leaf of the `run` that was read last. */
  leaf(number: number, { first }: Run, pageSizeBytes: number): Page {
    const at = (number - first) * pageSizeBytes;
    const bytes = this.#runBytes.subarray(at, at + pageSizeBytes);
    const page = new Page(bytes);
    page.check(number, leafFlag);
    page.isWhole = this.#whole[number % wholeMax] === crc32(bytes);
    return page;
  }

  /** Says that all rows of `leaf` were found whole. */
  noteWhole(leaf: Page): void {
    if (!leaf.isWhole) this.#whole[leaf.number % wholeMax] = crc32(leaf.bytes);
  }

  /** What begins on page `number` and goes on over those behind it. */
  bigData(number: number, pageSizeBytes: number, sizeBytes: number): Uint8Array {
    const page = new Page(this.#read(number * pageSizeBytes, headSizeBytes + sizeBytes));
    const count = Math.floor((headSizeBytes - 1 + sizeBytes) / pageSizeBytes) + 1;
    page.checkBig(number, count);
    return page.part(headSizeBytes, sizeBytes);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #read(offset: number, sizeBytes: number): Uint8Array {
    const bytes = new Uint8Array(sizeBytes);
    this.#fill(offset, bytes);
    return bytes;
  }

  /** @throws {HoldfastError} `corrupt` where the file ends before; `io`. */
  #fill(offset: number, bytes: Uint8Array): void {
    let have = 0;
    try {
      while (have < bytes.length) {
        const left = bytes.length - have;
        const more = readSync(this.#descriptor, bytes, have, left, offset + have);
        if (more === 0) break;
        have += more;
      }
    } catch (cause) {
      throw new HoldfastError("io", `read ${this.#path}`, { cause });
    }
    if (have === bytes.length) return;
    throw new HoldfastError("corrupt", `${this.#path} ends before byte ${offset + bytes.length}`);
  }
}

/** A page of nodes. */
export class Page {
  readonly bytes: Uint8Array;
  /** Whether its rows, but for data on other pages, were found whole before. */
  isWhole = false;
  #number = 0;
  /** Where its nodes begin; they reach to its end. */
  #nodesAt = headSizeBytes;
  /** The memory that parts of it are given out of, and where its first byte lies in that, or would. */
  #memory: ArrayBufferLike;
  #origin: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#memory = bytes.buffer;
    this.#origin = bytes.byteOffset;
  }

  /** Copies its nodes: keys and parts are given out of that from now on. O(size). */
  keep(slabs: Slabs): void {
    const nodes = slabs.copy(this.bytes.subarray(this.#nodesAt));
    this.#memory = nodes.buffer;
    this.#origin = nodes.byteOffset - this.#nodesAt;
  }

  get number(): number {
    return this.#number;
  }

  /** How many nodes it has. */
  get count(): number {
    return this.#u16(20) >> 1;
  }

  /** @throws {HoldfastError} `corrupt` where these are not the bytes of page `number`, with nodes. */
  check(number: number, flags: number): void {
    this.#number = number;
    const lower = this.#u16(20);
    const upper = this.#u16(22);
    this.#nodesAt = headSizeBytes + upper;
    const isOrdered = lower <= upper && this.#nodesAt <= this.bytes.length;
    const hasNodes = lower > 0 && lower % 2 === 0 && isOrdered;
    if (hasNodes && this.pageNumberAt(0) === number && this.#u16(18) === flags) return;
    throw this.damaged("is not what refers to it says");
  }

  /** @throws {HoldfastError} `corrupt` where it is not the first of `count` pages of data. */
  checkBig(number: number, count: number): void {
    this.#number = number;
    const isRight = this.pageNumberAt(0) === number && this.#u16(18) === overflowFlag;
    if (isRight && this.sizeAt(20) === count) return;
    throw this.damaged("is not what refers to it says");
  }

  /** Where node `index` begins. @throws {HoldfastError} `corrupt` where it or its key reaches out. */
  nodeAt(index: number): number {
    const at = headSizeBytes + this.#u16(headSizeBytes + index * 2);
    const isInside = at >= this.#nodesAt && at + nodeHeadSizeBytes <= this.bytes.length;
    if (isInside && this.dataAt(at) <= this.bytes.length) return at;
    throw this.damaged("has a node that reaches out of it");
  }

  /** Size of the data of the leaf's node at `at`. */
  sizeAt(at: number): number {
    return this.#u16(at) + this.#u16(at + 2) * 0x1_0000;
  }

  flagsAt(at: number): number {
    return this.#u16(at + 4);
  }

  /** The child of the branch's node at `at`. */
  childAt(at: number): number {
    return this.sizeAt(at) + this.flagsAt(at) * 0x1_0000_0000;
  }

  /** A 64-bit number of a page. */
  pageNumberAt(at: number): number {
    return this.sizeAt(at) + this.sizeAt(at + 4) * 0x1_0000_0000;
  }

  /** Where the data of the node at `at` begins, and its key ends. */
  dataAt(at: number): number {
    return at + nodeHeadSizeBytes + this.#u16(at + 6);
  }

  /** The key of the node at `at`, of its own bytes or of what {@link keep} copied. */
  key(at: number): Uint8Array {
    return this.part(at + nodeHeadSizeBytes, this.#u16(at + 6));
  }

  /** The same, of bytes that belong to a node. @throws {HoldfastError} `corrupt` where they reach out of it. */
  part(at: number, sizeBytes: number): Uint8Array {
    const isInside = sizeBytes >= 0 && at + sizeBytes <= this.bytes.length;
    if (!isInside) throw this.damaged("has a row that reaches out of it");
    // Not `subarray`, which takes twice as long.
    return new Uint8Array(this.#memory, this.#origin + at, sizeBytes);
  }

  /** The first node from `first` on whose key is not below `key`; {@link count} where none is. */
  lowerBound(key: Uint8Array, first: number): number {
    let low = first;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(this.nodeAt(middle), key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  damaged(reason: string): HoldfastError {
    return new HoldfastError("corrupt", `page ${this.#number} ${reason}`);
  }

  #compare(at: number, key: Uint8Array): number {
    const { bytes } = this;
    const start = at + nodeHeadSizeBytes;
    const size = this.#u16(at + 6);
    const shared = Math.min(size, key.length);
    for (let index = 0; index < shared; index += 1) {
      const difference = bytes[start + index]! - key[index]!;
      if (difference !== 0) return difference;
    }
    return size - key.length;
  }

  #u16(at: number): number {
    return this.bytes[at]! | (this.bytes[at + 1]! << 8);
  }
}
