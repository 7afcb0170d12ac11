// The laws of documents, as one helper: whatever history a test has, it pays for all
// of them.
//
//   L1  Each author sees exactly what the reference says, before and after each step.
//   L2  All replicas are equal, whatever causal order, duplicates, overlaps and cuts.
//   L3  What comes too early is reported as missing, and changes nothing.
//   L4  Incremental equals from scratch.
//   L5  Encoding and decoding give the same document, and the same bytes again.
//   L6  What is known already changes nothing, and no subscriber hears of it.
//   L7  checkout(version) is the reference at that version.
//   L9  A replica that is closed and read from its file again goes on as one that never was.
//   L8  Patches, replayed on plain strings, arrays and objects, give what the document reads.

import { type AgentId, type EventId, VersionVector } from "@holdfast/causality";
import {
  type Change,
  clipBundle,
  coalesceBundles,
  Doc,
  decodeBundle,
  encodeBundle,
  joinBundles,
  type Patch,
  parseDocumentId,
  type Value,
} from "@holdfast/doc";
import {
  concatBytes,
  isHoldfastError,
  isWellFormed,
  type Random,
  randomBelow,
  SeededRandom,
} from "@holdfast/std";
import { expect } from "vitest";
import { causalOrder, lists, maps, parentSteps, reader, texts, union } from "./history.ts";
import { endOf, Reference, type Step, type Version } from "./reference.ts";

/** The document of all tests. */
export const document = parseDocumentId("test");

/** A history, played on real documents by its own authors. */
export interface Played {
  readonly reference: Reference;
  /** Of each author, its document as it was after its last step. */
  readonly authors: ReadonlyMap<AgentId, Doc>;
  /** Of each step, what its author sent. */
  readonly bundles: readonly Uint8Array[];
}

/** Does what `step` says on its author's document. */
export function perform(doc: Doc, step: Step): Change {
  const change = doc.change(() => {
    for (const op of step.ops) {
      if (op.kind === "insert") doc.text(op.container).insert(op.at, op.text);
      else if (op.kind === "delete") doc.text(op.container).delete(op.at, op.count);
      else if (op.kind === "list_insert") doc.list(op.container).insert(op.at, ...op.values);
      else if (op.kind === "list_delete") doc.list(op.container).delete(op.at, op.count);
      else if (op.kind === "set") doc.map(op.container).set(op.key, op.value);
      else doc.map(op.container).delete(op.key);
    }
  });
  if (change === null) throw new Error("a step with edits changed nothing");
  return change;
}

/** Applies what must be applicable. */
export function deliver(doc: Doc, bytes: Uint8Array): void {
  expect(doc.apply(bytes).missing).toEqual([]);
}

/** `version` as the implementation writes it. */
export function vectorOf(version: Version): VersionVector {
  return new VersionVector(version);
}

/** Compares `doc` with the reference at `version`, in everything that can be read. */
export function expectSame(doc: Doc, reference: Reference, version = reference.version): void {
  for (const name of texts) {
    const text = doc.text(name);
    expect(text.toString()).toBe(reference.text(name, version));
    expect(text.length).toBe(text.toString().length);
  }
  for (const name of lists) {
    const list = doc.list(name);
    expect(list.toArray()).toEqual(reference.list(name, version));
    expect(list.length).toBe(list.toArray().length);
  }
  for (const name of maps) {
    const map = doc.map(name);
    const expected = reference.map(name, version);
    expect(map.toJSON()).toEqual(expected);
    expect([...map.keys()].sort()).toEqual(Object.keys(expected));
    expect(map.size).toBe(Object.keys(expected).length);
  }
  expect(doc.vector().entries()).toEqual([...version].sort(([a], [b]) => (a < b ? -1 : 1)));
  expect(sorted(doc.version())).toEqual(reference.headsOf(version));
}

/** Listens to a document, and holds what its patches add up to. */
export class Mirror {
  /** How many patches came. */
  patches = 0;
  readonly #texts = new Map<string, string>();
  readonly #lists = new Map<string, readonly Value[]>();
  readonly #maps = new Map<string, Map<string, unknown>>();
  readonly #doc: Doc;

