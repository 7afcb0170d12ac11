// The report on linearizability: the few operations that contradict each other first, then
// how far an order was possible, what fits nowhere in it, and why.

import type { History, Operation } from "../history/operation.ts";
import { checkLinearizability } from "../linearizability/check_linearizability.ts";
import type { SequentialModel } from "../linearizability/model.ts";
import type { LinearizabilityVerdict, PartialLinearization } from "../linearizability/verdict.ts";
import { activityOf } from "./activity.ts";
import { type Contradiction, smallestContradiction } from "./contradiction.ts";
import { describeCount, describeOperation, plainName, plainText } from "./describe.ts";
import { factsOf } from "./facts.ts";
import { nearby } from "./nearby.ts";
import { reasonsOf, statesAlong, stateText } from "./order_reasons.ts";
import type { Finding, Report, ReportOptions, ReportOrder } from "./report.ts";

/** Steps of an order that a report carries: the last ones. */
const stepsMax = 200;

/** Operations of a part in which the longest orders are searched for, where rules gave none. */
const searchedMax = 20_000;

/** Configurations that a search for the longest orders may look at. */
const searchStepsMax = 200_000;

/** Other parts that are judged too, and configurations to look at for each. */
const partsMax = 200;
const partStepsMax = 20_000;

/** UTF-16 units of what an operation was answered, in the verdict's sentence. */
const answerLengthMax = 120;

type Violation<State, Input, Output> = Extract<
  LinearizabilityVerdict<State, Input, Output>,
  { readonly verdict: "violation" }
>;

/**
 * Explains what {@link checkLinearizability} answered for `history` and `model`.
 *
 * Of a violation it looks for the fewest operations that contradict each other, whatever
 * became of all others, and says where the longest orders end. Both searches are bounded:
 * a few seconds for a hard history, and linear in a long one.
 *
 * @param history - The very operations that were judged, in their order.
 */
export function explainLinearizability<State, Input, Output>(
  history: History<Input, Output>,
  model: SequentialModel<State, Input, Output>,
  verdict: LinearizabilityVerdict<State, Input, Output>,
  options: ReportOptions = {},
): Report {
  return new Explanation(history, model).report(verdict, options);
}

class Explanation<State, Input, Output> {
  readonly #history: History<Input, Output>;
  readonly #model: SequentialModel<State, Input, Output>;
  readonly #places = new Map<Operation<Input, Output>, number>();

  constructor(history: History<Input, Output>, model: SequentialModel<State, Input, Output>) {
    this.#history = history;
    this.#model = model;
    for (const [place, operation] of history.entries()) this.#places.set(operation, place);
  }

