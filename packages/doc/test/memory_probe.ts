// Run as a process of its own by fuzz.test.ts: how much memory input makes a decoder
// take. What is measured, and how: tools/hostile/measure.ts.

import { type AgentId, agentToBytes, type EventId, VersionVector } from "@holdfast/causality";
import {
  type BundleSection,
  bundleSizeBytesMax,
  clipBundle,
  coalesceBundles,
  Doc,
  decodeBundle,
  decodeCursor,
  decodeValue,
  encodeBundle,
  parseDocumentId,
  sameContent,
  type Value,
} from "@holdfast/doc";
import { Reader, Writer } from "@holdfast/std";
import { type Measure, measureDecoder as probe } from "../../../tools/hostile/measure.ts";
import { encodeSection } from "../src/bundle/section.ts";
import { listId } from "../src/content/container.ts";
import { ValueLog } from "../src/content/value_log.ts";
import { openDocument } from "../src/file/document_file.ts";
import { History } from "../src/history/history.ts";
import type { Operation, Stretch } from "../src/history/operation.ts";
import { putTogether, takeApart } from "./file/file_parts.ts";
import { agentAt, reader } from "./history.ts";
import { sealed } from "./hostile.ts";

const document = parseDocumentId("test");
const huge = 2 ** 31 - 1;
const agent = agentAt(0);

function stretch(seq: number, operation: Operation, parents?: readonly EventId[]): Stretch {
  const own = seq === 0 ? [] : [{ agent, seq: seq - 1 }];
  return { agent, seq, parents: parents ?? own, operation };
}

function bundleOf(...sections: readonly BundleSection[]): Uint8Array {
  return encodeBundle({ document, sections });
}

function remove(at: number, length: number, backward = false): Operation {
  return { type: "delete", container: "body", at, length, backward };
}

// A bundle's beginning, up to and with its agents.
function opening(agents: number, listed: readonly AgentId[]): Writer {
  const writer = new Writer(65_536).u8(0x48).u8(0x46).u8(0x42).u8(1).text(document).uint(agents);
  for (const one of listed) writer.raw(agentToBytes(one));
  return writer;
}

function zeros(sizeBytes: number): Uint8Array {
  return new Uint8Array(sizeBytes);
}

function finish(writer: Writer, padTo: number): Uint8Array {
  return sealed(writer.raw(new Uint8Array(Math.max(4, padTo - writer.sizeBytes))).finish());
}

const section = encodeSection([stretch(0, remove(0, huge))]);
const hugeDelete = bundleOf(section);
const backDelete = bundleOf(encodeSection([stretch(0, remove(huge - 1, huge, true))]));
const farInsert = bundleOf(
  encodeSection([stretch(0, { type: "insert", container: "body", at: huge - 1, content: "x" })]),
);
const nested = new Writer(30_000);
for (let depth = 0; depth < 10_000; depth += 1) nested.u8(8).uint(1);
const deep = nested.u8(0).finish();
const deepSet = bundleOf(
  encodeSection([stretch(0, { type: "set", container: "meta", key: "k", value: deep })]),
);
const wide = new Writer(30_000).u8(8).uint(30_000).raw(new Uint8Array(30_000)).finish();
const liar = bundleOf({ ...section, runs: [{ ...section.runs[0]!, to: 5 }] });
const noParents = bundleOf(encodeSection([stretch(5, remove(0, 1), [])]));
const manySections: BundleSection[] = [];
for (let seq = 0; seq < 900; seq += 1) {
  const parents = seq === 0 ? [{ agent: agentAt(1), seq: 899 }] : undefined;
  manySections.push(encodeSection([stretch(seq, remove(0, 1), parents)]));
}
const many = bundleOf(...manySections);
// Values of a byte or two each, inserted where nothing is; and nested ones.
function farValues(values: readonly Value[]): Uint8Array {
  const content = ValueLog.of(values);
  const container = listId("body");
  const insert: Operation = { type: "insert", container, at: 5, content };
  return bundleOf(encodeSection([stretch(0, insert)]));
}
const hostile: Record<string, Uint8Array> = {
  empty: new Uint8Array(0),
  "a huge delete": hugeDelete,
  "a huge delete backwards": backDelete,
  "an insert far away": farInsert,
  "a deep value": deepSet,
  "events that no payload holds": liar,
  "an event without its past": noParents,
  "claims 65,536 agents": finish(opening(65_536, []), 64),
  "claims more agents than bytes": finish(opening(4_000, []), 60_000),
  "claims many sections": finish(opening(1, [agent]).uint(60_000), 60_000),
  "claims many runs": finish(opening(1, [agent]).uint(1).u8(0).uint(60_000), 60_000),
  "claims a huge run": finish(
    opening(1, [agent]).uint(1).u8(0).uint(1).uint(0).uint(0).uint(huge),
    200,
  ),
  zeros: new Uint8Array(bundleSizeBytesMax),
  "too long": new Uint8Array(bundleSizeBytesMax + 1),
};

