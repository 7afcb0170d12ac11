// Undo in an editor: what is one step, and where the selection goes.

import { EditorSelection, Transaction } from "@codemirror/state";
import { undoStepsMax } from "@holdfast/doc";
import { randomBelow, SeededRandom } from "@holdfast/std";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { undoGroupMs } from "../../src/codemirror/undo_grouping.ts";
import type { DocumentHandle } from "../../src/index.ts";
import { exchange, openHandle, peerOf, TestEditor } from "./editors.ts";

let handle: DocumentHandle;
let editor: TestEditor;
let now = 0;

async function begin(): Promise<void> {
  handle = await openHandle();
  handle.change(() => handle.doc.text("body").insert(0, "one two three"), { undo: false });
  editor = new TestEditor(handle);
  now = 1_000;
}

beforeEach(begin);

/** Types or deletes at the cursor, `afterMs` after the last time. */
function type(text: string, { afterMs = 10, userEvent = "input.type" } = {}): void {
  now += afterMs;
  editor.dispatch(editor.state.replaceSelection(text), {
    userEvent,
    sequential: true,
    annotations: Transaction.time.of(now),
  });
}

function backspace(): void {
  now += 10;
  const { head } = editor.state.selection.main;
  editor.dispatch({
    changes: { from: head - 1, to: head },
    userEvent: "delete.backward",
    annotations: Transaction.time.of(now),
  });
}

function select(anchor: number, head = anchor): void {
  editor.dispatch({ selection: { anchor, head } });
}

function stepCount(): number {
  let count = 0;
  while (editor.binding.undo()) count += 1;
  return count;
}

describe("one step of undo is", () => {
  test("what is typed in one go", () => {
    select(3);
    for (const letter of " and a half") type(letter);
    expect(editor.binding.undo()).toBe(true);
    expect(editor.text).toBe("one two three");
    expect(editor.binding.undo()).toBe(false);
  });

  test("what is typed in one go, though others move it meanwhile", () => {
    const peer = peerOf(handle);
    select(13);
    type("a");
    exchange(handle.doc, peer);
    peer.text("body").insert(0, "some more words ");
    exchange(handle.doc, peer);
    type("b");
    expect(stepCount()).toBe(1);
    expect(editor.text).toBe("some more words one two three");
  });

  test("what is deleted in one go", () => {
    select(7);
    for (let count = 0; count < 4; count += 1) backspace();
    expect(editor.text).toBe("one three");
    expect(stepCount()).toBe(1);
    expect(editor.text).toBe("one two three");
  });

  test("ended by a pause, by moving away, and by a paste", () => {
    select(3);
    type("a");
    type("b", { afterMs: undoGroupMs - 1 });
    type("c", { afterMs: undoGroupMs });
    select(0);
    select(6);
    type("d");
    type("pasted", { userEvent: "input.paste" });
    type("e");
    editor.binding.undo();
    expect(stepCount()).toBe(3);
  });

  test("all of a composition, and none of what others do meanwhile", () => {
    const peer = peerOf(handle);
    select(3);
    now += 5_000;
    type("に", { userEvent: "input.type.compose.start" });
    editor.dispatch({ selection: { anchor: 3, head: 4 } });
    type("にほ", { userEvent: "input.type.compose", afterMs: 3_000 });
    peer.text("body").insert(0, "X");
    exchange(handle.doc, peer);
    select(4, 6);
    type("日本", { userEvent: "input.type.compose", afterMs: 3_000 });
    expect(editor.text).toBe("Xone日本 two three");
    editor.binding.undo();
    expect(editor.text).toBe("Xone two three");
  });

  test("at every cursor at once", () => {
    const cursors = [3, 7, 13].map((at) => EditorSelection.cursor(at));
    editor.dispatch({ selection: EditorSelection.create(cursors, 1) });
    for (const letter of "abc") type(letter);
    expect(editor.text).toBe("oneabc twoabc threeabc");
    expect(stepCount()).toBe(1);
    expect(editor.text).toBe("one two three");
    expect(editor.state.selection.ranges.map(({ head }) => head)).toEqual([3, 7, 13]);
    expect(editor.state.selection.mainIndex).toBe(1);
  });

  test("a change that came between: another editor's, or of a map", () => {
    const other = new TestEditor(handle);
    select(3);
    type("a");
    handle.doc.map("meta").set("title", "x");
    type("b");
    other.dispatch({ changes: { from: 0, insert: "-" } });
    type("c");
    editor.binding.undo();
    expect(editor.text).toBe("-oneab two three");
    editor.binding.undo();
    expect(editor.text).toBe("oneab two three");
    editor.binding.undo();
    expect(editor.text).toBe("onea two three");
    editor.binding.undo();
    expect(handle.doc.map("meta").get("title")).toBeUndefined();
    expect(editor.text).toBe("onea two three");
  });

  test("not what says that it is none", () => {
    editor.dispatch({
      changes: { from: 0, insert: "program " },
      annotations: Transaction.addToHistory.of(false),
    });
    expect(handle.doc.canUndo).toBe(false);
  });
});

