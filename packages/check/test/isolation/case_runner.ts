// Runs the published cases of Elle and Jepsen: small histories, and what each is known to
// show. All differences between their words and ours are in one table.

import {
  type AnomalyType,
  type CallOperation,
  type ElleEvent,
  type ElleOperation,
  type IsolationVerdict,
  judgeCausalReverse,
  judgeCounter,
  judgeLists,
  judgeLongFork,
  judgePredicates,
  judgeQueue,
  judgeRegisters,
  judgeSet,
  judgeTotalQueue,
  judgeUniqueIds,
  type ListStep,
  modelNamed,
  operationsOfEvents,
  type PredicateStep,
  type RegisterOptions,
  type RegisterStep,
  type TransactionOperation,
} from "@holdfast/check";

/** What a case says must come out. */
export interface CaseCheck {
  readonly options?: Readonly<Record<string, unknown>>;
  /** Null where nobody knows. */
  readonly valid?: boolean | "unknown" | null;
  readonly anomalyTypes?: readonly string[];
  readonly not?: readonly string[];
  readonly detector?: string;
  readonly reports?: readonly Readonly<Record<string, unknown>>[];
  readonly result?: Readonly<Record<string, unknown>>;
}

export interface PublishedCase {
  readonly id: string;
  readonly workload: string;
  readonly knownGap?: boolean;
  readonly history: readonly ElleEvent[];
  readonly checks: readonly CaseCheck[];
}

// Their name, and ours where it differs.
const unknownReasons: Readonly<Record<string, string>> = {
  "cycle-search-timeout": "search-ended",
  "duplicate-appends": "duplicate-writes",
};

/** The complaints about one check; none where the answer is right. */
export function complaintsAbout(published: PublishedCase, check: CaseCheck): string[] {
  const operations = operationsOfEvents(published.history);
  if (check.detector !== undefined) return detectorComplaints(published, operations, check);
  if (check.options !== undefined) return verdictComplaints(published, operations, check);
  if (check.result !== undefined) return resultComplaints(published, operations, check.result);
  return [`nothing runs ${published.workload}`];
}

/** Judges a history of transactions. */
export function judgeTransactions(
  workload: string,
  operations: readonly ElleOperation[],
  options: RegisterOptions,
): IsolationVerdict {
  switch (workload) {
    case "list-append":
      return judgeLists(operations as readonly TransactionOperation<ListStep>[], options);
    case "rw-register":
      return judgeRegisters(operations as readonly TransactionOperation<RegisterStep>[], options);
    case "closed-predicate":
      return judgePredicates(operations.map(predicateOperation), options);
    default:
      throw new Error(`nothing judges ${workload}`);
  }
}

function verdictComplaints(
  { workload, knownGap }: PublishedCase,
  operations: readonly ElleOperation[],
  { options = {}, valid, anomalyTypes = [], not = [] }: CaseCheck,
): string[] {
  const judged = judgeTransactions(workload, operations, optionsOf(options, operations));
  if (knownGap === true || valid === null) return [];
  const said = { ok: true, violation: false, unknown: "unknown" }[judged.verdict];
  const complaints: string[] = [];
  if (said !== valid) complaints.push(`valid is ${said}, not ${valid}`);
  for (const type of anomalyTypes) {
    if (!reports(judged, type)) complaints.push(`${type} is missing`);
  }
  if (valid === true && judged.anomalies.length > 0) complaints.push("something is reported");
  const weakest = [...judged.weakestRuledOut].sort().join();
  const expected = not
    .map((name) => modelNamed(name))
    .sort()
    .join();
  if (not.length > 0 && weakest !== expected) {
    complaints.push(`ruled out are ${weakest}, not ${expected}`);
  }
  return complaints;
}

function reports({ anomalies, unknown, ruledOut }: IsolationVerdict, type: string): boolean {
  if (anomalies.some((anomaly) => anomaly.type === type)) return true;
  const exists = /^(.*)-cycle-exists$/.exec(type);
  if (exists !== null) return ruledOut.includes(modelNamed(exists[1]!));
  return unknown.some((reason) => reason === (unknownReasons[type] ?? type));
}

