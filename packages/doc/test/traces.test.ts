// Recorded histories, replayed directly on documents: small ones of our own always,
// and each public one where HOLDFAST_TRACES names their folder.
//
// Every transaction is made on exactly the version that its author saw; what it sent
// then reaches other replicas in random causal orders (HOLDFAST_SEED decides which,
// HOLDFAST_ORDERS how many).

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AgentId } from "@holdfast/causality";
import { VersionVector } from "@holdfast/causality";
import { Doc, decodeBundle, encodeBundle, joinBundles } from "@holdfast/doc";
import { randomBelow, SeededRandom } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { cutBundles } from "../src/bundle/bundle_cutter.ts";
import { reader } from "./history.ts";
import { checkLaws, deliver, document, perform } from "./laws.ts";
import { endOf, Reference, type Step } from "./reference.ts";
import { readTrace, stepStretches, type Trace, traceSteps, traceText } from "./trace.ts";

const ordersEach = Number(process.env.HOLDFAST_ORDERS ?? 5);
const replicasMax = 8;
const sampleEvery = 100;
const seed = Number(process.env.HOLDFAST_SEED ?? 20261123);

// The reference takes half a minute for this one; what it says was written down.
const referenceSha256: Record<string, string> = {
  "git-makefile.json.gz": "1a34576f7e1ad64536aa94f482ae1a3d46e00554cabf33aebf10e6e3f5abf855",
};

interface Sent {
  /** None where the transaction edits nothing. */
  readonly bundles: readonly (readonly Uint8Array[])[];
  readonly final: Doc;
}

const ours = fileURLToPath(new URL("./fixtures/", import.meta.url));
describe("our own traces", () => {
  for (const name of readdirSync(ours).filter((file) => file.endsWith(".trace"))) {
    const trace = readTrace(join(ours, name));
    const steps = traceSteps(trace);
    test(`${name} ends as written, in any causal order`, () => {
      expect(new Reference(edits(steps)).text(traceText)).toBe(trace.endContent);
      const sent = replay(trace, steps);
      expect(sent.final.text(traceText).toString()).toBe(trace.endContent);
      checkOrders(trace, sent, new SeededRandom(seed));
    });
    test(`${name} obeys all laws`, () => {
      checkLaws(edits(steps).slice(0, 120), seed);
    });
  }
});

describe("public traces", () => {
  const folder = process.env.HOLDFAST_TRACES;
  if (folder === undefined) {
    test("each of them", (context) => {
      context.skip("HOLDFAST_TRACES is not set: it names the folder of the public editing traces");
    });
    return;
  }
  const expectFile = join(folder, "expect.json");
  const expectations = existsSync(expectFile)
    ? (JSON.parse(readFileSync(expectFile, "utf8")) as Record<string, { expect: string }>)
    : {};
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".json.gz"))) {
    test(name, { timeout: 600_000 }, () => {
      const trace = readTrace(join(folder, name));
      const steps = traceSteps(trace);
      const sent = replay(trace, steps);
      const text = sent.final.text(traceText).toString();
      if (expectations[name]?.expect !== "convergence") expect(text).toBe(trace.endContent);
      const sha256 = createHash("sha256").update(text).digest("hex");
      if (name in referenceSha256) expect(sha256).toBe(referenceSha256[name]);
      checkOrders(trace, sent, new SeededRandom(seed));
      const copy = Doc.decode(sent.final.encode(), { agent: reader });
      expect(copy.text(traceText).toString()).toBe(text);
      const fresh = new Doc({ document, agent: reader });
      for (const piece of copy.bundles(new VersionVector())) deliver(fresh, piece);
      expect(fresh.text(traceText).toString()).toBe(text);
    });
  }
});

// Makes each transaction on its author's replica, which receives what its author had
// seen. With hundreds of agents that would take hours: there, what was sent is encoded
// as it is told, and some of the transactions are made on documents as a check.
function replay(trace: Trace, steps: readonly (Step | null)[]): Sent {
  const archive = new Archive(trace, steps);
  const agents = new Set(trace.transactions.map(({ agent }) => agent));
  const docs = new Map<AgentId, Doc>();
  trace.transactions.forEach(({ agent }, index) => {
    if (agents.size <= replicasMax) {
      const doc = docs.get(agent) ?? new Doc({ document, agent });
      docs.set(agent, doc);
      archive.record(index, doc);
    } else {
      const isSample = index % sampleEvery === sampleEvery - 1;
      archive.tell(index, isSample ? new Doc({ document, agent }) : null);
    }
  });
  return archive.sent();
}

