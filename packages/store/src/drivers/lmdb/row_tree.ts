// Ranges of rows, read from the pages of LMDB's file.
//
// Problem: through the binding each row of a range costs a call into native code and several
// copies, and a scan is bound by that.
// Method: read the pages ourselves and follow the tree, as lmdb_pages.ts does to verify. What
// is handed out are views of a page that was read for this range alone: a row costs its
// checksum and little more.
//
// Invariants:
//   RT1  Whoever reads holds a read transaction of LMDB on the same version, and so no page
//        that the root leads to is written again meanwhile.
//   RT2  Nothing of the bytes is believed: a page that can't be, or a row whose checksum is
//        wrong, is `corrupt`, and no row of it is handed out.
//
// Rows of a page that was found whole, as it is now, are not checked again one by one; one
// checksum of the page says that it is the same.
//
// Where few rows are taken of a page they are copied, so that what a caller keeps never holds
// on to much more than itself.

import { HoldfastError } from "@holdfast/std";
import { keyAfter } from "../../key.ts";
import { Slabs } from "../../slabs.ts";
import type { Row } from "../../store.ts";
import type { Page, PageFile } from "./page_file.ts";
import { bigDataFlag, bigDataSizeBytes, type FileMeta } from "./page_format.ts";
import { rowValue, valuePart } from "./row.ts";

/** Rows share their page where they are at least this part of it. */
const sharedFactor = 4;
/** The most that one row which is kept can hold on to. */
const slabSizeBytesMax = 65_536;

/** A way through the tree. */
interface Walk {
  /** One for each level of branches. */
  readonly steps: Step[];
  /** Where its leaves are read to. */
  readonly slabs: Slabs;
}

/** Where a walk stands on one level of branches. */
interface Step {
  readonly page: Page;
  index: number;
}

/** The rows that one meta page leads to. See the head of this file. */
export class RowTree {
  readonly #file: PageFile;
  readonly #meta: FileMeta;

  constructor(file: PageFile, meta: FileMeta) {
    this.#file = file;
    this.#meta = meta;
  }

  /**
   * The first `limitRows` rows from `start` up to, not including, `end`; or the last ones,
   * in reverse. O(log rows + found).
   *
   * @throws {HoldfastError} `corrupt`, `io`.
   */
  rows(start: Uint8Array, end: Uint8Array, limitRows: number, reverse: boolean): Row[] {
    const rows: Row[] = [];
    const { root } = this.#meta;
    if (root === null) return rows;
    const { pageSizeBytes } = this.#meta;
    const slabs = new Slabs(pageSizeBytes, Math.max(slabSizeBytesMax, 4 * pageSizeBytes));
    const walk: Walk = { steps: [], slabs };
    // Of each branch: the last child that begins not above the start, or below the end.
    const bound = reverse ? end : keyAfter(start);
    let leaf: Page | null = this.#descend(root, walk, (page) => page.lowerBound(bound, 1) - 1);
    while (leaf !== null) {
      const low: number = leaf.lowerBound(start, 0);
      const high = Math.max(low, leaf.lowerBound(end, 0));
      const wanted = limitRows - rows.length;
      if (reverse) this.#takeBackwards(leaf, Math.max(low, high - wanted), high, rows);
      else this.#take(leaf, low, Math.min(high, low + wanted), rows);
      const isLast: boolean = reverse ? low > 0 : high < leaf.count;
      leaf = isLast || rows.length >= limitRows ? null : this.#next(walk, reverse);
    }
    return rows;
  }

  /** Down to a leaf, noting the way; `choose` says by which child of a branch. */
  #descend(from: number, { steps, slabs }: Walk, choose: (page: Page) => number): Page {
    const { pageSizeBytes, depth } = this.#meta;
    let number = from;
    while (steps.length < depth - 1) {
      this.#requirePage(number);
      const page = this.#file.branch(number, steps.length, pageSizeBytes);
      const index = choose(page);
      steps.push({ page, index });
      number = page.childAt(page.nodeAt(index));
    }
    this.#requirePage(number);
    return this.#file.leaf(number, slabs.take(pageSizeBytes));
  }

  /** The leaf after the one that `steps` lead to, or before it; null where there is none. */
  #next(walk: Walk, reverse: boolean): Page | null {
    const { steps } = walk;
    const by = reverse ? -1 : 1;
    for (let step = steps.at(-1); step !== undefined; step = steps.at(-1)) {
      step.index += by;
      if (step.index >= 0 && step.index < step.page.count) {
        const child = step.page.childAt(step.page.nodeAt(step.index));
        return this.#descend(child, walk, (page) => (reverse ? page.count - 1 : 0));
      }
      steps.pop();
    }
    return null;
  }

  #take(leaf: Page, first: number, last: number, rows: Row[]): void {
    const from = rows.length;
    let sizeBytes = 0;
    for (let index = first; index < last; index += 1) {
      const row = this.#row(leaf, index);
      sizeBytes += row.key.length + row.value.length;
      rows.push(row);
    }
    if (first === 0 && last === leaf.count) this.#file.noteWhole(leaf);
    if (sizeBytes * sharedFactor >= leaf.bytes.length) return;
    for (let index = from; index < rows.length; index += 1) {
      const { key, value } = rows[index]!;
      rows[index] = { key: key.slice(), value: value.slice() };
    }
  }

  #takeBackwards(leaf: Page, first: number, last: number, rows: Row[]): void {
    const taken: Row[] = [];
    this.#take(leaf, first, last, taken);
    for (let index = taken.length - 1; index >= 0; index -= 1) rows.push(taken[index]!);
  }

  #row(leaf: Page, index: number): Row {
    const at = leaf.nodeAt(index);
    const dataAt = leaf.dataAt(at);
    const sizeBytes = leaf.sizeAt(at);
    const key = leaf.key(at);
    const flags = leaf.flagsAt(at);
    if (flags === bigDataFlag) {
      return { key, value: rowValue(key, this.#bigData(leaf, dataAt, sizeBytes)) };
    }
    if (flags !== 0) throw leaf.damaged(`has a row of an unknown kind, ${flags}`);
    const row = leaf.part(dataAt, sizeBytes);
    return { key, value: leaf.isWhole ? valuePart(row) : rowValue(key, row) };
  }

  /** Data that lies on pages of its own. */
  #bigData(leaf: Page, dataAt: number, sizeBytes: number): Uint8Array {
    const { pageSizeBytes, lastPage } = this.#meta;
    leaf.part(dataAt, bigDataSizeBytes);
    const number = leaf.pageNumberAt(dataAt);
    this.#requirePage(number);
    if (number * pageSizeBytes + sizeBytes > (lastPage + 1) * pageSizeBytes) {
      throw leaf.damaged("has a row that reaches out of the file");
    }
    return this.#file.bigData(number, pageSizeBytes, sizeBytes);
  }

  #requirePage(number: number): void {
    if (number >= 2 && number <= this.#meta.lastPage) return;
    throw new HoldfastError("corrupt", `page ${number} is referred to, but it is not in the file`);
  }
}