function optionsOf(
  options: Readonly<Record<string, unknown>>,
  operations: readonly ElleOperation[],
): RegisterOptions {
  const { consistencyModels, transactionOrder, ...others } = options;
  const places = Object.entries((transactionOrder ?? {}) as Readonly<Record<string, number>>);
  const told = new Map(
    places.map(([index, place]) => [
      operations.findIndex(({ completionIndex }) => completionIndex === Number(index)),
      place,
    ]),
  );
  return {
    ...(consistencyModels === undefined ? {} : { models: consistencyModels as string[] }),
    ...(transactionOrder === undefined ? {} : { transactionOrder: told }),
    ...others,
  };
}

/** Theirs tells of the state before all transactions in an operation of its own sort. */
function predicateOperation(operation: ElleOperation): TransactionOperation<PredicateStep> {
  const stepsOf = (value: unknown) =>
    operation.f === "init" && value !== undefined
      ? Object.entries(value as Record<string, number>).map(([key, first]) => ["init", key, first])
      : value;
  const { input, output } = operation;
  return { ...operation, input: stepsOf(input), output: stepsOf(output) } as never;
}

const dataJudges: Readonly<
  Record<string, (history: readonly CallOperation[]) => { readonly verdict: string }>
> = {
  set: judgeSet,
  queue: judgeQueue,
  "total-queue": judgeTotalQueue,
  "unique-ids": judgeUniqueIds,
  counter: judgeCounter,
  "long-fork": judgeLongFork,
  "causal-reverse": judgeCausalReverse,
};

function resultComplaints(
  { workload }: PublishedCase,
  operations: readonly ElleOperation[],
  expected: Readonly<Record<string, unknown>>,
): string[] {
  const judge = dataJudges[workload];
  if (judge === undefined) return [`nothing judges ${workload}`];
  const calls = operations.map((operation) => ({
    ...operation,
    input: { f: operation.f ?? "txn", value: operation.input },
  }));
  const { verdict, ...result } = judge(calls);
  const seen = { ...result, valid: { ok: true, violation: false }[verdict] ?? "unknown" };
  return agrees(seen, inOurWords(workload, expected))
    ? []
    : [`${JSON.stringify(expected)} is not in ${JSON.stringify(seen)}`];
}

// What they tell as whole operations, we tell by places: of that, only that it is there is
// compared, which `valid` says.
function inOurWords(
  workload: string,
  { forks, errors, ...result }: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const known = Object.entries(result).filter(([, value]) => value !== null);
  return {
    ...Object.fromEntries(known),
    ...(workload === "counter" && errors !== undefined ? { errors } : {}),
  };
}

// Their names of detectors, and the type of anomaly that they look for.
const detectors: Readonly<Record<string, AnomalyType>> = {
  duplicates: "duplicate-elements",
  "incompatible-orders": "incompatible-order",
};

function detectorComplaints(
  { workload }: PublishedCase,
  operations: readonly ElleOperation[],
  { detector, reports: expected = [] }: CaseCheck,
): string[] {
  const type = detectors[detector!] ?? (detector as AnomalyType);
  const { anomalies } = judgeTransactions(workload, operations, { anomalies: [type] });
  const index = (place: number) => operations[place]!.completionIndex;
  const found = anomalies
    .filter((anomaly) => anomaly.type === type)
    .map(({ operations: places, details: { step, writer, ...rest } }) => ({
      ...rest,
      op: index(places[0]!),
      ...(step === undefined ? {} : { mop: step }),
      ...(writer === undefined ? {} : { writer: index(writer) }),
    }));
  const complaints = expected
    .filter((report) => !found.some((seen) => agrees(seen, report)))
    .map((report) => `${JSON.stringify(report)} is not in ${JSON.stringify(found)}`);
  if (found.length !== expected.length) complaints.push(`${JSON.stringify(found)} are too many`);
  return complaints;
}

/**
 * Whether all that `wanted` tells in words that we have too is the same; an empty list and
 * null are the same.
 */
function agrees(seen: object, wanted: Readonly<Record<string, unknown>>): boolean {
  const plain = (value: unknown) => JSON.stringify(value ?? null).replaceAll("[]", "null");
  return Object.entries(wanted)
    .filter(([name]) => name in seen)
    .every(([name, value]) => plain((seen as Record<string, unknown>)[name]) === plain(value));
}