const text = new Doc({ document, agent: agentAt(1) });
text.text("body").insert(0, "x".repeat(900));
const base = text.encode();
const truth = decodeBundle(hugeDelete);
const middle = new VersionVector([[agent, 1_000_000]]);

function probeApply(name: string, measure: Measure, input: Uint8Array): void {
  probe(`apply: ${name}`, measure, input, () => {
    const doc = Doc.decode(base, { agent: reader });
    // Reads its history, so that this is not counted.
    doc.bundle(new VersionVector());
    return (bytes) => doc.apply(bytes);
  });
}

function probeBundle(name: string, measure: Measure, input: Uint8Array): void {
  probe(`decodeBundle: ${name}`, measure, input, () => (bytes) => decodeBundle(bytes));
  probeApply(name, measure, input);
  probe(`clipBundle: ${name}`, measure, input, () => (bytes) => clipBundle(bytes, middle));
  probe(
    `coalesceBundles: ${name}`,
    measure,
    input,
    () => (bytes) => coalesceBundles([decodeBundle(bytes)]),
  );
  probe(
    `sameContent: ${name}`,
    measure,
    input,
    () => (bytes) => sameContent(decodeBundle(bytes), truth),
  );
}

for (const [name, input] of Object.entries(hostile)) probeBundle(name, "allocated", input);
probeBundle("many sections", "kept", many);
probeApply("small values", "allocated", farValues(new Array<Value>(60_000).fill(null)));
probeApply("objects", "allocated", farValues(Array.from({ length: 30_000 }, () => ({}))));
const nestedValues = Array.from({ length: 4_000 }, () => [new Uint8Array(0), 0.5]);
probeApply("nested values", "allocated", farValues(nestedValues));
const manyValues = ValueLog.of(new Array<Value>(60_000).fill(null));
const valuesInsert: Operation = {
  type: "insert",
  container: listId("body"),
  at: 0,
  content: manyValues,
};
probeBundle("many values", "kept", bundleOf(encodeSection([stretch(0, valuesInsert)])));

const vector = new Writer(65_536).uint(65_536).raw(new Uint8Array(60_000)).finish();
probe("vector: claims 65,536 agents", "allocated", vector, () => (bytes) => {
  return VersionVector.read(new Reader(bytes));
});

// A head of one agent, who made all of so many events.
function headOf({ events, rows }: { readonly events: number; readonly rows: number }): Uint8Array {
  const writer = new Writer().u8(0).text(document).uint(events);
  writer.uint(1).raw(zeros(16)).uint(events);
  writer
    .uint(1)
    .uint(events - 1)
    .uint(0)
    .uint(events - 1);
  writer.uint(1).uint(rows).uint(0);
  return writer.uint(1).u8(1).text("body").uint(0).finish();
}

// Files whose checksums are right, and whose parts promise more than they hold.
const parts = takeApart(text.encode());
const claims: Record<string, Uint8Array> = {
  "65,536 agents": putTogether({
    head: new Writer().u8(0).text(document).uint(huge).uint(65_536).raw(zeros(60_000)).finish(),
    parts: parts.parts,
  }),
  "a text of a gigabyte": putTogether({
    head: parts.head,
    parts: [
      new Writer()
        .uint(2 ** 30)
        .uint(0)
        .finish(),
      parts.parts[1]!,
    ],
  }),
  "a log of a gigabyte": putTogether({
    head: parts.head,
    parts: [
      parts.parts[0]!,
      new Writer()
        .uint(2 ** 28)
        .raw(zeros(60_000))
        .finish(),
    ],
  }),
  "rows without end": putTogether({
    head: headOf({ events: huge, rows: huge }),
    parts: [new Writer().uint(0).raw(new Uint8Array(1_000).fill(0x55)).finish()],
  }),
  "events for ever": putTogether({
    head: headOf({ events: huge, rows: 1 }),
    parts: [new Writer().uint(0).raw(zeros(1_000)).finish()],
  }),
};
for (const [name, bytes] of Object.entries(claims)) {
  probe(`file: claims ${name}`, "allocated", bytes, () => (input) => {
    for (const one of openDocument(input).texts) one.text();
    openDocument(input).load(new History());
    return Doc.decode(input, { agent: reader }).encode();
  });
}
probe("value: deep", "allocated", deep, () => (bytes) => decodeValue(bytes));
probe("value: wide", "kept", wide, () => (bytes) => decodeValue(bytes));
const cursor = new Uint8Array(30).fill(255);
probe("cursor: far away", "allocated", cursor, () => (bytes) => decodeCursor(bytes));
