// The judge of transactions that read by predicates, in a closed world: every version that
// a thing ever had is known, and so what a predicate must have met where it saw nothing.
//
// Dependencies are those of registers, and these, which go by what a predicate met:
//
//   wr-predicate   the second met a version that the first made
//   rw-predicate   the first met a version, and a later one of the same thing, made by the
//                  second, is selected where the former was not, or the other way round
//
// Source: Adya 1999, section 3.1.4 and 4.2 (G2 with predicates; phantoms); Elle's
// closed-predicate, whose assumptions are stated in predicate_versions.ts.

import { type EdgeType, rw, rwPredicate, wr, wrPredicate, ww } from "../graph/dependency.ts";
import { DependencyGraph } from "../graph/dependency_graph.ts";
import { Faults } from "./faults.ts";
import { judgeEvidence } from "./judge.ts";
import {
  beforeAll,
  type PredicateHistory,
  type PredicateTransaction,
  placeRead,
  predicateHistoryOf,
  sameVersion,
  selects,
  type Version,
  versionOf,
  versionSet,
} from "./predicate_versions.ts";
import type { Predicate, PredicateStep, TransactionOperation, Value } from "./transaction.ts";
import type { IsolationOptions, IsolationVerdict } from "./verdict.ts";
import { operationName, quote } from "./wording.ts";

/**
 * Judges a history of transactions that read by predicates. Values that are written to one
 * thing must differ, and it should be changed once at most after it began.
 *
 * @throws {HoldfastError} As `judgeLists`.
 *
 * Cost: predicate reads times versions of all things.
 */
export function judgePredicates(
  history: Iterable<TransactionOperation<PredicateStep>>,
  options: IsolationOptions = {},
): IsolationVerdict {
  return judgeEvidence(options, () => {
    const read = predicateHistoryOf(history);
    const judge = new PredicateJudge(read);
    judge.link();
    return {
      operations: read.operations,
      graph: judge.graph,
      explain: (from, to, type) => judge.reasons.get(reasonKey(from, to, type)) ?? null,
      faults: judge.faults.found,
      isAmbiguous: read.ambiguous,
    };
  });
}

const edgeBits = { ww, wr, rw, "wr-predicate": wrPredicate, "rw-predicate": rwPredicate };

function reasonKey(from: number, to: number, type: EdgeType): string {
  return `${from} ${to} ${type}`;
}

class PredicateJudge {
  readonly graph: DependencyGraph;
  readonly faults = new Faults();
  /** Why each edge is there. */
  readonly reasons = new Map<string, string>();
  readonly #history: PredicateHistory;

  constructor(history: PredicateHistory) {
    this.#history = history;
    this.graph = new DependencyGraph(history.operations.size);
  }

  link(): void {
    for (const transaction of this.#history.transactions) {
      for (const step of transaction.steps) {
        if (step[0] === "r") this.#linkRead(transaction, step);
        else if (step[0] === "rp") this.#linkPredicateRead(transaction, step);
        else this.#linkWrite(transaction, step);
      }
    }
  }