describe("the selection", () => {
  test("is what it was before, and after what is done again what it was then", () => {
    select(4, 7);
    type("2");
    select(0);
    editor.binding.undo();
    expect(editor.text).toBe("one two three");
    expect(editor.state.selection.main).toMatchObject({ anchor: 4, head: 7 });
    select(13);
    editor.binding.redo();
    expect(editor.text).toBe("one 2 three");
    expect(editor.state.selection.main).toMatchObject({ anchor: 5, head: 5 });
    expect(editor.transactions.at(-1)!.scrollIntoView).toBe(true);
  });

  test("is right after others edited around and inside", () => {
    const peer = peerOf(handle);
    select(7, 4);
    type("", { userEvent: "delete.selection" });
    exchange(handle.doc, peer);
    peer.text("body").insert(0, "zero ");
    peer.text("body").insert(peer.text("body").length, " four");
    exchange(handle.doc, peer);
    editor.binding.undo();
    expect(editor.text).toBe("zero one two three four");
    expect(editor.state.selection.main).toMatchObject({ anchor: 12, head: 9 });
  });

  test("is right for every step of a long undo, whatever others did", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 2 ** 31 }), fc.nat({ max: 30 }), async (seed, moves) => {
        await begin();
        const random = new SeededRandom(seed);
        const shown = (): { text: string; selected: string } => {
          const { from, to } = editor.state.selection.main;
          const mark = `${editor.text.slice(0, from)}[${editor.text.slice(from, to)}]${editor.text.slice(to)}`;
          return { text: editor.text.replace(/[A-Z]/g, ""), selected: mark.replace(/[A-Z]/g, "") };
        };
        const peer = peerOf(handle);
        const before: { text: string; selected: string }[] = [];
        const after: { text: string; selected: string }[] = [];
        const place = (): number => randomBelow(random, editor.text.length + 1);
        for (let count = 0; count < moves; count += 1) {
          select(place(), place());
          const was = shown();
          const whole = editor.text;
          type(random.next() < 0.5 ? "ab" : "", { afterMs: 1_000 });
          if (editor.text !== whole) {
            before.push(was);
            after.push(shown());
          }
          if (random.next() < 0.4) {
            peer.text("body").insert(randomBelow(random, peer.text("body").length + 1), "XY");
            exchange(handle.doc, peer);
          }
        }
        for (const was of [...before].reverse()) {
          editor.binding.undo();
          expect(shown()).toEqual(was);
          if (random.next() < 0.4) {
            peer.text("body").insert(randomBelow(random, peer.text("body").length + 1), "Z");
            exchange(handle.doc, peer);
          }
        }
        for (const was of after) {
          editor.binding.redo();
          expect(shown()).toEqual(was);
        }
      }),
      { numRuns: 60 },
    );
  });
});

test("no more steps are held than can be undone", () => {
  for (let count = 0; count < undoStepsMax + 50; count += 1) {
    select(0);
    type("x", { afterMs: 1_000 });
  }
  expect(editor.binding.heldSteps).toBe(undoStepsMax);
  for (let count = 0; count < 100; count += 1) editor.binding.undo();
  type("y");
  expect(editor.binding.heldSteps).toBe(undoStepsMax - 99);
  expect(stepCount()).toBe(undoStepsMax - 99);
});
