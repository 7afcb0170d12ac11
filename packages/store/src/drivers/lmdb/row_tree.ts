// Ranges of rows, read from the pages of LMDB's file.
//
// Problem: through the binding each row of a range costs a call into native code and several
// copies, and a scan is bound by that.
// Method: read the pages ourselves and follow the tree, as lmdb_pages.ts does to verify. Leaves
// that lie side by side are read at once, the more the longer the range is; what is taken of
// them is copied, all rows of a leaf in one piece. So a row costs its checksum and little more,
// and what a caller keeps holds on to nothing but rows.
//
// Invariants:
//   RT1  Whoever reads holds a read transaction of LMDB on the same version, and so no page
//        that the root leads to is written again meanwhile.
//   RT2  Nothing of the bytes is believed: a page that can't be, or a row whose checksum is
//        wrong, is `corrupt`, and no row of it is handed out.
//   RT3  What was read for one range is read again for the next: by then RT1 may be another's.
//
// Rows of a page that was found whole, as it is now, are not checked again one by one; one
// checksum of the page says that it is the same.

import { HoldfastError } from "@holdfast/std";
import { keyAfter } from "../../key.ts";
import { Slabs } from "../../slabs.ts";
import type { Row } from "../../store.ts";
import { type Page, type PageFile, type Run, runPagesMax } from "./page_file.ts";
import { bigDataFlag, bigDataSizeBytes, type FileMeta } from "./page_format.ts";
import { checksumSizeBytes, rowValue } from "./row.ts";

/** The rows of a leaf are copied in one piece where at least this part of them is taken. */
const sharedFactor = 4;
/** The most that one row which is kept can hold on to. */
const slabSizeBytesMax = 65_536;

/** A way through the tree. */
interface Walk {
  /** One for each level of branches. */
  readonly steps: Step[];
  readonly reverse: boolean;
  /** Where its rows are copied to. */
  readonly slabs: Slabs;
  /** The leaves that were read last. */
  readonly run: Run;
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
    const walk: Walk = { steps: [], reverse, slabs, run: { first: 0, count: 0 } };
    // Of each branch: the last child that begins not above the start, or below the end.
    const bound = reverse ? end : keyAfter(start);
    let leaf: Page | null = this.#descend(root, walk, (page) => page.lowerBound(bound, 1) - 1);
    while (leaf !== null) {
      const low: number = leaf.lowerBound(start, 0);
      const high = Math.max(low, leaf.lowerBound(end, 0));
      const wanted = limitRows - rows.length;
      const count = Math.min(high - low, wanted);
      this.#take(leaf, reverse ? high - 1 : low, count, walk, rows);
      const isLast: boolean = reverse ? low > 0 : high < leaf.count;
      leaf = isLast || rows.length >= limitRows ? null : this.#next(walk);
    }
    return rows;
  }

  /** Down to a leaf, noting the way; `choose` says by which child of a branch. */
  #descend(from: number, walk: Walk, choose: (page: Page) => number): Page {
    const { pageSizeBytes, depth } = this.#meta;
    const { steps } = walk;
    let number = from;
    while (steps.length < depth - 1) {
      this.#requirePage(number);
      const page = this.#file.branch(number, steps.length, pageSizeBytes);
      const index = choose(page);
      steps.push({ page, index });
      number = page.childAt(page.nodeAt(index));
    }
    this.#requirePage(number);
    this.#readLeaf(number, walk);
    return this.#file.leaf(number, walk.run, pageSizeBytes);
  }

  /** Has `run` hold the leaf that was descended to, with some of those that come after it. */
  #readLeaf(number: number, { steps, run, reverse }: Walk): void {
    if (number >= run.first && number < run.first + run.count) return;
    const countMax = Math.min(runPagesMax, run.count * 2);
    const by = reverse ? -1 : 1;
    const step = steps.at(-1);
    let count = 1;
    while (step !== undefined && count < countMax) {
      const index = step.index + by * count;
      if (index < 0 || index >= step.page.count) break;
      const next = step.page.childAt(step.page.nodeAt(index));
      if (next !== number + by * count) break;
      this.#requirePage(next);
      count += 1;
    }
    run.first = reverse ? number - count + 1 : number;
    run.count = count;
    this.#file.readRun(run, this.#meta.pageSizeBytes);
  }

  /** The leaf after the one that `steps` lead to, or before it; null where there is none. */
  #next(walk: Walk): Page | null {
    const { steps, reverse } = walk;
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

  /** Adds copies of `count` rows, from the one at `from` on, to `rows`. */
  #take(leaf: Page, from: number, count: number, { slabs, reverse }: Walk, rows: Row[]): void {
    const isMany = count * sharedFactor >= leaf.count;
    if (isMany) leaf.keep(slabs);
    const by = reverse ? -1 : 1;
    for (let index = from, left = count; left > 0; left -= 1, index += by) {
      const row = this.#row(leaf, index);
      rows.push(isMany ? row : { key: row.key.slice(), value: row.value.slice() });
    }
    if (count === leaf.count) this.#file.noteWhole(leaf);
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
    if (!leaf.isWhole) return { key, value: rowValue(key, leaf.part(dataAt, sizeBytes)) };
    return { key, value: leaf.part(dataAt + checksumSizeBytes, sizeBytes - checksumSizeBytes) };
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