  #link(from: number, to: number, type: keyof typeof edgeBits, reason: () => string): void {
    if (from === -1 || from === to) return;
    this.graph.link(from, to, edgeBits[type]);
    const key = reasonKey(from, to, type);
    if (!this.reasons.has(key)) this.reasons.set(key, reason());
  }

  #linkWrite({ operation }: PredicateTransaction, step: PredicateStep): void {
    const key = String(step[1]);
    const versions = this.#history.versions.get(key)!;
    const made = versionOf(step, operation)!;
    const place = versions.findIndex((version) => sameVersion(version, made));
    const before = versions[place - 1];
    if (before === undefined) return;
    this.#link(
      lastWriter(before),
      operation,
      "ww",
      () =>
        `${operationName(operation)} made ${key} ${describe(made)} after ${operationName(before.writer)} had made it ${describe(before)}`,
    );
  }

  #linkRead(
    { operation }: PredicateTransaction,
    step: readonly ["r", string | number, Value | null],
  ) {
    if (!this.#history.operations.isAnswered(operation)) return;
    const key = String(step[1]);
    this.#findFault(operation, key, step);
    const versions = this.#history.versions.get(key) ?? [];
    const place = placeRead(versions, step[2] ?? null);
    if (place === -1) return;
    const who = operationName(operation);
    const met = place === beforeAll ? undefined : versions[place];
    const saw = `${who} read ${key} as ${quote(step[2] ?? null)}`;
    if (met !== undefined) {
      const by = operationName(met.writer);
      this.#link(lastWriter(met), operation, "wr", () => `${saw}, which ${by} made`);
    }
    const next = versions[place === beforeAll ? 0 : place + 1];
    if (next === undefined) return;
    this.#link(
      operation,
      lastWriter(next),
      "rw",
      () => `${saw}, and ${operationName(next.writer)} made it ${describe(next)} next`,
    );
  }

  #linkPredicateRead(
    { operation }: PredicateTransaction,
    step: readonly ["rp", Predicate, Readonly<Record<string, Value>> | null],
  ): void {
    if (!this.#history.operations.isAnswered(operation)) return;
    const [, predicate, seen] = step;
    for (const [key, value] of Object.entries(seen ?? {})) {
      this.#findFault(operation, key, ["rp", key, value]);
    }
    const { versions } = this.#history;
    for (const [key, place] of versionSet(versions, predicate, seen ?? {})) {
      const list = versions.get(key)!;
      if (place === beforeAll && !Object.hasOwn(seen ?? {}, key))
        this.#addMiss(operation, step, key);
      if (place !== -1) this.#linkMet(operation, predicate, { key, list, place });
    }
  }

  #linkMet(
    operation: number,
    predicate: Predicate,
    met: { readonly key: string; readonly list: readonly Version[]; readonly place: number },
  ): void {
    const { key, list, place } = met;
    const version = place === beforeAll ? notThere : list[place]!;
    const what = `${operationName(operation)} looked for ${wording(predicate)} and met ${key} ${describe(version)}`;
    const by = operationName(version.writer);
    this.#link(lastWriter(version), operation, "wr-predicate", () => `${what}, as ${by} made it`);
    const before = selects(predicate, version);
    for (const later of list.slice(place === beforeAll ? 0 : place + 1)) {
      if (selects(predicate, later) === before) continue;
      const changes = before ? "no longer" : "now";
      this.#link(
        operation,
        lastWriter(later),
        "rw-predicate",
        () =>
          `${what}, and ${operationName(later.writer)} made it ${describe(later)}, which it would ${changes} find`,
      );
    }
  }

  #addMiss(operation: number, step: readonly ["rp", Predicate, unknown], key: string): void {
    const values = this.#history.versions.get(key)!.map(describe);
    this.faults.add(
      "predicate-read-miss",
      [operation],
      `${operationName(operation)} looked for ${wording(step[1])} and did not find ${key}, which always was ${values.join(" or ")}`,
      { step, key },
    );
  }

  #findFault(operation: number, key: string, step: readonly unknown[]): void {
    const value = (step[2] ?? null) as Value | null;
    if (value === null) return;
    const details = { step, key, element: value };
    const saw = `${operationName(operation)} read ${key} as ${quote(value)}`;
    const versions = this.#history.versions.get(key) ?? [];
    const version = versions[placeRead(versions, value)];
    const aborter = this.#history.aborted.get(key)?.get(value);
    if (version === undefined && aborter !== undefined) {
      const sentence = `${saw}, which ${operationName(aborter)} wrote, and that failed`;
      this.faults.add("G1a", [operation, aborter], sentence, { ...details, writer: aborter });
    }
    if (version?.intermediate === true && version.writer !== operation) {
      const { writer } = version;
      const sentence = `${saw}, which ${operationName(writer)} wrote and then changed itself`;
      this.faults.add("G1b", [operation, writer], sentence, { ...details, writer });
    }
  }
}

const notThere: Version = { state: "unborn", value: null, writer: -1, intermediate: false };

// Only the last version that a transaction made of a thing is seen from outside.
function lastWriter({ writer, intermediate }: Version): number {
  return intermediate ? -1 : writer;
}

function describe({ state, value }: Version): string {
  return state === "value" ? quote(value) : state === "dead" ? "deleted" : "not yet there";
}

function wording(predicate: Predicate): string {
  if (predicate === "true") return "everything";
  if (predicate[0] === "=") return `all that are ${quote(predicate[1])}`;
  return `all that leave ${predicate[2]} when divided by ${predicate[1]}`;
}
