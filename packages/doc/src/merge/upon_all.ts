// Edits that were made upon all that a tracker holds, put into it whatever it is prepared for.
//
// Problem. While two people type at once, each local keystroke is made upon all that is here, and
// each of the other's upon what the other had seen. To prepare for either in turn would take all that
// is new out of sight and back, for each keystroke.
//
// Method. Who has seen all sees what is visible. So the place of such an edit is counted in visible
// units; nobody's unseen insert can stand there, so the new unit goes right behind its left
// neighbour; and the prepared version, which lacks the edit, stays what it is: the
// new units are not seen in it, and those that are deleted are in it what they were.
//
// Invariants T1, T2, T3: see tracker.ts.

import { assert } from "@holdfast/std";
import type { ConcurrentInserts } from "./concurrent_inserts.ts";
import { noUnit, spanId, spanLeft, spanLength, spanRight, spanState } from "./span_nodes.ts";
import type { Units } from "./units.ts";

/** What a tracker's edits are made on. */
export interface TrackedText {
  readonly units: Units;
  /** Number of the text among them, and the root of its spans. */
  readonly text: number;
  readonly root: number;
  readonly inserts: ConcurrentInserts;
}

/** Edits of one text by who has seen all of it. */
export class UponAll {
  readonly #tracked: TrackedText;

  constructor(tracked: TrackedText) {
    this.#tracked = tracked;
  }

  /** Inserts units `lv` to `lv + length - 1` before visible unit `at`. O(log spans). */
  insert(lv: number, at: number, length: number): void {
    const { units, text, root } = this.#tracked;
    const { tree } = units;
    assert(at <= tree.visible(root), "T2: insert behind the end");
    let previous = 0;
    let left = noUnit;
    let following = 0;
    if (at > 0) {
      previous = tree.findVisible(root, at - 1);
      const behind = tree.offset + 1;
      left = tree.spans[previous + spanId]! + tree.offset;
      following =
        behind < tree.spans[previous + spanLength]!
          ? units.split(text, previous, behind)
          : tree.next(previous);
    } else following = tree.first(root);
    // What is left of a base text that proved shorter stands for the end: see `rightOf`.
    const right = following === 0 ? noUnit : tree.spans[following + spanId]!;
    if (previous !== 0 && this.#continues(previous, lv, right)) {
      tree.resize(previous, length);
      return;
    }
    const span = tree.insert(root, previous, lv, length);
    tree.spans[span + spanLeft] = left;
    tree.spans[span + spanRight] = right;
    units.add(text, span);
    tree.shift(span, -1);
    tree.flush();
  }

  /** Deletes `length` visible units, as `Tracker.delete` does prepared ones. O(log spans) for each span. */
  delete(lv: number, at: number, length: number, backward: boolean): void {
    const { units, text, root } = this.#tracked;
    const { tree } = units;
    const start = backward ? at - length + 1 : at;
    assert(start >= 0 && start + length <= tree.visible(root), "T2: delete outside");
    for (let done = 0; done < length; ) {
      let span = tree.findVisible(root, start);
      if (tree.offset > 0) span = units.split(text, span, tree.offset);
      const size = Math.min(tree.spans[span + spanLength]!, length - done);
      if (size < tree.spans[span + spanLength]!) units.split(text, span, size);
      tree.hide(span);
      done += size;
      const target = tree.spans[span + spanId]!;
      const from = backward ? lv + length - done : lv + done - size;
      units.addDeletion({ text, start: from, length: size, target, backward }, span);
    }
  }

  // Tells whether units `lv` and on, inserted behind `span`, which is visible, are more of it. They are the
  // latest of all, so nobody else wrote between.
  #continues(span: number, lv: number, right: number): boolean {
    const { units, inserts } = this.#tracked;
    const { spans } = units.tree;
    return (
      spans[span + spanId]! + spans[span + spanLength]! === lv &&
      spans[span + spanState] === 0 &&
      inserts.rightOf(span) === right
    );
  }
}
