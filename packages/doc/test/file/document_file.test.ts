// Document files: what is written comes back, in one piece or by and by; texts are there
// without the log; what is damaged is refused, and what was torn off is not missed.

import type { AgentId } from "@holdfast/causality";
import { encodeValue } from "@holdfast/doc";
import {
  concatBytes,
  isHoldfastError,
  type Random,
  randomBelow,
  SeededRandom,
  Writer,
} from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeDocument, encodeDocumentAppend, openDocument } from "../../src/document_file.ts";
import { verifyDocument } from "../../src/document_verify.ts";
import { omittedUnitsMax } from "../../src/file/omitted_text.ts";
import { History } from "../../src/history.ts";
import { type Operation, operationRow } from "../../src/operation.ts";
import { agentAt, historyArbitrary, Script } from "../history.ts";
import { mutated } from "../hostile.ts";
import { document } from "../laws.ts";
import { Reference } from "../reference.ts";
import { putTogether, takeApart } from "./file_parts.ts";
import { deletedUnits, encode, historyOf } from "./script_history.ts";

function load(bytes: Uint8Array): History {
  const history = new History();
  openDocument(bytes).load(history);
  return history;
}

function expectSameHistory(found: History, wanted: History): void {
  expect(found.size).toBe(wanted.size);
  const everything = [{ start: 0, end: wanted.size }];
  expect(found.stretches(everything)).toEqual(wanted.stretches(everything));
  expect(found.graph.frontier).toEqual(wanted.graph.frontier);
  expect(found.graph.entryCount).toBe(wanted.graph.entryCount);
  expect(found.operations.rowCount).toBe(wanted.operations.rowCount);
  expect(found.operations.containers).toEqual(wanted.operations.containers);
}

function failureOf(act: () => unknown): unknown {
  try {
    act();
    return null;
  } catch (error) {
    return error;
  }
}

function expectCode(act: () => unknown, ...codes: Parameters<typeof isHoldfastError>[1][]): void {
  const error = failureOf(act);
  if (!isHoldfastError(error, ...codes)) throw new Error(`not ${codes}`, { cause: error });
}

// Typing and deleting, emoji, a second text, a map, and two who part and meet.
const script = new Script()
  .insert(0, 0, "It was a dark 😀 and stormy night; ")
  .delete(0, 9, 5)
  .see(1, 0)
  .insert(1, 9, "bright ")
  .insert(0, 9, "cold ")
  .do(1, { kind: "insert", container: "title", at: 0, text: "Night" })
  .do(0, { kind: "set", container: "meta", key: "k", value: ["v", 1] })
  .do(1, { kind: "set", container: "meta", key: "k", value: null })
  .see(0, 1)
  .do(0, { kind: "unset", container: "meta", key: "k" })
  .do(0, { kind: "delete", container: "title", at: 0, count: 5 })
  .insert(0, 0, "Once more: It was a dark and stormy night; ");
const { history: sample, sizes } = historyOf(script.steps);
const sampleFile = encode(sample);

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
        for (const { name, length, hasPairs } of file.texts) {
          const text = reference.text(name);
          expect(file.texts.find((one) => one.name === name)!.text()).toBe(text);
          expect(length).toBe(text.length);
          const inserts = steps.flatMap(({ ops }) => ops).filter((op) => op.container === name);
          const hadPairs = inserts.some(
            (op) => op.kind === "insert" && /[\uD800-\uDFFF]/.test(op.text),
          );
          expect(hasPairs).toBe(hadPairs);
        }
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
      { numRuns: 120 },
    );
  });

  test("of nothing is a file, too", () => {
    const file = openDocument(encode(new History()));
    expect([file.size, file.texts, file.maps, file.sealed.graph.agents]).toEqual([0, [], [], []]);
    expect(load(encode(new History())).size).toBe(0);
  });

  test("names texts and maps apart", () => {
    const file = openDocument(sampleFile);
    expect(file.texts.map(({ name }) => name)).toEqual(["body", "title"]);
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
    edit({ type: "insert", container: "x", at: 0, text: " ".repeat(300_000) });
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
      { numRuns: 80 },
    );
  });

  test("of more units than a reader keeps places for is refused", () => {
    const history = new History();
    const text = "x".repeat(omittedUnitsMax + 1);
    const insert: Operation = { type: "insert", container: "body", at: 0, text };
    history.append(agentAt(0), [], operationRow(insert));
    const texts = new Map([["body", ""]]);
    const omitted = [{ start: 0, end: text.length }];
    expectCode(() => encodeDocument({ document, history, texts, omitted }), "too_large");
  });
});

// Reads all that can be read. What a file may be found to be is corrupt.
function readAll(bytes: Uint8Array): void {
  const file = openDocument(bytes);
  const failures = [...file.texts.map((text) => () => text.text()), () => verifyDocument(file)]
    .map(failureOf)
    .filter((error) => error !== null);
  for (const error of failures) if (!isHoldfastError(error, "corrupt")) throw error;
  if (failures.length > 0) throw failures[0];
}

function attack(count: number, draw: (random: Random) => Uint8Array): number {
  let refused = 0;
  for (let seed = 0; seed < count; seed += 1) {
    const error = failureOf(() => readAll(draw(new SeededRandom(seed))));
    if (error === null) continue;
    if (!isHoldfastError(error, "corrupt", "truncated", "too_large", "unsupported_version")) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
    refused += 1;
  }
  return refused;
}

