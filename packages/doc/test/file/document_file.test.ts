// Document files: what is written comes back, in one piece or by and by; texts are there
// without the log; what is damaged is refused, and what was torn off is not missed.

import { encodeValue, wholeSizeBytes } from "@holdfast/doc";
import { concatBytes, SeededRandom } from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { containerName, isListId } from "../../src/content/container.ts";
import {
  encodeDocument,
  encodeDocumentAppend,
  openDocument,
} from "../../src/file/document_file.ts";
import { omittedUnitsMax } from "../../src/file/omitted_text.ts";
import { History } from "../../src/history/history.ts";
import { type Operation, operationRow } from "../../src/history/operation.ts";
import { verifyDocument } from "../../src/state/document_verify.ts";
import { agentAt, historyArbitrary } from "../history.ts";
import { document } from "../laws.ts";
import { Reference } from "../reference.ts";
import { expectCode } from "./refusal.ts";
import { sample, sampleFile, script, sizes } from "./sample.ts";
import { deletedUnits, encode, extend, historyOf, load } from "./script_history.ts";

function expectSameHistory(found: History, wanted: History): void {
  expect(found.size).toBe(wanted.size);
  const everything = [{ start: 0, end: wanted.size }];
  expect(found.stretches(everything)).toEqual(wanted.stretches(everything));
  expect(found.graph.frontier).toEqual(wanted.graph.frontier);
  expect(found.graph.entryCount).toBe(wanted.graph.entryCount);
  expect(found.operations.rowCount).toBe(wanted.operations.rowCount);
  expect(found.operations.containers).toEqual(wanted.operations.containers);
}

describe("D9: a document file", () => {
  test("brings back every history, under its numbers, with its texts beside it", () => {
    fc.assert(
      fc.property(historyArbitrary(60), (steps) => {
        const { history } = historyOf(steps);
        const reference = new Reference(steps);
        const bytes = encode(history);
        const file = openDocument(bytes);
        expect(file.document).toBe(document);
        expect(file.size).toBe(history.size);
        const { agents, heads } = file.sealed.graph;
        expect(agents.map(({ agent, next }) => [agent, next]).sort()).toEqual(
          [...history.graph.vector().entries()].sort(),
        );
        expect(heads).toEqual(
          history.graph.frontier.map((lv) => {
            return { ...history.graph.id(lv), lv, lamport: history.graph.lamport(lv) };
          }),
        );
        for (const one of file.texts) {
          const name = containerName(one.id);
          if (isListId(one.id)) {
            const values = one.values();
            const decoded = Array.from({ length: values.length }, (_, at) => values.value(at));
            expect(decoded).toEqual(reference.list(name));
            expect(one.length).toBe(values.length);
          } else {
            expect(one.text()).toBe(reference.text(name));
            expect(one.length).toBe(one.text().length);
          }
        }
        const hadPairs = steps
          .flatMap(({ ops }) => ops)
          .some((op) => op.kind === "insert" && /[\uD800-\uDFFF]/.test(op.text));
        expect(file.sealed.operations.hasSurrogates).toBe(hadPairs);
        expect([file.leavesOut, file.appendedSize, file.wholeSizeBytes]).toEqual([
          false,
          0,
          bytes.length,
        ]);
        const loaded = new History();
        expect(file.load(loaded)).toEqual([]);
        expectSameHistory(loaded, history);
        expect(encode(loaded)).toEqual(bytes);
        verifyDocument(file);
      }),
      { numRuns: 80 },
    );
  });

  test("of nothing is a file, too", () => {
    const file = openDocument(encode(new History()));
    expect([file.size, file.texts, file.maps, file.sealed.graph.agents]).toEqual([0, [], [], []]);
    expect(load(encode(new History())).size).toBe(0);
  });

  test("names texts and maps apart", () => {
    const file = openDocument(sampleFile);
    expect(file.texts.map(({ id }) => id)).toEqual(["body", "title"]);
    expect(file.texts.map((text) => text.text().length)).toEqual(
      file.texts.map(({ length }) => length),
    );
    expect(file.maps).toEqual(["meta"]);
  });

  test("may have a map and a text of one name, and text that shrinks beyond all measure", () => {
    const history = new History();
    const edit = (operation: Operation): void => {
      history.append(agentAt(0), history.graph.frontier, operationRow(operation));
    };
    edit({ type: "set", container: "x", key: "", value: encodeValue(1) });
    edit({ type: "insert", container: "x", at: 0, content: " ".repeat(300_000) });
    edit({ type: "delete", container: "x", at: 299_999, length: 200_000, backward: true });
    edit({ type: "merge" });
    const bytes = encode(history);
    expect(bytes.length).toBeLessThan(12_000);
    const file = openDocument(bytes);
    expect([file.maps, file.texts[0]!.length]).toEqual([["x"], 100_000]);
    expectSameHistory(load(bytes), history);
  });
});

