// An editor and its text stay equal, whoever edits either.

import { EditorSelection, Transaction } from "@codemirror/state";
import type { Patch } from "@holdfast/doc";
import { randomBelow, SeededRandom } from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromDocument } from "../../src/codemirror/text_binding.ts";
import type { DocumentHandle } from "../../src/index.ts";
import { exchange, openHandle, peerOf, TestEditor } from "./editors.ts";

const seedArbitrary = fc.nat({ max: 2 ** 31 });
const scraps = [
  "a",
  "bc",
  "\n",
  "é",
  "😀",
  "𝒜b",
  "\r",
  "\r\n",
  "x\ry",
  "\ud83d",
  "\ude00",
  "\n\n",
  "",
];

function body(handle: DocumentHandle): string {
  return handle.doc.text("body").toString();
}

function pick<T>(random: SeededRandom, from: readonly T[]): T {
  return from[randomBelow(random, from.length)]!;
}

function place(random: SeededRandom, length: number): number {
  return randomBelow(random, length + 1);
}

// Positions anywhere, inside of pairs too: what a program may dispatch.
function randomRanges(random: SeededRandom, length: number): { from: number; to: number }[] {
  const marks = Array.from({ length: 2 * (1 + randomBelow(random, 3)) }, () =>
    place(random, length),
  );
  marks.sort((a, b) => a - b);
  const ranges: { from: number; to: number }[] = [];
  for (let index = 0; index < marks.length; index += 2) {
    const [from, to] = [marks[index]!, marks[index + 1]!];
    if (ranges.length === 0 || from > ranges.at(-1)!.to) {
      ranges.push({ from, to: random.next() < 0.4 ? from : Math.min(to, from + 4) });
    }
  }
  return ranges;
}

function editAnyhow(editor: TestEditor, random: SeededRandom): void {
  const { length } = editor.state.doc;
  const changes = randomRanges(random, length).map((range) => ({
    ...range,
    insert: pick(random, scraps),
  }));
  editor.dispatch({ changes, userEvent: pick(random, ["input.type", "delete", "input.paste"]) });
}

function typeAtCursors(editor: TestEditor, random: SeededRandom): void {
  const ranges = randomRanges(random, editor.state.doc.length).map(({ from, to }) =>
    EditorSelection.range(from, to),
  );
  editor.dispatch({ selection: EditorSelection.create(ranges) });
  editor.type(pick(random, scraps));
}

// A Doc takes whole pairs only; its "\r" stay.
function editPeer(
  text: { length: number; toString(): string; splice: Splice },
  random: SeededRandom,
) {
  const starts = [0];
  for (const char of text.toString()) starts.push(starts.at(-1)! + char.length);
  const first = randomBelow(random, starts.length);
  const last = Math.min(starts.length - 1, first + randomBelow(random, 4));
  const inserted = pick(
    random,
    scraps.filter((scrap) => !/^[\ud800-\udfff]$/u.test(scrap)),
  );
  text.splice(starts[first]!, starts[last]! - starts[first]!, inserted);
}

type Splice = (at: number, length: number, text: string) => void;

