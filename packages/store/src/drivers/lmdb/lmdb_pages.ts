// LMDB's file, read without LMDB.
//
// Problem: LMDB trusts its file. On a damaged one it may crash the process, and
// so it can't be asked whether the file is damaged.
// Method: read the pages ourselves, believe nothing, and follow the tree from the
// root, each page once. The layout is told in page_format.ts.

import { compareBytes } from "@holdfast/std";
import type { DiskFile } from "@holdfast/world";
import { valueSizeBytesMax } from "../../store.ts";
import { lmdbKeySizeBytesMax } from "./lmdb_engine.ts";
import {
  bigDataFlag,
  bigDataSizeBytes,
  branchFlag,
  type FileMeta,
  headSizeBytes,
  leafFlag,
  metaSizeBytes,
  nodeHeadSizeBytes,
  overflowFlag,
  parseMeta,
  viewOf,
} from "./page_format.ts";
import { showKey } from "./row.ts";

/** Who is told what a walk finds. */
export interface PageVisitor {
  /** A row as LMDB keeps it. The bytes are a view. */
  row(key: Uint8Array, row: Uint8Array): void;
  /** What is wrong; false ends the walk. */
  problem(sentence: string): boolean;
}

const rowSizeBytesMax = valueSizeBytesMax + 4;

/** @throws {HoldfastError} `corrupt` where this is no LMDB file that we can read; what the disk throws. */
export async function readFileMeta(file: DiskFile): Promise<FileMeta> {
  const one = parseMeta(await file.read(0, metaSizeBytes), 0);
  const offset = one.pageSizeBytes;
  const other = parseMeta(await file.read(offset, metaSizeBytes), offset);
  return one.transaction >= other.transaction ? one : other;
}

/** Keys of a page lie from `low` (null: none is too low) up to, not including, `high`. */
interface Bounds {
  readonly low: Uint8Array | null;
  readonly high: Uint8Array | null;
}

interface PageNode {
  readonly flags: number;
  readonly key: Uint8Array;
  /** The first 32 bits of the node: a size, or the low part of a page number. */
  readonly word: number;
  /** Where the data begins in the page. */
  readonly dataAt: number;
}

/** Ends a walk whose visitor has seen enough. */
class Enough extends Error {}

/** Follows a file's tree of rows. One walk for each. */
export class PageWalk {
  readonly #file: DiskFile;
  readonly #meta: FileMeta;
  readonly #visitor: PageVisitor;
  readonly #seen: Uint8Array;
  #rows = 0;

  private constructor(file: DiskFile, meta: FileMeta, visitor: PageVisitor, pages: number) {
    this.#file = file;
    this.#meta = meta;
    this.#visitor = visitor;
    this.#seen = new Uint8Array(Math.ceil(pages / 8));
  }

  /**
   * Hands every row to `visitor`, in order, and every problem of the pages.
   * Memory: a bit for each page, and a page for each level.
   *
   * @throws {HoldfastError} What the disk throws; never on account of the bytes.
   */
  static async run(file: DiskFile, meta: FileMeta, visitor: PageVisitor): Promise<void> {
    const pages = Math.min(Math.floor((await file.size()) / meta.pageSizeBytes), meta.lastPage + 1);
    const walk = new PageWalk(file, meta, visitor, pages);
    try {
      if (meta.root !== null) await walk.#page(meta.root, meta.depth, { low: null, high: null });
      if (walk.#rows !== meta.entries) {
        walk.#report(`the tree has ${walk.#rows} rows, its meta page says ${meta.entries}`);
      }
    } catch (error) {
      if (!(error instanceof Enough)) throw error;
    }
  }

  #report(sentence: string): void {
    if (!this.#visitor.problem(sentence)) throw new Enough();
  }

  /** Marks pages as used; says whether all of them exist and none was used before. */
  #claim(page: number, count: number): boolean {
    for (let number = page; number < page + count; number += 1) {
      const bit = 1 << (number & 7);
      const index = number >> 3;
      if (number < 2 || index >= this.#seen.length) {
        this.#report(`page ${number} is referred to, but it is not in the file`);
        return false;
      }
      if ((this.#seen[index]! & bit) !== 0) {
        this.#report(`page ${number} is used twice`);
        return false;
      }
      this.#seen[index]! |= bit;
    }
    return true;
  }

