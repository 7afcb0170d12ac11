// Editing traces: recorded histories of real documents, as the public
// editing-traces collection writes them (JSON, often gzipped).
//
// A sequential trace is one author's transactions in order. A concurrent one
// names for each transaction its author and the transactions upon which it was
// made. Both become the same shape here: a list in a causal order, where each
// transaction has an author and parents by index.

import { HoldfastError } from "@holdfast/std";

/** Most authors of a trace. */
export const traceAgentsMax = 4_096;

/** At `at`, delete `deleted` characters, then insert `inserted`. Counts code points, and sees the patches before it. */
export interface TracePatch {
  readonly at: number;
  readonly deleted: number;
  readonly inserted: string;
}

/** One author's edit. */
export interface TraceTransaction {
  /** From 0 up to, not including, the trace's `agents`. */
  readonly agent: number;
  /** Indexes of the transactions whose merged document the author saw; each is smaller than this one's own. */
  readonly parents: readonly number[];
  readonly patches: readonly TracePatch[];
}

/** A document's whole history. */
export interface Trace {
  /** How many authors. */
  readonly agents: number;
  /**
   * For each author, its place among them in the order by which the recorder
   * broke ties between concurrent insertions: with another one a merged text can
   * be shorter than the author saw it, and a position lie past its end.
   */
  readonly ranks: readonly number[];
  readonly transactions: readonly TraceTransaction[];
  /** The text in the end, as the one who recorded it had it. */
  readonly endContent: string;
}

/** What the end of a replay is compared with. */
export type TraceExpectation = "endContent" | "convergence";

/**
 * Reads a trace.
 *
 * @param text - The JSON, no longer compressed.
 * @throws {HoldfastError} `corrupt` with the place that is wrong.
 */
export function parseTrace(text: string): Trace {
  const root = asObject(parseJson(text), "trace");
  const transactions = asArray(root.txns, "txns");
  const endContent = asString(root.endContent, "endContent");
  if (root.kind === undefined) {
    if (asString(root.startContent, "startContent") !== "")
      throw wrong("startContent", "is not empty");
    return {
      agents: 1,
      ranks: [0],
      endContent,
      transactions: transactions.map((entry, index) => ({
        agent: 0,
        parents: index === 0 ? [] : [index - 1],
        patches: parsePatches(asObject(entry, `txns[${index}]`).patches, `txns[${index}].patches`),
      })),
    };
  }
  if (root.kind !== "concurrent") throw wrong("kind", "is neither absent nor concurrent");
  const agents = asCount(root.numAgents, "numAgents");
  if (agents > traceAgentsMax) throw wrong("numAgents", `is ${agents}, at most ${traceAgentsMax}`);
  return {
    agents,
    ranks: rankAgents(root.agentNames, agents),
    endContent,
    transactions: transactions.map((entry, index) => parseConcurrent(entry, index, agents)),
  };
}

/**
 * Reads an `expect.json`: for each file name, what its replay must reach.
 *
 * @throws {HoldfastError} `corrupt`.
 */
export function parseExpectations(text: string): ReadonlyMap<string, TraceExpectation> {
  const expectations = new Map<string, TraceExpectation>();
  for (const [name, entry] of Object.entries(asObject(parseJson(text), "expectations"))) {
    const expect = asObject(entry, name).expect;
    if (expect !== "endContent" && expect !== "convergence") throw wrong(name, "expects neither");
    expectations.set(name, expect);
  }
  return expectations;
}

/** By name where there are names, as diamond-types does; else by number. */
function rankAgents(value: unknown, agents: number): readonly number[] {
  const names = value === undefined ? [] : asArray(value, "agentNames");
  if (value !== undefined && names.length !== agents) {
    throw wrong("agentNames", `has ${names.length} names, of ${agents}`);
  }
  const texts = names.map((name) => asString(name, "agentNames"));
  const order = Array.from({ length: agents }, (_, agent) => agent).sort((a, b) => {
    const [left, right] = [texts[a] ?? "", texts[b] ?? ""];
    return left === right ? a - b : left < right ? -1 : 1;
  });
  const ranks = new Array<number>(agents).fill(0);
  order.forEach((agent, rank) => {
    ranks[agent] = rank;
  });
  return ranks;
}

function parseConcurrent(entry: unknown, index: number, agents: number): TraceTransaction {
  const place = `txns[${index}]`;
  const object = asObject(entry, place);
  const agent = asCount(object.agent, `${place}.agent`);
  if (agent >= agents) throw wrong(`${place}.agent`, `is ${agent}, of ${agents}`);
  const parents = asArray(object.parents, `${place}.parents`).map((parent) => {
    const value = asCount(parent, `${place}.parents`);
    if (value >= index)
      throw wrong(`${place}.parents`, `names ${value}, which does not come before`);
    return value;
  });
  return { agent, parents, patches: parsePatches(object.patches, `${place}.patches`) };
}

function parsePatches(value: unknown, place: string): readonly TracePatch[] {
  return asArray(value, place).map((entry, index) => {
    const [at, deleted, inserted] = asArray(entry, `${place}[${index}]`);
    return {
      at: asCount(at, `${place}[${index}][0]`),
      deleted: asCount(deleted, `${place}[${index}][1]`),
      inserted: asString(inserted, `${place}[${index}][2]`),
    };
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrong("file", "is not JSON");
  }
}

function asObject(value: unknown, place: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw wrong(place, "is not an object");
  return value as Record<string, unknown>;
}

function asArray(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(place, "is not a list");
  return value;
}

function asString(value: unknown, place: string): string {
  if (typeof value !== "string") throw wrong(place, "is not a string");
  return value;
}

function asCount(value: unknown, place: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw wrong(place, "is not a count");
  return value as number;
}

function wrong(place: string, problem: string): HoldfastError {
  return new HoldfastError("corrupt", `trace: ${place} ${problem}`);
}