describe("TB2 editor and text are equal after every transaction", () => {
  test("several editors on one handle, others, undo and redo, at random", async () => {
    await fc.assert(
      fc.asyncProperty(seedArbitrary, fc.nat({ max: 40 }), async (seed, moves) => {
        const random = new SeededRandom(seed);
        const handle = await openHandle();
        handle.change(() => handle.doc.text("body").insert(0, "one\r\ntwo 😀 three\rfour"));
        const peer = peerOf(handle);
        const editors = [new TestEditor(handle), new TestEditor(handle)];
        for (let count = 0; count < moves; count += 1) {
          const editor = pick(random, editors);
          const draw = random.next();
          if (draw < 0.3) editAnyhow(editor, random);
          else if (draw < 0.45) typeAtCursors(editor, random);
          else if (draw < 0.55) editor.binding.undo();
          else if (draw < 0.65) editor.binding.redo();
          else if (draw < 0.8) editPeer(peer.text("body"), random);
          else if (draw < 0.85) handle.doc.map("meta").set("k", count);
          else exchange(handle.doc, peer);
          for (const { text, binding } of editors) {
            expect(text).toBe(body(handle));
            expect(binding.pending).toBeNull();
          }
        }
        exchange(handle.doc, peer);
        expect(editors[0]!.text).toBe(peer.text("body").toString());
        expect(editors.flatMap(({ errors }) => errors)).toEqual([]);
      }),
      { numRuns: 120 },
    );
  });

  test("while one composes, what touches its line waits, and nothing is lost", async () => {
    await fc.assert(
      fc.asyncProperty(seedArbitrary, fc.nat({ max: 40 }), async (seed, moves) => {
        const random = new SeededRandom(seed);
        const handle = await openHandle();
        handle.change(() => handle.doc.text("body").insert(0, "one\ntwo 😀\nthree\nfour"));
        const peer = peerOf(handle);
        const editor = new TestEditor(handle);
        for (let count = 0; count < moves; count += 1) {
          const draw = random.next();
          if (draw < 0.2) editor.composing = !editor.composing;
          else if (draw < 0.5) typeAtCursors(editor, random);
          else if (draw < 0.6) editAnyhow(editor, random);
          else if (draw < 0.65) editor.binding.undo();
          else if (draw < 0.8) editPeer(peer.text("body"), random);
          else exchange(handle.doc, peer);
          const { binding, state } = editor;
          const shown = binding.pending === null ? state.doc : binding.pending.apply(state.doc);
          expect(shown.toString()).toBe(body(handle));
          editor.settle();
          if (!editor.composing) expect(editor.text).toBe(body(handle));
        }
        expect(editor.errors).toEqual([]);
      }),
      { numRuns: 120 },
    );
  });

  test("what is composed where another wrote stands on one side of it, in both", async () => {
    const handle = await openHandle();
    handle.change(() => handle.doc.text("body").insert(0, "ab"));
    const peer = peerOf(handle);
    const editor = new TestEditor(handle);
    editor.dispatch({ selection: { anchor: 1 } });
    editor.composing = true;
    peer.text("body").insert(1, "THEIRS");
    exchange(handle.doc, peer);
    editor.type("own", "input.type.compose.start");
    expect(editor.text).toBe("aownb");
    expect(editor.binding.pending!.apply(editor.state.doc).toString()).toBe(body(handle));
    editor.composing = false;
    editor.settle();
    expect(editor.text).toBe("aTHEIRSownb");
    expect(body(handle)).toBe("aTHEIRSownb");
  });

  test("an edit made before the editor heard of a patch lands where it was meant", async () => {
    const handle = await openHandle();
    handle.change(() => handle.doc.text("body").insert(0, "one two"));
    const peer = peerOf(handle);
    let editor: TestEditor | null = null;
    const stop = handle.doc.subscribe(() => {
      stop();
      editor!.dispatch({ changes: { from: 3, insert: "!" } });
    });
    editor = new TestEditor(handle);
    peer.text("body").insert(0, "zero ");
    exchange(handle.doc, peer);
    editor.settle();
    expect(body(handle)).toBe("zero one! two");
    expect(editor.text).toBe("zero one! two");
  });

  test("undo ends the waiting", async () => {
    const handle = await openHandle();
    handle.change(() => handle.doc.text("body").insert(0, "one"), { undo: false });
    const peer = peerOf(handle);
    const editor = new TestEditor(handle);
    editor.composing = true;
    editor.dispatch({ selection: { anchor: 3 } });
    editor.type("x", "input.type.compose.start");
    exchange(handle.doc, peer);
    peer.text("body").insert(0, "a ");
    exchange(handle.doc, peer);
    expect(editor.text).toBe("onex");
    expect(editor.binding.undo()).toBe(true);
    expect(editor.text).toBe("a one");
    expect(editor.state.selection.main.head).toBe(5);
  });

  test("another line than that of the composition changes at once, that line after it", async () => {
    const handle = await openHandle();
    handle.change(() => handle.doc.text("body").insert(0, "one\ntwo\nthree"));
    const peer = peerOf(handle);
    const editor = new TestEditor(handle);
    editor.dispatch({ selection: { anchor: 5 } });
    editor.composing = true;
    peer.text("body").insert(0, "a ");
    exchange(handle.doc, peer);
    expect(editor.text).toBe("a one\ntwo\nthree");
    peer.text("body").insert(9, "!");
    exchange(handle.doc, peer);
    editor.settle();
    expect(editor.text).toBe("a one\ntwo\nthree");
    peer.text("body").insert(0, "b ");
    exchange(handle.doc, peer);
    expect(editor.text).toBe("a one\ntwo\nthree");
    editor.composing = false;
    // What CodeMirror reads after the end of it comes first.
    editor.type("x");
    expect(editor.text).toBe("a one\ntxwo\nthree");
    editor.settle();
    expect(editor.text).toBe("b a one\ntxwo!\nthree");
    expect(body(handle)).toBe(editor.text);
  });

  test("an application answers edits with edits, from anywhere", async () => {
    await fc.assert(
      fc.asyncProperty(seedArbitrary, fc.nat({ max: 20 }), async (seed, moves) => {
        const random = new SeededRandom(seed);
        const handle = await openHandle();
        const text = handle.doc.text("body");
        handle.change(() => text.insert(0, "some words"));
        const peer = peerOf(handle);
        let budget = 0;
        const react = (act: () => void): void => {
          if (budget === 0 || random.next() < 0.3) return;
          budget -= 1;
          act();
        };
        const editors: TestEditor[] = [];
        // Before the bindings hear of a patch, and after.
        handle.doc.subscribe(() => react(() => text.insert(place(random, text.length), "!")));
        handle.doc.subscribe(() =>
          react(() => editors[1]!.dispatch({ changes: { from: 0, insert: "?" } })),
        );
        editors.push(new TestEditor(handle), new TestEditor(handle));
        handle.doc.subscribe(() =>
          react(() => editors[0]!.dispatch({ changes: { from: 0, insert: "." } })),
        );
        editors[0]!.afterUpdate = () =>
          react(() => editors[0]!.dispatch({ changes: { from: 0, insert: "," } }));
        for (let count = 0; count < moves; count += 1) {
          budget = 3;
          const editor = pick(random, editors);
          const draw = random.next();
          if (draw < 0.4)
            editor.dispatch({ changes: { from: place(random, editor.text.length), insert: "x" } });
          else if (draw < 0.6) peer.text("body").insert(0, "remote ");
          else if (draw < 0.8) exchange(handle.doc, peer);
          else {
            // Inside of a change of the application's own.
            handle.change(() => {
              text.insert(0, "(");
              editor.dispatch({ changes: { from: 0, insert: "[" } });
              text.insert(text.length, ")");
            });
          }
          budget = 0;
          for (const one of editors) one.settle();
          for (const one of editors) expect(one.text).toBe(body(handle));
        }
      }),
      { numRuns: 100 },
    );
  });

  test("several transactions in one update, and one that is kept from the filter", async () => {
    const handle = await openHandle();
    handle.change(() => handle.doc.text("body").insert(0, "a😀b"));
    const editor = new TestEditor(handle);
    editor.dispatchAll([
      { changes: { from: 0, insert: "1" } },
      { changes: { from: 5, insert: "2" } },
      { changes: { from: 0, to: 1 } },
    ]);
    expect(editor.text).toBe("a😀b2");
    expect(body(handle)).toBe("a😀b2");
    editor.dispatch({ changes: { from: 2, to: 3, insert: "\ud800" }, filter: false });
    editor.settle();
    expect(body(handle)).toBe(editor.text);
    expect(body(handle)).not.toMatch(/[\ud800-\udfff]/);
    expect(editor.errors).toEqual([]);
  });

  test("an editor that begins with another text takes the document's", async () => {
    const handle = await openHandle();
    handle.change(() => handle.doc.text("body").insert(0, "the text"));
    const editor = new TestEditor(handle, { doc: "the old text" });
    editor.settle();
    expect(editor.text).toBe("the text");
    expect(body(handle)).toBe("the text");
  });
});