describe("a damaged file", () => {
  test("is refused wherever a bit flips", () => {
    for (let at = 0; at < sampleFile.length; at += 1) {
      const bytes = sampleFile.slice();
      bytes[at] = bytes[at]! ^ (1 << (at % 8));
      expectCode(() => readAll(bytes), "corrupt", "truncated", "unsupported_version");
    }
  });

  test("is refused wherever it ends", () => {
    for (let size = 0; size < sampleFile.length; size += 1) {
      expectCode(() => readAll(sampleFile.subarray(0, size)), "truncated");
    }
  });

  test("with checksums that are right is refused as corrupt, or is a document", () => {
    const omitted = encode(sample, deletedUnits(sample));
    const files = [takeApart(sampleFile), takeApart(omitted)] as const;
    const refused = attack(4_000, (random) => {
      const { head, parts } = files[randomBelow(random, 2)]!;
      const all = [head, ...parts];
      const victim = randomBelow(random, all.length);
      all[victim] = mutated(all[victim]!, random, all[randomBelow(random, all.length)]!);
      return putTogether({ head: all[0]!, parts: all.slice(1) });
    });
    expect(refused).toBeGreaterThan(3_000);
  });

  describe("of a writer that does not care is refused where it holds", () => {
    const ann = agentAt(0);
    const bob = agentAt(1);
    const insert = (at: number, text: string): Operation => ({
      type: "insert",
      container: "body",
      at,
      text,
    });
    // Histories hold whatever they are given.
    const forged: Record<
      string,
      readonly (readonly [who: AgentId, on: number[], what: Operation])[]
    > = {
      "parents that follow one another": [
        [ann, [], insert(0, "ab")],
        [bob, [0, 1], insert(0, "c")],
      ],
      "an event that did not see its agent's last": [
        [ann, [], insert(0, "a")],
        [bob, [], insert(0, "b")],
        [ann, [1], insert(0, "c")],
      ],
      "an event made inside of a pair": [
        [ann, [], insert(0, "😀")],
        [bob, [0], insert(0, "b")],
      ],
      "an insert of half a pair": [
        [ann, [], insert(0, "\ud83d")],
        [ann, [0], insert(0, "\ude00")],
      ],
      "a delete back over the beginning": [
        [ann, [], insert(0, "abc")],
        [ann, [2], { type: "delete", container: "body", at: 1, length: 3, backward: true }],
      ],
    };
    test.each(Object.entries(forged))("%s", (_, events) => {
      const history = new History();
      for (const [agent, parents, operation] of events) {
        history.append(agent, parents, operationRow(operation));
      }
      const texts = new Map([["body", ""]]);
      const file = openDocument(encodeDocument({ document, history, texts, omitted: [] }));
      expectCode(() => file.load(new History()), "corrupt");
    });

    test("an edit outside of its text, where it is replayed", () => {
      const history = new History();
      history.append(ann, [], operationRow(insert(1, "a")));
      const texts = new Map([["body", "a"]]);
      const file = openDocument(encodeDocument({ document, history, texts, omitted: [] }));
      file.load(new History());
      expectCode(() => verifyDocument(file), "corrupt");
    });

    test("text that is left out of the middle of a pair", () => {
      const history = new History();
      history.append(ann, [], operationRow(insert(0, "\ud83dx\ude00")));
      const texts = new Map([["body", ""]]);
      const omitted = [{ start: 1, end: 2 }];
      const file = openDocument(encodeDocument({ document, history, texts, omitted }));
      expectCode(() => file.load(new History()), "corrupt");
    });

    test("a head that tells of another log", () => {
      const typed = (...lengths: readonly number[]): ReturnType<typeof takeApart> => {
        const one = new Script();
        for (const [who, length] of lengths.entries()) {
          one.see(who, who - 1).insert(who, 0, "x".repeat(length));
        }
        return takeApart(encode(historyOf(one.steps).history));
      };
      const [mine, other] = [typed(3, 4, 2), typed(2, 5, 2)];
      expectCode(() => load(putTogether({ ...mine, head: other.head })), "corrupt");
      expect(load(putTogether(mine)).size).toBe(9);
    });

    test("a text of another length", () => {
      const short = takeApart(encode(historyOf(new Script().insert(0, 0, "ab").steps).history));
      const long = takeApart(encode(historyOf(new Script().insert(0, 0, "abc").steps).history));
      const file = openDocument(
        putTogether({ ...short, parts: [long.parts[0]!, short.parts[1]!] }),
      );
      expectCode(() => file.texts[0]!.text(), "corrupt");
    });
  });

  test("whose texts are not what its log adds up to is found out by those who ask", () => {
    const other = encode(historyOf(new Script().insert(0, 0, "abc").steps).history);
    const mine = encode(historyOf(new Script().insert(0, 0, "xyz").steps).history);
    const [text] = takeApart(other).parts;
    const { head, parts } = takeApart(mine);
    const file = openDocument(putTogether({ head, parts: [text!, parts[1]!] }));
    expect(file.texts[0]!.text()).toBe("abc");
    expectCode(() => verifyDocument(file), "corrupt");
  });

  test("can't promise much with little", () => {
    const { head, parts } = takeApart(sampleFile);
    const huge = 2 ** 31 - 1;
    const claims: readonly Uint8Array[] = [
      new Writer().uint(huge).uint(0).finish(),
      new Writer().uint(100_000).uint(3).u8(0xff).u8(0xff).u8(0xff).finish(),
    ];
    for (const text of claims) {
      const file = openDocument(putTogether({ head, parts: [text, parts[1]!] }));
      expectCode(() => file.texts[0]!.text(), "corrupt");
    }
    for (const bits of [new Uint8Array(0), new Uint8Array(8), new Uint8Array(8).fill(0x7f)]) {
      for (const sizeBytes of [0, 4_096, 5_000, huge / 16]) {
        const log = new Writer().uint(Math.floor(sizeBytes)).raw(bits).finish();
        const file = openDocument(putTogether({ head, parts: [parts[0]!, log] }));
        expectCode(() => file.load(new History()), "corrupt");
      }
    }
  });
});