  async #page(page: number, level: number, bounds: Bounds): Promise<void> {
    if (!this.#claim(page, 1)) return;
    const size = this.#meta.pageSizeBytes;
    const bytes = await this.#file.read(page * size, size);
    const nodes = this.#nodes(page, bytes, level);
    if (nodes === null) return;
    for (let index = 0; index < nodes.length; index += 1) {
      const node = nodes[index]!;
      const next = nodes[index + 1]?.key ?? bounds.high;
      const isLeftmost = level > 1 && index === 0;
      const low = isLeftmost ? bounds.low : node.key;
      if (!isLeftmost) this.#checkOrder(page, node.key, bounds.low, next);
      if (level > 1) {
        const child = node.word + node.flags * 2 ** 32;
        await this.#page(child, level - 1, { low, high: next });
      } else await this.#row(page, bytes, node);
    }
  }

  #checkOrder(
    page: number,
    key: Uint8Array,
    low: Uint8Array | null,
    high: Uint8Array | null,
  ): void {
    const tooLow = low !== null && compareBytes(key, low) < 0;
    const tooHigh = high !== null && compareBytes(key, high) >= 0;
    if (tooLow || tooHigh) this.#report(`page ${page}: key ${showKey(key)} is out of order`);
  }

  /** The nodes of a page, or null where it is damaged. */
  #nodes(page: number, bytes: Uint8Array, level: number): PageNode[] | null {
    const view = viewOf(bytes);
    const damaged = (reason: string) => {
      this.#report(`page ${page} ${reason}`);
      return null;
    };
    if (bytes.length < this.#meta.pageSizeBytes) return damaged("is cut off");
    if (view.getBigUint64(0, true) !== BigInt(page)) return damaged("has another page's number");
    const flags = view.getUint16(18, true);
    if (flags !== (level > 1 ? branchFlag : leafFlag)) return damaged(`has flags ${flags}`);
    const lower = view.getUint16(20, true);
    const room = bytes.length - headSizeBytes;
    if (lower === 0 || lower % 2 !== 0 || lower > room) return damaged("has no list of nodes");
    const nodes: PageNode[] = [];
    for (let at = 0; at < lower; at += 2) {
      const start = headSizeBytes + view.getUint16(headSizeBytes + at, true);
      const node = readNode(bytes, view, start);
      if (node === null) return damaged("has a node that reaches out of it");
      nodes.push(node);
    }
    return nodes;
  }

  async #row(page: number, bytes: Uint8Array, node: PageNode): Promise<void> {
    const { key, flags, word: sizeBytes, dataAt } = node;
    this.#rows += 1;
    const damaged = (reason: string) =>
      this.#report(`page ${page}: the row of key ${showKey(key)} ${reason}`);
    if (key.length === 0 || key.length > lmdbKeySizeBytesMax) damaged("has an impossible key");
    else if (sizeBytes > rowSizeBytesMax) damaged(`has ${sizeBytes} bytes, too many`);
    else if (flags === 0) {
      const row = bytes.subarray(dataAt, dataAt + sizeBytes);
      if (row.length < sizeBytes) damaged("reaches out of its page");
      else this.#visitor.row(key, row);
    } else if (flags === bigDataFlag) await this.#bigRow(bytes, node, damaged);
    else damaged(`is of an unknown kind, ${flags}`);
  }

  async #bigRow(
    bytes: Uint8Array,
    { key, word: sizeBytes, dataAt }: PageNode,
    damaged: (reason: string) => void,
  ): Promise<void> {
    if (dataAt + bigDataSizeBytes > bytes.length) return damaged("reaches out of its page");
    const view = viewOf(bytes);
    const page = Number(view.getBigUint64(dataAt, true));
    const count = Math.floor((headSizeBytes - 1 + sizeBytes) / this.#meta.pageSizeBytes) + 1;
    if (Number(view.getBigUint64(dataAt + 16, true)) !== count) {
      return damaged("has a wrong number of pages");
    }
    if (!this.#claim(page, count)) return;
    const start = page * this.#meta.pageSizeBytes;
    const big = await this.#file.read(start, headSizeBytes + sizeBytes);
    if (big.length < headSizeBytes + sizeBytes) return damaged("is cut off");
    const head = viewOf(big);
    const isRight =
      head.getBigUint64(0, true) === BigInt(page) &&
      head.getUint16(18, true) === overflowFlag &&
      head.getUint32(20, true) === count;
    if (!isRight) return damaged(`lies on page ${page}, which says that it is something else`);
    this.#visitor.row(key, big.subarray(headSizeBytes));
  }
}

function readNode(bytes: Uint8Array, view: DataView, start: number): PageNode | null {
  if (start + nodeHeadSizeBytes > bytes.length) return null;
  const word = view.getUint32(start, true);
  const flags = view.getUint16(start + 4, true);
  const dataAt = start + nodeHeadSizeBytes + view.getUint16(start + 6, true);
  if (dataAt > bytes.length) return null;
  return { flags, word, key: bytes.subarray(start + nodeHeadSizeBytes, dataAt), dataAt };
}