describe("TB3 one change for each transaction, one transaction for each patch", () => {
  test("and the smallest: what stays the same is not written again", async () => {
    const handle = await openHandle();
    handle.change(() => handle.doc.text("body").insert(0, "😀 some words 😁"));
    const patches: Patch[] = [];
    handle.doc.subscribe((patch) => patches.push(patch));
    const editor = new TestEditor(handle);
    const whole = { from: 0, to: editor.text.length };
    editor.dispatch({ changes: { ...whole, insert: "😀 some good words 😄" } });
    expect(patches).toHaveLength(1);
    const edits = patches[0]!.text[0]!.edits;
    expect(edits).toHaveLength(1);
    expect(edits[0]).toMatchObject({ at: 8, inserted: "good words 😄" });
    editor.dispatch({ changes: { from: 0, to: 2, insert: "😀" } });
    expect(patches).toHaveLength(1);
    editor.dispatch({
      changes: [
        { from: 0, insert: "A" },
        { from: 3, insert: "B" },
      ],
    });
    expect(patches).toHaveLength(2);
  });

  test("which is marked as another's, is not undone by CodeMirror, and moves the selection", async () => {
    const handle = await openHandle();
    handle.change(() => handle.doc.text("body").insert(0, "one two"));
    const peer = peerOf(handle);
    const editor = new TestEditor(handle);
    editor.dispatch({ selection: { anchor: 4, head: 7 } });
    peer.change(() => {
      peer.text("body").insert(7, " three");
      peer.text("body").insert(0, "zero ");
    });
    const before = editor.transactions.length;
    exchange(handle.doc, peer);
    expect(editor.transactions).toHaveLength(before + 1);
    const remote = editor.transactions.at(-1)!;
    expect(remote.annotation(fromDocument)).toBe("remote");
    expect(remote.annotation(Transaction.remote)).toBe(true);
    expect(remote.annotation(Transaction.addToHistory)).toBe(false);
    expect(remote.scrollIntoView).toBe(false);
    expect(editor.state.selection.main).toMatchObject({ anchor: 9, head: 12 });
    expect(editor.text).toBe("zero one two three");
  });
});