describe("D9: what was appended", () => {
  test("comes back, in whatever pieces", () => {
    const piecesArbitrary = fc.tuple(
      historyArbitrary(50),
      fc.array(fc.nat({ max: 50 }), { maxLength: 6 }),
    );
    fc.assert(
      fc.property(piecesArbitrary, ([steps, cuts]) => {
        if (steps.length === 0) return;
        const { history, sizes: ends } = historyOf(steps);
        const places = [...new Set(cuts.map((cut) => ends[cut % ends.length]!))].sort(
          (a, b) => a - b,
        );
        const marks = places.filter((size) => size < history.size);
        const first = historyOf(steps.slice(0, ends.indexOf(marks[0] ?? history.size) + 1)).history;
        const pieces = [encode(first)];
        marks.forEach((since, index) => {
          const until = ends.indexOf(marks[index + 1] ?? history.size) + 1;
          pieces.push(encodeDocumentAppend(historyOf(steps.slice(0, until)).history, since));
        });
        const file = openDocument(concatBytes(pieces));
        expect(file.size).toBe(first.size);
        expect(file.size + file.appendedSize).toBe(history.size);
        expectSameHistory(load(concatBytes(pieces)), history);
        verifyDocument(file);
      }),
      { numRuns: 60 },
    );
  });

  test("comes back from who wrote on before the file was read", () => {
    const cutArbitrary = fc.tuple(historyArbitrary(40), fc.nat({ max: 40 }), fc.nat({ max: 40 }));
    fc.assert(
      fc.property(cutArbitrary, ([steps, first, second]) => {
        const cut = Math.min(first, second) % (steps.length + 1);
        const later = Math.max(cut, Math.max(first, second) % (steps.length + 1));
        const { history } = historyOf(steps);
        const snapshot = encode(historyOf(steps.slice(0, cut)).history);
        const opened = new History(openDocument(snapshot).sealed);
        const pieces = [snapshot];
        for (const more of [steps.slice(cut, later), steps.slice(later)]) {
          const since = opened.size;
          extend(opened, more);
          if (opened.size > since) pieces.push(encodeDocumentAppend(opened, since));
        }
        expectSameHistory(load(concatBytes(pieces)), history);
        expect(encode(opened)).toEqual(encode(history));
      }),
      { numRuns: 80 },
    );
  });

  // A snapshot and three blocks.
  const ends = [sizes[3]!, sizes[5]!, sizes[8]!, sample.size];
  const upTo = (size: number): History =>
    historyOf(script.steps.slice(0, sizes.indexOf(size) + 1)).history;
  const pieces = [encode(upTo(ends[0]!))];
  for (let index = 1; index < ends.length; index += 1) {
    pieces.push(encodeDocumentAppend(upTo(ends[index]!), ends[index - 1]!));
  }
  const whole = concatBytes(pieces);
  const starts = pieces.map((_, index) => concatBytes(pieces.slice(0, index)).length);

  test("and torn off at any byte leaves what is whole", () => {
    for (let size = starts[1]!; size < whole.length; size += 1) {
      const file = openDocument(whole.subarray(0, size));
      const kept = starts.filter((start) => start <= size).length - 1;
      expect(file.wholeSizeBytes).toBe(starts[kept]);
      expect(wholeSizeBytes(whole.subarray(0, size))).toBe(starts[kept]);
      expect(file.size + file.appendedSize).toBe(ends[kept - 1]);
    }
    expectSameHistory(load(whole.subarray(0, whole.length - 1)), upTo(ends[2]!));
  });

  test("and torn leaves zeros or garbage, and is none then, either", () => {
    for (const tail of [new Uint8Array(50), new SeededRandom(1).bytes(50)]) {
      const last = pieces.at(-1)!;
      for (const kept of [0, 4, 9, 20]) {
        const torn = concatBytes([
          whole.subarray(0, starts[3]! + kept),
          tail.subarray(0, last.length - kept),
        ]);
        expect(openDocument(torn).wholeSizeBytes).toBe(starts[3]);
      }
    }
  });

  test("and damaged before the last block is corrupt, not torn", () => {
    for (let at = starts[1]!; at < starts[3]!; at += 1) {
      const bytes = whole.slice();
      bytes[at] = bytes[at]! ^ 0x10;
      expectCode(() => openDocument(bytes), "corrupt");
    }
    for (let at = starts[3]!; at < whole.length; at += 1) {
      const bytes = whole.slice();
      bytes[at] = bytes[at]! ^ 0x10;
      expect(openDocument(bytes).wholeSizeBytes).toBe(starts[3]);
    }
  });

  test("twice, or to another file, is refused", () => {
    expectCode(() => openDocument(concatBytes([whole, pieces[3]!])), "corrupt");
    expectCode(() => openDocument(concatBytes([pieces[0]!, pieces[2]!])), "corrupt");
  });
});

describe("deleted text that is left out", () => {
  test("is unknown, and nothing else is", () => {
    fc.assert(
      fc.property(historyArbitrary(60), (steps) => {
        const { history } = historyOf(steps);
        const omitted = deletedUnits(history);
        const bytes = encode(history, omitted);
        const file = openDocument(bytes);
        expect(file.leavesOut).toBe(omitted.length > 0);
        const loaded = new History();
        expect(file.load(loaded)).toEqual(omitted);
        expect(loaded.graph.frontier).toEqual(history.graph.frontier);
        const isOmitted = (lv: number): boolean =>
          omitted.some(({ start, end }) => start <= lv && lv < end);
        for (let lv = 0; lv < history.size; lv += 1) {
          const unit = history.operations.unit(lv);
          expect(loaded.operations.unit(lv)).toBe(unit !== null && isOmitted(lv) ? 0xfffd : unit);
        }
        verifyDocument(file);
        expectSameHistory(load(encode(loaded, omitted)), loaded);
      }),
      { numRuns: 50 },
    );
  });

  test("of more units than a reader keeps places for is refused", () => {
    const history = new History();
    const text = "x".repeat(omittedUnitsMax + 1);
    const insert: Operation = { type: "insert", container: "body", at: 0, content: text };
    history.append(agentAt(0), [], operationRow(insert));
    const finals = new Map([["body", { length: 0, bytes: new Uint8Array(0) }]]);
    const omitted = [{ start: 0, end: text.length }];
    expectCode(() => encodeDocument({ document, history, finals, omitted }), "too_large");
  });
});
