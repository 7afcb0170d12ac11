// Document files that are damaged, or were written by somebody who does not care: whatever is
// in them, they are refused as corrupt, and nothing else happens.

import type { AgentId } from "@holdfast/causality";
import { isHoldfastError, type Random, randomBelow, SeededRandom, Writer } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { listId } from "../../src/content/container.ts";
import { BitEncoder } from "../../src/file/bit_coder.ts";
import { encodeContent } from "../../src/file/content_columns.ts";
import { encodeDocument, openDocument } from "../../src/file/document_file.ts";
import { encodeGraph } from "../../src/file/graph_columns.ts";
import { type Head, writeHead } from "../../src/file/head.ts";
import { encodeOmitted } from "../../src/file/omitted_text.ts";
import { encodeOperations } from "../../src/file/operation_columns.ts";
import { History } from "../../src/history/history.ts";
import { type Operation, operationRow } from "../../src/history/operation.ts";
import { verifyDocument } from "../../src/state/document_verify.ts";
import { agentAt, Script } from "../history.ts";
import { mutated } from "../hostile.ts";
import { document } from "../laws.ts";
import { putTogether, takeApart } from "./file_parts.ts";
import { expectCode, failureOf } from "./refusal.ts";
import { sample, sampleFile } from "./sample.ts";
import { deletedUnits, encode, historyOf, load } from "./script_history.ts";

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
    const insert = (at: number, content: string): Operation => ({
      type: "insert",
      container: "body",
      at,
      content,
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
      "a key of a list that is set": [
        [ann, [], { type: "set", container: listId("body"), key: "k", value: null }],
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
      const nothing = { length: 0, bytes: new Uint8Array(0) };
      const finals = new Map([
        ["body", nothing],
        [listId("body"), nothing],
      ]);
      const file = openDocument(encodeDocument({ document, history, finals, omitted: [] }));
      expectCode(() => file.load(new History()), "corrupt");
    });

    test("an edit outside of its text, where it is replayed", () => {
      const history = new History();
      history.append(ann, [], operationRow(insert(1, "a")));
      const finals = new Map([["body", { length: 1, bytes: new Uint8Array([0x61]) }]]);
      const file = openDocument(encodeDocument({ document, history, finals, omitted: [] }));
      file.load(new History());
      expectCode(() => verifyDocument(file), "corrupt");
    });

    test("text that is left out of the middle of a pair", () => {
      const history = new History();
      history.append(ann, [], operationRow(insert(0, "\ud83dx\ude00")));
      const finals = new Map([["body", { length: 0, bytes: new Uint8Array(0) }]]);
      const omitted = [{ start: 1, end: 2 }];
      const file = openDocument(encodeDocument({ document, history, finals, omitted }));
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

    test("text that nothing inserts", () => {
      const { history } = historyOf(new Script().insert(0, 0, "a").steps);
      const { head, parts } = takeApart(encode(history));
      const range = { start: 0, end: 1 };
      const coder = new BitEncoder();
      encodeOmitted(coder, []);
      encodeContent(coder, new Uint8Array(0), new Uint8Array([0x61, 0x62]), true);
      encodeOperations(coder, history.operations.rows(range), new Map([["body", 0]]));
      encodeGraph(coder, history, range, new Map([[ann, 0]]));
      const log = new Writer().uint(2).raw(coder.finish()).finish();
      expectCode(() => load(putTogether({ head, parts: [parts[0]!, log] })), "corrupt");
    });

    const head: Head = {
      document,
      size: 3,
      leavesOut: false,
      agents: [
        { agent: ann, next: 2 },
        { agent: bob, next: 1 },
      ],
      frontier: [
        { lv: 1, agent: ann, seq: 1, lamport: 1 },
        { lv: 2, agent: bob, seq: 0, lamport: 0 },
      ],
      entryCount: 2,
      rowCount: 2,
      units: 3,
      containers: [{ id: "body", text: null, list: null, isMap: true }],
    };
    const [annsLast, bobsLast] = head.frontier;
    const contradictions: Record<string, Partial<Head>> = {
      "another number of events": { size: 4 },
      "an agent twice": {
        agents: [head.agents[0]!, { agent: ann, next: 1 }],
        frontier: [annsLast!],
      },
      "an agent without events": {
        agents: [
          { agent: ann, next: 3 },
          { agent: bob, next: 0 },
        ],
      },
      "latest events out of order": { frontier: [bobsLast!, annsLast!] },
      "a latest event twice": { frontier: [annsLast!, annsLast!] },
      "a latest event behind the end": { frontier: [{ ...annsLast!, lv: 3 }] },
      "no latest event": { frontier: [] },
      "more rows than events": { rowCount: 4 },
      "a container twice": { containers: [head.containers[0]!, head.containers[0]!] },
      "a container that is nothing": {
        containers: [{ id: "x", text: null, list: null, isMap: false }],
      },
      "a container without a name": {
        containers: [{ id: "", text: null, list: null, isMap: true }],
      },
    };
    test.each(Object.entries(contradictions))("a head with %s", (_, wrong) => {
      const fileOf = (said: Head): Uint8Array => {
        const writer = new Writer();
        writeHead(writer, said);
        return putTogether({ head: writer.finish(), parts: [new Uint8Array(9)] });
      };
      expect(openDocument(fileOf(head)).size).toBe(3);
      expectCode(() => openDocument(fileOf({ ...head, ...wrong })), "corrupt");
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
