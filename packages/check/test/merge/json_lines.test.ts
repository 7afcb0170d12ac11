// Merge logs in JSON lines: what is written is read again, and what is no log is refused.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { judgeMerge, type MergeRecord, readMergeLog, writeMergeLog } from "@holdfast/check";
import { HoldfastError, randomBelow, SeededRandom } from "@holdfast/std";
import { expect, test } from "vitest";
import { runReplicas } from "./replicas.ts";

const page = readFileSync(
  fileURLToPath(new URL("../../../../docs/formats/merge-log.md", import.meta.url)),
  "utf8",
);
const header = '{"format":"holdfast-merge-log","version":1}';
const read = (...lines: string[]) => readMergeLog([header, ...lines].join("\n"));

test("the example of docs/formats/merge-log.md", () => {
  const [, text] = /^```\n([\s\S]*?)^```$/m.exec(page)!;
  const records = readMergeLog(text!);
  expect(records.length).toBe(8);
  expect(writeMergeLog(records)).toBe(
    text!.replaceAll(/("replica":"\w+"),("type":"\w+")/g, "$2,$1"),
  );
  const { verdict, faults } = judgeMerge(records);
  expect(faults).toEqual([]);
  // No two showed what they had for the same events.
  expect(verdict).toBe("unknown");
});

test("what is written is read again", () => {
  for (let seed = 0; seed < 20; seed += 1) {
    const { records } = runReplicas(new SeededRandom(seed), { replicas: 3, steps: 60 });
    expect(readMergeLog(writeMergeLog(records))).toEqual(records);
  }
});

test("fields that mean nothing are left aside, and so are blank lines", () => {
  const [record] = read("", '{"replica":"ann","type":"durable","at":3,"color":"red"}');
  expect(record).toEqual({ type: "durable", replica: "ann" });
});

const refused: readonly (readonly [line: string, reason: string])[] = [
  ["[]", "line 2: is no object"],
  ["{", "line 2: is no JSON"],
  ['{"replica":"ann"}', "has no type that is known"],
  ['{"replica":"ann","type":"toString"}', "has no type that is known"],
  ['{"type":"durable"}', "names no replica"],
  ['{"replica":1,"type":"durable"}', "names no replica"],
  ['{"replica":"ann","type":"state"}', "shows not one of list, tree, value and digest"],
  ['{"replica":"ann","type":"state","list":[],"value":1}', "shows not one of"],
  ['{"replica":"ann","type":"state","object":1,"list":[]}', "has a name that is no text in object"],
  ['{"replica":"ann","type":"state","list":1}', "has no list of ids as list"],
  ['{"replica":"ann","type":"state","list":[1]}', "has something that is no id in list"],
  ['{"replica":"ann","type":"state","list":[["a"]]}', "has something that is no id in list"],
  ['{"replica":"ann","type":"state","list":[[1,2]]}', "has a name that is no text in list"],
  ['{"replica":"ann","type":"state","list":[["a",-1]]}', "is no run of ids in list"],
  ['{"replica":"ann","type":"state","list":[["a",2,2]]}', "is no run of ids in list"],
  ['{"replica":"ann","type":"state","list":[["a",0.5]]}', "is no run of ids in list"],
  ['{"replica":"ann","type":"state","list":[["a","b"]]}', "is no run of ids in list"],
  ['{"replica":"ann","type":"state","list":[["a",0,2147483648]]}', "a sequence number over"],
  ['{"replica":"ann","type":"state","list":[["a",0,1000001]]}', "over 1000000 elements in list"],
  ['{"replica":"ann","type":"state","tree":{}}', "has a tree that is no list"],
  ['{"replica":"ann","type":"state","tree":[["a"]]}', "no list of nodes and parents"],
  ['{"replica":"ann","type":"state","tree":[[["a",0,2],null]]}', "has no single id in tree"],
  ['{"replica":"ann","type":"state","tree":[["a",1]]}', "has something that is no id in tree"],
  ['{"replica":"ann","type":"state","digest":1}', "has a digest that is no text"],
  ['{"replica":"ann","type":"event"}', "has something that is no id in id"],
  ['{"replica":"ann","type":"event","id":"x","parents":"y"}', "has parents that are no list"],
  ['{"replica":"ann","type":"event","id":"x","parents":[["a",0,2]]}', "no single id in parents"],
  ['{"replica":"ann","type":"event","id":"x","insert":"y"}', "has no list of ids as insert"],
  ['{"replica":"ann","type":"event","id":"x","after":7}', "has something that is no id in after"],
  ['{"replica":"ann","type":"event","id":"x","before":["a",0,2]}', "no single id in before"],
  [
    '{"replica":"ann","type":"event","id":["a",0,3],"insert":[["a",0,2]]}',
    "has 3 events that insert 2 elements",
  ],
  ['{"replica":"ann","type":"version"}', "has no list of ids as events"],
  ['{"replica":"ann","type":"restart","events":[[]]}', "has something that is no id in events"],
  ['{"replica":"ann","type":"durable","events":1}', "has no list of ids as events"],
  ['{"type":"settled","replicas":"ann"}', "has replicas that are no list"],
  ['{"type":"settled","replicas":[1]}', "has a name that is no text in replicas"],
  [
    `{"replica":"ann","type":"state","value":${"[".repeat(65)}${"]".repeat(65)}}`,
    "nests over 64 deep",
  ],
  [`{"replica":"${"a".repeat(65_537)}","type":"durable"}`, "a name of over 65536 characters"],
];

test.each(refused)("refuses %j", (line, reason) => {
  expect(() => read(line)).toThrow(HoldfastError);
  expect(() => read(line)).toThrow("line 2");
  expect(() => read(line)).toThrow(reason);
});

test("whatever a stranger changes, only typed errors come out", () => {
  const outcomes = { refused: 0, judged: 0 };
  for (let seed = 0; seed < 600; seed += 1) {
    const random = new SeededRandom(seed);
    const { records } = runReplicas(random, { replicas: 2, steps: 25 });
    const characters = [...writeMergeLog(records)];
    for (let times = 1 + randomBelow(random, 3); times > 0; times -= 1) {
      const place = header.length + randomBelow(random, characters.length - header.length);
      const other = characters[randomBelow(random, characters.length)]!;
      const kept = randomBelow(random, 2);
      characters.splice(place, kept, ...(randomBelow(random, 2) === 0 ? [] : [other]));
    }
    try {
      judgeMerge(readMergeLog(characters.join("")));
      outcomes.judged += 1;
    } catch (error) {
      expect(error).toBeInstanceOf(HoldfastError);
      outcomes.refused += 1;
    }
  }
  expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(50);
});

test("refuses what has no header, or another", () => {
  expect(() => readMergeLog("")).toThrow("line 1: has no header");
  expect(() => readMergeLog('{"format":"holdfast-history","version":1}')).toThrow(
    "line 1: is not the header of a holdfast-merge-log",
  );
  expect(() => readMergeLog('{"format":"holdfast-merge-log","version":2}')).toThrow(
    "line 1: is of version 2",
  );
});

test("refuses to write what is no record, or would not come back", () => {
  const write = (record: object) => writeMergeLog([record as MergeRecord]);
  expect(() => write({ type: "durable" })).toThrow("record 0 names no replica");
  const state = { type: "state", replica: "ann" };
  for (const value of [1n, Number.NaN, () => 1, new Map()]) {
    expect(() => write({ ...state, value })).toThrow("JSON can't hold");
  }
});
