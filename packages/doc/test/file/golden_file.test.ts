// A transcript that pins the document file: coded numbers, and a file in three ways. Whoever
// writes a second implementation begins here. `--update` writes it anew.

import type { LocalRange } from "@holdfast/causality";
import { concatBytes, toHex } from "@holdfast/std";
import { expect, test } from "vitest";
import { BitEncoder } from "../../src/file/bit_coder.ts";
import { encodeDocumentAppend, openDocument } from "../../src/file/document_file.ts";
import { BlobModel, NumberModel } from "../../src/file/number_model.ts";
import { encodeTextBlock } from "../../src/file/text_block.ts";
import { History } from "../../src/history/history.ts";
import { Script } from "../history.ts";
import { deletedUnits, encode, historyOf } from "./script_history.ts";

const utf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

function codedNumbers(context: (value: number) => number, numbers: readonly number[]): string {
  const coder = new BitEncoder();
  const model = new NumberModel(coder);
  let before = 0;
  for (const value of numbers) {
    model.code(context(before), value);
    before = value;
  }
  return toHex(coder.finish());
}

function codedPiece(text: string): string {
  const coder = new BitEncoder();
  new BlobModel(coder).encode(utf8(text));
  return toHex(coder.finish());
}

const numbers = [0, 1, 15, 16, 17, 31, 32, 1_000, 1_000, 1_000, 2 ** 20, 2 ** 31 - 1, 2 ** 33 - 1];
const few = (value: number): number => Math.min(value, 3);

// A text that repeats itself, a deletion, an emoji; then a map, another text and another writer.
const script = new Script()
  .insert(0, 0, "to be, or not to be, that is the question 😀")
  .delete(0, 5, 15)
  .do(0, { kind: "insert", container: "title", at: 0, text: "Hamlet" })
  .see(1, 0)
  .do(0, { kind: "set", container: "meta", key: "act", value: 3 })
  .insert(1, 5, " ...")
  .see(0, 1)
  .do(0, { kind: "unset", container: "meta", key: "act" });

function describeRanges(ranges: readonly LocalRange[]): string {
  return ranges.map(({ start, end }) => `${start}-${end - 1}`).join(" ");
}

// A list of a text's name, and another one, which ends empty.
const listScript = new Script()
  .do(0, { kind: "insert", container: "tasks", at: 0, text: "What is to be done" })
  .do(0, {
    kind: "list_insert",
    container: "tasks",
    at: 0,
    values: ["read", { write: 2 }, "rest", { write: 2 }],
  })
  .do(0, { kind: "list_delete", container: "tasks", at: 2, count: 1 })
  .see(1, 0)
  .do(1, { kind: "list_insert", container: "done", at: 0, values: [null] })
  .do(0, { kind: "list_insert", container: "tasks", at: 3, values: ["read"] })
  .do(1, { kind: "list_delete", container: "done", at: 0, count: 1 })
  .do(1, { kind: "delete", container: "tasks", at: 4, count: 3 });

function transcript(script: Script): string {
  const { history, sizes } = historyOf(script.steps);
  const early = historyOf(script.steps.slice(0, 3)).history;
  const omitted = deletedUnits(history);
  const appended = concatBytes([encode(early), encodeDocumentAppend(history, sizes[2]!)]);
  const lines = [
    ...script.steps.map(({ agent, from, parents, ops }) => {
      const on = parents.map((id) => `${id.agent.slice(0, 2)}:${id.seq}`).join(" ");
      return `${agent.slice(0, 2)}:${from} on [${on}] ${ops.map((op) => JSON.stringify(op)).join(" ")}`;
    }),
    `whole ${toHex(encode(history))}`,
    `with the last ${history.size - sizes[2]!} events appended ${toHex(appended)}`,
    `without the text of events ${describeRanges(omitted)} ${toHex(encode(history, omitted))}`,
  ];
  for (const bytes of [encode(history), appended, encode(history, omitted)]) {
    const loaded = new History();
    openDocument(bytes).load(loaded);
    expect(loaded.size).toBe(history.size);
  }
  return `${lines.join("\n")}\n`;
}

function pieces(): string {
  const lines = [
    "# Document files: what they are made of, and one in three ways.",
    `numbers ${numbers.join(" ")}`,
    `  foreseen by nothing ${codedNumbers(() => 0, numbers)}`,
    `  each by the one before, 3 at most ${codedNumbers(few, numbers)}`,
    `piece "banana bandana" ${codedPiece("banana bandana")}`,
    `text "abcdefabcdefabcdef, abcdef" ${toHex(encodeTextBlock(utf8("abcdefabcdefabcdef, abcdef")))}`,
    "---",
  ];
  return `${lines.join("\n")}\n`;
}

test.each([
  ["document_file", pieces() + transcript(script)],
  [
    "document_file_lists",
    `# A document file with lists, in three ways.\n${transcript(listScript)}`,
  ],
])("D13: document files are written as ever, and read: %s", async (name, written) => {
  const path = new URL(`../golden/${name}.txt`, import.meta.url).pathname;
  await expect(written).toMatchFileSnapshot(path);
});