// What was sent for each transaction, and who lacks what of it.
class Archive {
  readonly #steps: readonly (Step | null)[];
  readonly #bundles: (readonly Uint8Array[])[] = [];
  readonly #final = new Doc({ document, agent: reader });
  // Of each transaction, how many events of each agent its author saw before it.
  readonly #wanted: readonly VersionVector[];
  readonly #byAgent = new Map<AgentId, number[]>();

  constructor(trace: Trace, steps: readonly (Step | null)[]) {
    this.#steps = steps;
    const after: VersionVector[] = [];
    this.#wanted = trace.transactions.map(({ parents }, index) => {
      const before = new VersionVector();
      for (const parent of parents) before.merge(after[parent]!);
      const step = steps[index] ?? null;
      after.push(before.clone());
      if (step !== null) after[index]!.advance(step.agent, endOf(step));
      return before;
    });
    steps.forEach((step, index) => {
      if (step === null) return;
      const own = this.#byAgent.get(step.agent) ?? [];
      this.#byAgent.set(step.agent, own);
      own.push(index);
    });
  }

  // Transactions that `doc` lacks of what the author of transaction `index` saw, in file order.
  lacking(index: number, doc: Doc): readonly number[] {
    const lacks: number[] = [];
    for (const { agent, from, to } of this.#wanted[index]!.missingFrom(doc.vector())) {
      const own = this.#byAgent.get(agent)!;
      let low = 0;
      let high = own.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.#steps[own[middle]!]!.from < from) low = middle + 1;
        else high = middle;
      }
      while (low < own.length && this.#steps[own[low]!]!.from < to) lacks.push(own[low++]!);
    }
    return lacks.sort((a, b) => a - b);
  }

  // The transaction is made on `doc`, once that has received what its author saw.
  record(index: number, doc: Doc): void {
    this.#bundles.push(this.#make(index, doc));
    deliverAll(this.#final, this.#bundles[index]!);
  }

  // The transaction is encoded; and made on `doc` where there is one, with the same result.
  tell(index: number, doc: Doc | null): void {
    const step = this.#steps[index] ?? null;
    this.#bundles.push(step === null ? [] : cutBundles(document, stepStretches(step)));
    if (doc !== null) expect(this.#make(index, doc)).toEqual(this.#bundles[index]);
    deliverAll(this.#final, this.#bundles[index]!);
  }

  #make(index: number, doc: Doc): readonly Uint8Array[] {
    const lacking = this.lacking(index, doc).flatMap((other) => this.#bundles[other]!);
    if (lacking.length > 50) {
      const decoded = lacking.map((bytes) => decodeBundle(bytes));
      deliver(doc, encodeBundle(joinBundles(decoded)));
    } else deliverAll(doc, lacking);
    expect(doc.vector().equals(this.#wanted[index]!)).toBe(true);
    const step = this.#steps[index] ?? null;
    return step === null ? [] : perform(doc, step).bundles();
  }

  sent(): Sent {
    return { bundles: this.#bundles, final: this.#final };
  }
}

// Replicas that receive all bundles in random causal orders read the same.
function checkOrders(trace: Trace, { bundles, final }: Sent, random: SeededRandom): void {
  // One author has one causal order, in which `final` received already.
  if (new Set(trace.transactions.map(({ agent }) => agent)).size === 1) return;
  const text = final.text(traceText).toString();
  for (let count = 0; count < ordersEach; count += 1) {
    const doc = new Doc({ document, agent: reader });
    for (const index of shuffle(trace, random)) deliverAll(doc, bundles[index]!);
    expect(doc.text(traceText).toString()).toBe(text);
    expect(doc.vector().equals(final.vector())).toBe(true);
  }
}

function deliverAll(doc: Doc, pieces: readonly Uint8Array[]): void {
  for (const bytes of pieces) deliver(doc, bytes);
}

// A random order, parents before children.
function shuffle(trace: Trace, random: SeededRandom): readonly number[] {
  const left = trace.transactions.map(({ parents }) => parents.length);
  const children: number[][] = trace.transactions.map(() => []);
  trace.transactions.forEach(({ parents }, index) => {
    for (const parent of parents) children[parent]!.push(index);
  });
  const ready = left.flatMap((count, index) => (count === 0 ? [index] : []));
  const order: number[] = [];
  while (ready.length > 0) {
    const index = ready.splice(randomBelow(random, ready.length), 1)[0]!;
    order.push(index);
    for (const child of children[index]!) {
      left[child]! -= 1;
      if (left[child] === 0) ready.push(child);
    }
  }
  return order;
}

function edits(steps: readonly (Step | null)[]): readonly Step[] {
  return steps.filter((step) => step !== null);
}