describe("what enters", () => {
  test("breaks lines with \\n only, and has no half of a pair", async () => {
    const handle = await openHandle();
    const editor = new TestEditor(handle);
    editor.type("a\r\nb\rc\n\ud83dd\ude00");
    expect(body(handle)).toBe("a\nb\nc\n\ufffdd\ufffd");
    expect(editor.text).toBe(body(handle));
  });

  test("takes whole pairs, and goes behind the one that it would split", async () => {
    const handle = await openHandle();
    handle.change(() => handle.doc.text("body").insert(0, "a😀b😁c"));
    const editor = new TestEditor(handle);
    editor.dispatch({ changes: { from: 2, insert: "x" } });
    expect(body(handle)).toBe("a😀xb😁c");
    editor.dispatch({ changes: { from: 2, to: 6 } });
    expect(body(handle)).toBe("ac");
    expect(editor.text).toBe("ac");
  });

  test("others' \\r stay, and are one unit each", async () => {
    const handle = await openHandle();
    handle.change(() => handle.doc.text("body").insert(0, "a\r\nb\rc"));
    const editor = new TestEditor(handle);
    expect(editor.text).toBe("a\r\nb\rc");
    expect(editor.state.doc.lines).toBe(2);
    editor.dispatch({ changes: { from: 6, insert: "!" } });
    expect(body(handle)).toBe("a\r\nb\rc!");
  });
});

describe("TB4 what the document refuses leaves the editor", () => {
  test("where it is closed", async () => {
    const handle = await openHandle();
    handle.change(() => handle.doc.text("body").insert(0, "kept"));
    const editor = new TestEditor(handle);
    await handle.close();
    editor.type("lost ");
    editor.settle();
    expect(editor.text).toBe("kept");
    expect(editor.errors).toMatchObject([{ code: "closed" }]);
    expect(editor.binding.undo()).toBe(false);
    expect(body(handle)).toBe("kept");
  });

  test("and an application that keeps a transaction from the editor is asked again", async () => {
    const handle = await openHandle();
    const peer = peerOf(handle);
    const editor = new TestEditor(handle);
    const { dispatch } = editor;
    editor.dispatch = () => {};
    peer.text("body").insert(0, "word");
    exchange(handle.doc, peer);
    expect(editor.text).toBe("");
    editor.dispatch = dispatch;
    editor.binding.flush();
    expect(editor.text).toBe("word");
  });
});
