// What the workers of a run asked for and were answered, as histories for judges.
//
//   lists        transactions on lists: strictly serializable
//   register-N   one register, read, written, compared and set: linearizable
//   versions     one register, too: a commit compares the version before its own and sets
//                its own, and who wrote nothing read one. Linearizable: the order of
//                versions agrees with real time, and nobody is shown an old one. Reads
//                that tell no version, and those that may be old, are none of it
//
// Time is the place of a call or an answer in the order of all. An operation that got no
// answer, because its process died or its disk failed, goes on until the store is opened
// again: then its mark is there, and it took place, or it is not, and never will be. Of
// those that were never opened again nobody knows.
//
// The opening itself is an operation that reads everything, the first one writes it. Where
// acknowledged commits are gone, as a disk that lies may have it, what came before is
// judged alone, and a history begins with what was found.

import {
  type CasRegisterInput,
  type CasRegisterOutput,
  casRegister,
  checkLinearizability,
  type History,
  judgeLists,
  type ListStep,
  type Operation,
  type Outcome,
  writeHistory,
} from "@holdfast/check";
import { type RunHistory, ViolationError } from "@holdfast/sim";
import type { CommitVersion } from "@holdfast/store";
import {
  type Answer,
  listOfRow,
  listSteps,
  registerInput,
  registerKey,
  registerValue,
} from "./judged_work.ts";
import { registers } from "./store_plan.ts";
import type { Work } from "./store_workload.ts";

type ListHistory = History<readonly ListStep[], readonly ListStep[]>;
type RegisterHistory = History<CasRegisterInput, CasRegisterOutput>;

/** An operation of a worker. */
export interface Call {
  readonly process: string;
  readonly work: Work;
  readonly invokedAt: number;
  completed: Completed;
}

/** What came of an operation. */
interface Completed {
  readonly outcome: Outcome;
  readonly at: number;
  readonly effect: Effect | null;
}

/** What an operation that took place did. */
export interface Effect {
  readonly answer: Answer;
  /** Where it wrote, the version that it committed as, or else the one that it saw; null where nobody was told of one, or it may be an old one. */
  readonly version: CommitVersion | null;
  readonly wrote: boolean;
}

/** All rows at one version. */
export interface Content {
  readonly version: CommitVersion;
  readonly rows: readonly (readonly [string, string])[];
}

interface Opening extends Content {
  readonly at: number;
}

/** Steps of a search, for one history; those of the scenario take some thousands. */
const stepsMax = 1_000_000;
const unanswered: Completed = { outcome: "info", at: Number.POSITIVE_INFINITY, effect: null };

/** The history of one run. */
export class StoreHistory {
  #at = 0;
  #calls: Call[] = [];
  #openings: Opening[] = [];
  readonly #open = new Set<Call>();
  /** Names of workers who wait for nothing. */
  readonly #idle: string[] = [];
  #workers = 0;

  /** A worker asks for `work`. */
  call(work: Work): Call {
    const process = this.#idle.pop() ?? this.#newWorker();
    const call: Call = { process, work, invokedAt: this.#next(), completed: unanswered };
    this.#calls.push(call);
    this.#open.add(call);
    return call;
  }

  /** It was answered. */
  ok(call: Call, effect: Effect): void {
    this.#complete(call, { outcome: "ok", at: this.#next(), effect });
  }

  /** It failed, and left nothing. */
  fail(call: Call): void {
    this.#complete(call, { outcome: "fail", at: this.#next(), effect: null });
  }

  /** The store was opened; of what had no answer, `found` took place. */
  opened(found: ReadonlyMap<Call, Effect>): void {
    for (const call of this.#open) {
      const effect = found.get(call);
      if (effect === undefined) this.fail(call);
      else this.ok(call, effect);
    }
  }

  /** It shows `content`. */
  shows(content: Content): void {
    this.#openings.push({ ...content, at: this.#next() });
  }

  /** Acknowledged commits are gone: judges what there is, as {@link judge}, and begins anew. */
  restart(): number {
    const count = this.judge();
    this.#calls = [];
    this.#openings = [];
    return count;
  }

  /** Judges all; answers how many operations took place. @throws {ViolationError} ST4. */
  judge(): number {
    const verdict = judgeLists(this.lists(), { complete: true, stepsMax });
    const [anomaly] = verdict.anomalies;
    if (anomaly !== undefined) {
      const reasons = anomaly.cycle.map(({ reason }) => reason);
      throw new ViolationError("ST4", ["lists", anomaly.sentence, ...reasons].join(": "));
    }
    if (verdict.undecided.length > 0) throw new ViolationError("P0", "the lists were not decided");
    for (const [name, history] of this.registers()) judgeRegister(name, history);
    return this.#calls.filter(({ completed }) => completed.outcome === "ok").length;
  }

  /** What it leaves behind to be looked at: what {@link judge} is about to judge, or judged last. */
  get kept(): readonly RunHistory[] {
    const lists: RunHistory = {
      file: "lists.jsonl",
      judge: "isolation --history append --complete",
      text: () => writeHistory(this.lists()),
    };
    const registers = [...this.registers().keys()].map(
      (name): RunHistory => ({
        file: `${name}.jsonl`,
        judge: "linearizable --model cas-register",
        text: () => writeHistory(this.registers().get(name)!),
      }),
    );
    return [lists, ...registers];
  }

  /** Transactions on lists. */
  lists(): ListHistory {
    const operations = this.#openings.map((opening, index) =>
      openingOperation(opening, listsFound(opening, index === 0)),
    );
    for (const call of this.#calls) {
      if (call.work.type !== "lists") continue;
      const answer = call.completed.effect?.answer as readonly ListStep[] | undefined;
      operations.push(operationOf(call, listSteps(call.work), answer));
    }
    return sorted(operations);
  }

