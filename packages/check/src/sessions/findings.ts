// Collects what was found of each guarantee, words some examples, and makes the verdict.

import {
  askedFor,
  type Guarantee,
  type GuaranteeVerdict,
  guarantees,
  impliedGuarantees,
  type SessionFault,
  type SessionOptions,
  type SessionUnknownReason,
  type SessionVerdict,
} from "./verdict.ts";

// Examples of one guarantee that are worded, and that a verdict holds.
const wordedMax = 32;
const examplesMax = 8;

/** The collection. */
export class Findings {
  readonly #faults = new Map<Guarantee, SessionFault[]>();
  readonly #judged = new Set<Guarantee>();
  readonly #open = new Set<Guarantee>();
  readonly #hasDuplicates: boolean;
  #isCyclic = false;
  #isEnded = false;

  constructor(hasDuplicates: boolean) {
    this.#hasDuplicates = hasDuplicates;
  }

  /** The history holds something that could have broken a guarantee. */
  judge(guarantee: Guarantee): void {
    this.#judged.add(guarantee);
  }

  /** Whether a guarantee holds was not asked for, or can't be said. */
  open(guarantee: Guarantee): void {
    this.#open.add(guarantee);
  }

  /** Causality runs in a circle: what is older is known in part. */
  openSessions(): void {
    this.#isCyclic = true;
  }

  /** The steps ran out. */
  end(): void {
    this.#isEnded = true;
  }

  /** Adds a fault, which is worded unless there are examples enough. */
  add(guarantee: Guarantee, word: () => SessionFault): void {
    const known = this.#faults.get(guarantee) ?? [];
    this.#faults.set(guarantee, known);
    if (known.length < wordedMax) known.push(word());
  }

  /** Whether a guarantee is broken, itself or by what it implies. */
  isBroken(guarantee: Guarantee): boolean {
    return impliedGuarantees(guarantee).some((each) => this.#faults.has(each));
  }

  verdict(options: SessionOptions): SessionVerdict {
    const asked = askedFor(options);
    const found = Object.fromEntries(
      guarantees.map((guarantee) => [guarantee, this.#verdictOn(guarantee)]),
    ) as Record<Guarantee, GuaranteeVerdict>;
    const shown = new Set(asked.flatMap(impliedGuarantees));
    const unknown = new Set<SessionUnknownReason>(
      asked.filter((each) => found[each] === "unknown").map((each) => this.#reason(each)),
    );
    const isBroken = asked.some((guarantee) => found[guarantee] === "broken");
    return {
      verdict: isBroken ? "violation" : unknown.size > 0 ? "unknown" : "ok",
      guarantees: found,
      faults: guarantees.filter((each) => shown.has(each)).flatMap((each) => this.#smallest(each)),
      unknown: [...unknown],
    };
  }

  #verdictOn(guarantee: Guarantee): GuaranteeVerdict {
    if (this.isBroken(guarantee)) return "broken";
    if (this.#hasDuplicates || this.#isEnded || this.#isCyclic) return "unknown";
    if (this.#open.has(guarantee)) return "unknown";
    // What is causal could break all that is stronger.
    const isJudged = impliedGuarantees(guarantee).some((each) => this.#judged.has(each));
    return isJudged ? "holds" : "unknown";
  }

  #reason(guarantee: Guarantee): SessionUnknownReason {
    if (this.#isEnded || this.#open.has(guarantee)) return "search-ended";
    if (this.#hasDuplicates) return "duplicate-writes";
    return this.#isCyclic ? "cyclic-order" : "nothing-to-judge";
  }

  #smallest(guarantee: Guarantee): SessionFault[] {
    const faults = this.#faults.get(guarantee) ?? [];
    const sorted = [...faults].sort((left, right) => left.edges.length - right.edges.length);
    return sorted.slice(0, examplesMax);
  }
}