  report(
    verdict: LinearizabilityVerdict<State, Input, Output>,
    { faults = [] }: ReportOptions,
  ): Report {
    const partition = verdict.verdict === "ok" ? null : verdict.partition;
    const part = this.#partOf(partition);
    const searched = verdict.verdict === "violation" ? this.#searched(verdict, part) : null;
    const findings = verdict.verdict === "violation" ? this.#findings(verdict, part, searched) : [];
    const orders = this.#orders(verdict, searched);
    const named = [
      ...findings.flatMap(({ operations }) => operations),
      ...orders.flatMap(({ next }) => (next === null ? [] : [next])),
      ...orders.flatMap(({ steps }) => steps.map(({ place }) => place)),
    ];
    return {
      judged: "linearizability",
      verdict: verdict.verdict,
      title: titles[verdict.verdict],
      sentence: sentenceOf(verdict, findings),
      facts: [
        ["model", plainName(this.#model.name)],
        ...(partition === null ? [] : [["part", plainName(partition)] as const]),
        ...factsOf(this.#history),
      ],
      findings,
      orders,
      findingsLeftOut: 0,
      models: null,
      sign: "#",
      ...nearby(this.#history, named, partition === null ? null : this.#placesOf(part)),
      faults,
      activity: activityOf(this.#history),
    };
  }

  #partOf(partition: string | null): History<Input, Output> {
    if (partition === null) return this.#history;
    return this.#history.filter(({ input }) => this.#model.partition?.(input) === partition);
  }

  #findings(
    { reason, operations, partials, partition }: Violation<State, Input, Output>,
    part: History<Input, Output>,
    searched: Violation<State, Input, Output> | null,
  ): Finding[] {
    const judged: Finding = {
      title: partials.length > 0 ? "What fits nowhere" : "What the rules found",
      sentence: plainText(reason),
      operations: this.#placesOf(operations),
      cycle: [],
      isAllowed: false,
    };
    const untilAt = Math.max(...operations.map(({ completedAt }) => completedAt));
    const found = smallestContradiction(part, this.#model, untilAt);
    const more = this.#otherParts(partition);
    if (found === null || found.operations.length === 0) return [judged, ...more];
    const places = this.#placesOf(found.operations);
    const others = part.length - places.length;
    const smallest: Finding = {
      title: "What contradicts itself",
      sentence: this.#contradictionSentence(found, others, searched?.operations[0]),
      operations: places,
      cycle: [],
      isAllowed: false,
    };
    const isSame = places.join() === [...judged.operations].sort((a, b) => a - b).join();
    return isSame ? [smallest, ...more] : [smallest, judged, ...more];
  }

  // A judge stops at the first part that is broken; here the others are asked too.
  #otherParts(partition: string | null): Finding[] {
    if (partition === null) return [];
    const parts = new Map<string, Operation<Input, Output>[]>();
    for (const operation of this.#history) {
      const name = this.#model.partition!(operation.input)!;
      const part = parts.get(name);
      if (part === undefined) parts.set(name, [operation]);
      else part.push(operation);
    }
    parts.delete(partition);
    const findings: Finding[] = [];
    for (const [name, part] of [...parts].slice(0, partsMax)) {
      const verdict = checkLinearizability(part, this.#model, { stepsMax: partStepsMax });
      if (verdict.verdict !== "violation") continue;
      findings.push({
        title: `Part ${plainName(name)} is broken too`,
        sentence: plainText(verdict.reason),
        operations: this.#placesOf(verdict.operations),
        cycle: [],
        isAllowed: false,
      });
    }
    return findings;
  }

  #contradictionSentence(
    { operations, isSmallest }: Contradiction<Input, Output>,
    others: number,
    stuck: Operation<Input, Output> | undefined,
  ): string {
    const rest = others === 0 ? "" : `, whatever became of the remaining ${describeCount(others)}`;
    const fewer = isSmallest || operations.length === 1 ? "" : "; fewer of them may do";
    if (stuck === undefined || !operations.includes(stuck)) {
      const these =
        operations.length === 1
          ? "one operation"
          : `${describeCount(operations.length)} operations`;
      return `${these} can't have happened as ${operations.length === 1 ? "it was" : "they were"} seen${rest}${fewer}`;
    }
    const who = `process ${plainName(stuck.process)}`;
    const what = `${describeOperation(stuck as Operation, answerLengthMax)} (#${this.#places.get(stuck)})`;
    if (operations.length === 1) return `${who} saw ${what}, which is impossible${rest}`;
    return `${who} saw ${what}, which contradicts ${othersText(operations.length - 1)}${rest}${fewer}`;
  }

  #orders(
    verdict: LinearizabilityVerdict<State, Input, Output>,
    searched: Violation<State, Input, Output> | null,
  ): ReportOrder[] {
    if (verdict.verdict === "ok") {
      const { order } = verdict;
      if (order === null) return [];
      return [{ ...this.#stepsOf(order, this.#wholeStates(order)), next: null, reasons: [] }];
    }
    if (searched === null) return [];
    const next = searched.operations[0]!;
    return searched.partials.map((partial) => this.#orderOf(partial, next));
  }

  // Where rules answered, a search may show how far an order is possible.
  #searched(
    found: Violation<State, Input, Output>,
    part: History<Input, Output>,
  ): Violation<State, Input, Output> | null {
    if (found.partials.length > 0) return found;
    if (part.length > searchedMax) return null;
    const options = { method: "search", stepsMax: searchStepsMax } as const;
    const verdict = checkLinearizability(part, this.#model, options);
    return verdict.verdict === "violation" ? verdict : null;
  }

  #orderOf(
    partial: PartialLinearization<State, Input, Output>,
    next: Operation<Input, Output>,
  ): ReportOrder {
    const { order } = partial;
    const states = statesAlong(order, this.#model, partial);
    const nameOf = (operation: Operation<Input, Output>) => `#${this.#places.get(operation)}`;
    return {
      ...this.#stepsOf(order, states),
      next: this.#places.get(next)!,
      reasons: reasonsOf({ model: this.#model, order, states, next, nameOf }),
    };
  }

  // An order through several parts has no states that one could show.
  #wholeStates(order: readonly Operation<Input, Output>[]): readonly State[] {
    const isOne = order.every(({ input }) => (this.#model.partition?.(input) ?? null) === null);
    return isOne ? statesAlong(order, this.#model, null) : [];
  }

  #stepsOf(
    order: readonly Operation<Input, Output>[],
    states: readonly State[],
  ): Pick<ReportOrder, "steps" | "stepsLeftOut"> {
    const stepsLeftOut = Math.max(0, order.length - stepsMax);
    const steps = order.slice(stepsLeftOut).map((operation, index) => {
      const after = stepsLeftOut + index + 1;
      const state = after < states.length ? stateText(states[after]) : null;
      return { place: this.#places.get(operation)!, state };
    });
    return { steps, stepsLeftOut };
  }

  #placesOf(operations: readonly Operation<Input, Output>[]): number[] {
    return operations.map((operation) => this.#places.get(operation)!);
  }
}

function othersText(count: number): string {
  return count === 1 ? "one other operation" : `${describeCount(count)} others`;
}

const titles = { ok: "Linearizable", violation: "Not linearizable", unknown: "Not decided" };

function sentenceOf<State, Input, Output>(
  verdict: LinearizabilityVerdict<State, Input, Output>,
  findings: readonly Finding[],
): string {
  switch (verdict.verdict) {
    case "ok":
      return "all operations can have taken effect one after the other, each between its call and its answer";
    case "violation":
      return findings[0]!.sentence;
    case "unknown":
      return verdict.reason === "steps"
        ? "the budget of steps was used up before it was known"
        : "the judge was called off before it knew";
  }
}