  /** Each register, and the versions as one, by the names of the histories. */
  registers(): ReadonlyMap<string, RegisterHistory> {
    const histories = new Map<string, RegisterHistory>();
    for (let register = 0; register < registers; register += 1) {
      histories.set(`register-${register}`, this.#register(register));
    }
    return histories.set("versions", this.#versions());
  }

  #register(register: number): RegisterHistory {
    const operations = this.#openings.map((opening, index) => {
      const text = opening.rows.find(([key]) => key === registerKey(register))?.[1] ?? null;
      return registerOpening(opening, registerValue(text), index === 0);
    });
    for (const call of this.#calls) {
      if (call.work.type !== "register" || call.work.register !== register) continue;
      const answer = call.completed.effect?.answer as CasRegisterOutput;
      operations.push(operationOf(call, registerInput(call.work), answer));
    }
    return sorted(operations);
  }

  #versions(): RegisterHistory {
    const operations = this.#openings.map((opening, index) =>
      registerOpening(opening, opening.version, index === 0),
    );
    const done = this.#calls.filter(
      ({ completed }) => (completed.effect?.version ?? null) !== null,
    );
    const versionOf = ({ completed }: Call): number => completed.effect!.version!;
    done.sort((left, right) => versionOf(left) - versionOf(right));
    let from: number | null = this.#openings[0]?.version ?? null;
    for (const call of done) {
      const version = versionOf(call);
      if (call.completed.effect!.wrote) {
        operations.push(operationOf(call, { f: "cas", from, to: version }, true));
        from = version;
      } else {
        operations.push(operationOf(call, { f: "read" }, version));
      }
    }
    return sorted(operations);
  }

  #complete(call: Call, completed: Completed): void {
    call.completed = completed;
    this.#open.delete(call);
    this.#idle.push(call.process);
  }

  #newWorker(): string {
    this.#workers += 1;
    return `worker-${this.#workers}`;
  }

  #next(): number {
    this.#at += 1;
    return this.#at;
  }
}

/** @throws {ViolationError} ST4. */
function judgeRegister(name: string, history: RegisterHistory): void {
  const verdict = checkLinearizability(history, casRegister(), { stepsMax });
  if (verdict.verdict === "unknown") throw new ViolationError("P0", `${name} was not decided`);
  if (verdict.verdict === "ok") return;
  const shown = verdict.operations.map(
    ({ process, input, output, invokedAt, completedAt }) =>
      `${process} from ${invokedAt} to ${completedAt} ${JSON.stringify([input, output])}`,
  );
  throw new ViolationError("ST4", [name, verdict.reason, ...shown].join(": "));
}

function operationOf<Input, Output>(
  { process, invokedAt, completed }: Call,
  input: Input,
  output: Output | undefined,
): Operation<Input, Output> {
  const { outcome, at } = completed;
  return { process, input, outcome, output, invokedAt, completedAt: at };
}

/** Nothing else happens while a store is opened. */
function openingOperation<Input, Output>(
  { at }: Opening,
  { input, output }: { readonly input: Input; readonly output: Output },
): Operation<Input, Output> {
  return { process: "opening", input, outcome: "ok", output, invokedAt: at, completedAt: at };
}

function registerOpening(
  opening: Opening,
  value: number | null,
  isFirst: boolean,
): Operation<CasRegisterInput, CasRegisterOutput> {
  const isWrite = isFirst && value !== null;
  return openingOperation(opening, {
    input: isWrite ? { f: "write", value } : { f: "read" },
    output: isWrite ? undefined : value,
  });
}

function listsFound(
  { rows }: Content,
  isFirst: boolean,
): { readonly input: readonly ListStep[]; readonly output: readonly ListStep[] } {
  const lists = new Map<string, string[]>();
  for (const [key, value] of rows) {
    const list = listOfRow(key);
    if (list === null) continue;
    const values = lists.get(list) ?? [];
    lists.set(list, values);
    values.push(value);
  }
  const steps = [...lists].flatMap(([list, values]): ListStep[] =>
    isFirst ? values.map((value) => ["append", list, value]) : [["r", list, values]],
  );
  const input = isFirst ? steps : steps.map(([, list]): ListStep => ["r", list, null]);
  return { input, output: steps };
}

function sorted<Input, Output>(operations: Operation<Input, Output>[]): History<Input, Output> {
  return operations.sort((left, right) => left.invokedAt - right.invokedAt);
}