  /** @param doc - Empty, or its texts, lists and maps are taken over as they are. */
  constructor(doc: Doc) {
    this.#doc = doc;
    for (const name of texts) this.#texts.set(name, doc.text(name).toString());
    for (const name of lists) this.#lists.set(name, doc.list(name).toArray());
    for (const name of maps) this.#maps.set(name, new Map(doc.map(name).entries()));
    doc.subscribe((patch) => this.#take(patch));
  }

  /** L8. */
  check(): void {
    for (const name of texts) expect(this.#texts.get(name)).toBe(this.#doc.text(name).toString());
    for (const name of lists) {
      expect(this.#lists.get(name)).toEqual(this.#doc.list(name).toArray());
    }
    for (const name of maps) {
      const held = Object.fromEntries(this.#maps.get(name)!);
      expect(held).toEqual(this.#doc.map(name).toJSON());
    }
  }

  #take(patch: Patch): void {
    this.patches += 1;
    for (const { container, edits } of patch.text) {
      let text = this.#texts.get(container) ?? "";
      for (const { at, deleted, inserted } of edits) {
        expect(at + deleted).toBeLessThanOrEqual(text.length);
        text = text.slice(0, at) + inserted + text.slice(at + deleted);
      }
      this.#texts.set(container, text);
    }
    for (const { container, edits } of patch.list) {
      let list = this.#lists.get(container) ?? [];
      for (const { at, deleted, inserted } of edits) {
        expect(deleted + inserted.length).toBeGreaterThan(0);
        expect(at + deleted).toBeLessThanOrEqual(list.length);
        list = [...list.slice(0, at), ...inserted, ...list.slice(at + deleted)];
      }
      this.#lists.set(container, list);
    }
    for (const { container, changes } of patch.map) {
      const map = this.#maps.get(container) ?? new Map<string, unknown>();
      this.#maps.set(container, map);
      for (const { key, value } of changes) {
        if (value === undefined) map.delete(key);
        else map.set(key, value);
      }
    }
  }
}

/** Plays a history by its own authors, each of whom receives in a random causal order. L1, L8. */
export function play(steps: readonly Step[], random: Random): Played {
  const reference = new Reference(steps);
  const parents = parentSteps(steps);
  const authors = new Map<AgentId, Doc>();
  const mirrors = new Map<AgentId, Mirror>();
  const bundles: Uint8Array[] = [];
  for (const step of steps) {
    const known = authors.get(step.agent);
    const doc = known ?? new Doc({ document, agent: step.agent });
    const mirror = mirrors.get(step.agent) ?? new Mirror(doc);
    authors.set(step.agent, doc);
    mirrors.set(step.agent, mirror);
    const before = reference.versionAt(step.parents);
    const news = indexesIn(steps, before).filter((index) => !holds(doc, steps[index]!));
    for (const index of causalOrder(parents, news, random)) deliver(doc, bundles[index]!);
    expectSame(doc, reference, before);
    mirror.check();
    const patches = mirror.patches;
    const change = perform(doc, step);
    expect(change.run).toEqual({ agent: step.agent, from: step.from, to: endOf(step) });
    expect(mirror.patches).toBe(patches + 1);
    expect(change.bundles()).toHaveLength(1);
    bundles.push(change.bundles()[0]!);
    expectSame(doc, reference, new Map(before).set(step.agent, endOf(step)));
    mirror.check();
  }
  return { reference, authors, bundles };
}

/** Applies every law to `steps`. `seed` decides orders of delivery. */
export function checkLaws(steps: readonly Step[], seed: number, orders = 2): void {
  if (steps.length === 0) return;
  const random = new SeededRandom(seed);
  const played = play(steps, random);
  const { reference, bundles } = played;
  const parents = parentSteps(steps);
  const all = steps.map((_, index) => index);
  const whole = new Doc({ document, agent: reader });
  for (const index of all) deliver(whole, bundles[index]!);
  expectSame(whole, reference);
  for (let count = 0; count < orders; count += 1) {
    checkDelivery(steps, played, causalOrder(parents, all, random), whole, random);
  }
  checkReopened(played, causalOrder(parents, all, random), random);
  checkFromScratch(played, whole, causalOrder(parents, all, random));
  checkCut(steps, reference, whole, random);
  checkEncoding(whole, reference);
  checkIdempotence(whole, bundles);
  for (const index of all) checkVersion(whole, reference, afterStep(reference, steps[index]!));
}

// L2, L3 and L8: one replica, that meets everything a network may do to it.
function checkDelivery(
  steps: readonly Step[],
  { reference, bundles }: Played,
  order: readonly number[],
  whole: Doc,
  random: Random,
): void {
  const doc = new Doc({ document, agent: reader });
  const mirror = new Mirror(doc);
  const everything = whole.bundle(new VersionVector())!;
  order.forEach((index, place) => {
    const before = doc.vector();
    const after = afterStep(reference, steps[index]!);
    const early = order[place + 1 + randomBelow(random, order.length)];
    if (early !== undefined) checkEarly(doc, bundles[early]!, reference, steps[early]!);
    const chance = random.next();
    if (holds(doc, steps[index]!)) {
      expect(doc.apply(bundles[index]!)).toEqual({ applied: [], missing: [] });
    } else if (chance < 0.3) {
      // More than is lacking, and perhaps more than this step.
      const since = afterStep(reference, steps[order[randomBelow(random, place + 1)]!]!);
      const lower = before.meet(vectorOf(since));
      const piece = clipBundle(everything, lower, vectorOf(after));
      if (piece !== null) deliver(doc, piece);
    } else {
      const { applied, missing } = doc.apply(bundles[index]!);
      expect(missing).toEqual([]);
      expect(applied).toEqual([
        { agent: steps[index]!.agent, from: steps[index]!.from, to: endOf(steps[index]!) },
      ]);
    }
    const repeated = order[randomBelow(random, place + 1)]!;
    if (chance > 0.7) {
      expect(doc.apply(bundles[repeated]!)).toEqual({ applied: [], missing: [] });
    }
    expectSame(doc, reference, new Map(doc.vector().entries()));
    mirror.check();
  });
  expectSame(doc, reference);
  expectSameConflicts(doc, reference);
}

// L9: read from a snapshot, or from one with appended blocks. What is looked at in between
// decides whether the history in the file is read, and when.
function checkReopened(
  { reference, bundles }: Played,
  order: readonly number[],
  random: Random,
): void {
  let doc = new Doc({ document, agent: reader });
  let file = doc.encode();
  let saved = 0;
  for (const index of order) {
    deliver(doc, bundles[index]!);
    const chance = random.next();
    if (chance < 0.3) {
      if (chance < 0.15) file = doc.encode();
      else file = concatBytes([file, doc.encodeAppend(saved) ?? new Uint8Array(0)]);
      saved = doc.eventCount;
      doc = Doc.decode(file, { agent: reader, verify: chance < 0.05 });
    } else if (chance < 0.4) expectSame(doc, reference, new Map(doc.vector().entries()));
  }
  expectSame(doc, reference);
  expectSameConflicts(doc, reference);
  const copy = new Doc({ document, agent: reader });
  deliver(copy, doc.bundle(new VersionVector())!);
  expectSame(copy, reference);
  expect(Doc.decode(doc.encode(), { agent: reader, verify: true }).encode()).toEqual(doc.encode());
}

// L3.
function checkEarly(doc: Doc, bytes: Uint8Array, reference: Reference, step: Step): void {
  const needed = vectorOf(reference.versionAt(step.parents));
  if (doc.vector().covers(needed)) return;
  const before = doc.encode();
  const { applied, missing } = doc.apply(bytes);
  expect(applied).toEqual([]);
  expect(missing.length).toBeGreaterThan(0);
  for (const id of missing) {
    expect(needed.has(id)).toBe(true);
    expect(doc.vector().has(id)).toBe(false);
  }
  expect(doc.encode()).toEqual(before);
}

// L4: as one bundle, as joined ones, as coalesced ones.
function checkFromScratch(played: Played, whole: Doc, order: readonly number[]): void {
  const { reference, bundles } = played;
  const decoded = order.map((index) => decodeBundle(bundles[index]!));
  const joined = encodeBundle(joinBundles(decoded));
  const ways = [
    whole.bundles(new VersionVector()),
    [joined],
    coalesceBundles(decoded),
    coalesceBundles([decodeBundle(joined)]),
  ];
  for (const pieces of ways) {
    const doc = new Doc({ document, agent: reader });
    const mirror = new Mirror(doc);
    for (const piece of pieces) deliver(doc, piece);
    expectSame(doc, reference);
    expectSameConflicts(doc, reference);
    mirror.check();
  }
  for (const author of played.authors.values()) {
    const rest = whole.bundle(author.vector());
    expect(rest === null).toBe(author.vector().equals(whole.vector()));
    if (rest !== null) deliver(author, rest);
    expectSame(author, reference);
    expectSameConflicts(author, reference);
  }
}

// L2: a history cut anywhere, also inside of steps, and continued from there.
function checkCut(steps: readonly Step[], reference: Reference, whole: Doc, random: Random): void {
  const step = steps[randomBelow(random, steps.length)]!;
  const length = endOf(step) - step.from;
  const upTo = reference.versionAt([
    { agent: step.agent, seq: step.from + randomBelow(random, length) },
  ]);
  const isWhole = texts.every((name) => isWellFormed(reference.text(name, upTo)));
  const doc = new Doc({ document, agent: reader });
  const all = whole.bundle(new VersionVector())!;
  const first = clipBundle(all, new VersionVector(), vectorOf(upTo));
  if (first !== null) {
    // No document is ever between the halves of a pair, so nobody asks for a cut there.
    // Who does all the same gets a bundle that keeps it whole, or that is refused.
    if (isWhole) deliver(doc, first);
    else expect(() => doc.apply(first)).toSatisfy(isRefusedOrDone);
  }
  for (const name of texts) expect(isWellFormed(doc.text(name).toString())).toBe(true);
  const reached = new Map(doc.vector().entries());
  if (isWhole) expect(reached).toEqual(new Map([...upTo].filter(([, next]) => next > 0)));
  expectSame(doc, reference, reached);
  const rest = whole.bundle(doc.vector());
  if (rest !== null) deliver(doc, rest);
  expectSame(doc, reference);
}

function isRefusedOrDone(apply: () => void): boolean {
  try {
    apply();
    return true;
  } catch (error) {
    return isHoldfastError(error);
  }
}

// L5.
function checkEncoding(whole: Doc, reference: Reference): void {
  const bytes = whole.encode();
  const copy = Doc.decode(bytes, { agent: reader });
  expectSame(copy, reference);
  expectSameConflicts(copy, reference);
  expect(copy.encode()).toEqual(bytes);
  expect(copy.bundle(new VersionVector())).toEqual(whole.bundle(new VersionVector()));
}

// L6.
function checkIdempotence(whole: Doc, bundles: readonly Uint8Array[]): void {
  const mirror = new Mirror(whole);
  const before = whole.encode();
  for (const bytes of [...bundles, whole.bundle(new VersionVector())!]) {
    expect(whole.apply(bytes)).toEqual({ applied: [], missing: [] });
  }
  expect(whole.bundle(whole.vector())).toBeNull();
  expect(whole.bundles(whole.vector())).toEqual([]);
  expect(whole.encode()).toEqual(before);
  expect(mirror.patches).toBe(0);
}

// L7.
function checkVersion(whole: Doc, reference: Reference, version: Version): void {
  const view = whole.checkout(reference.headsOf(version));
  for (const name of texts) {
    expect(view.text(name).toString()).toBe(reference.text(name, version));
  }
  for (const name of lists) {
    expect(view.list(name).toArray()).toEqual(reference.list(name, version));
  }
  for (const name of maps) expect(view.map(name).toJSON()).toEqual(reference.map(name, version));
}

/** Compares the readable conflicts of every key with the reference's. */
export function expectSameConflicts(doc: Doc, reference: Reference): void {
  for (const name of maps) {
    for (const key of reference.keys(name)) {
      const [winner, ...others] = reference.survivors(name, key);
      others.sort((a, b) => (a.id.agent < b.id.agent ? -1 : 1));
      expect(doc.map(name).conflicts(key)).toEqual(
        [winner!, ...others].map(({ id, value }) => ({ id, value })),
      );
    }
  }
}

/** The version right after `step`. */
export function afterStep(reference: Reference, step: Step): Version {
  const before = reference.versionAt(step.parents);
  return union(before, new Map([[step.agent, endOf(step)]]));
}

function indexesIn(steps: readonly Step[], version: Version): readonly number[] {
  return steps.flatMap((step, index) =>
    endOf(step) <= (version.get(step.agent) ?? 0) ? [index] : [],
  );
}

function holds(doc: Doc, step: Step): boolean {
  return doc.vector().next(step.agent) >= endOf(step);
}

function sorted(ids: readonly EventId[]): readonly EventId[] {
  return ids.map(({ agent, seq }) => ({ agent, seq })).sort((a, b) => (a.agent < b.agent ? -1 : 1));
}
