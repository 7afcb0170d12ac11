// Scores a case: asks the judge of its workload as the case says, and compares.

import { HoldfastError } from "@holdfast/std";
import { callVocabulary, dataJudges } from "../data_types/vocabulary.ts";
import { operationsOfEvents } from "../history/jepsen.ts";
import type { History } from "../history/operation.ts";
import type { Vocabulary } from "../history/vocabulary.ts";
import { judgePredicates } from "../isolation/closed_predicate.ts";
import { judgeLists } from "../isolation/list_append.ts";
import { modelNamed } from "../isolation/models.ts";
import { judgeRegisters, type RegisterOptions } from "../isolation/rw_register.ts";
import type { IsolationVerdict } from "../isolation/verdict.ts";
import {
  listVocabulary,
  predicateVocabulary,
  registerVocabulary,
} from "../isolation/vocabularies.ts";
import type { ScoredAnswer } from "./answer.ts";
import type { CaseCheck, CaseExpectation, PublishedCase } from "./cases.ts";
import { agrees, anomalyOfDetector, isReported } from "./words.ts";

/** A case that is small enough to hold its events. @throws {HoldfastError} Where its events are none. */
export function scoreCase({ name, events, ...expectation }: PublishedCase): ScoredAnswer {
  const subject: Subject = {
    read: (vocabulary) => operationsOfEvents(events, vocabulary),
    eventAt: (time) => indexOf(events[time - 1], time - 1),
  };
  return score(name, subject, expectation);
}

/** A case whose events stand in a file. @throws {HoldfastError} What `read` throws. */
export function scoreCaseFile(
  { file, ...expectation }: CaseExpectation & { readonly file: string },
  read: Subject["read"],
): ScoredAnswer {
  return score(file, { read, eventAt: (time) => time - 1 }, expectation);
}

/** A history that can be read. */
interface Subject {
  readonly read: <Input, Output>(vocabulary: Vocabulary<Input, Output>) => History<Input, Output>;
  /** The number of the event of a time. */
  readonly eventAt: (time: number) => number;
}

function score(name: string, subject: Subject, expectation: CaseExpectation): ScoredAnswer {
  const { workload, checks, isKnownGap } = expectation;
  const mismatches = checks.flatMap((check) => mismatchesOf(workload, subject, check));
  const isKnown = (check: CaseCheck) => check.type !== "verdict" || check.valid !== null;
  const isScored = !isKnownGap && checks.some(isKnown);
  return { name, mismatches: isScored ? mismatches : [], isScored };
}

function mismatchesOf(workload: string, subject: Subject, check: CaseCheck): readonly string[] {
  switch (check.type) {
    case "verdict":
      return verdictMismatches(judge(workload, subject, check.options).verdict, check);
    case "reports":
      return reportMismatches(workload, subject, check);
    case "result":
      return resultMismatches(workload, subject, check.result);
  }
}

/** A history of transactions, and what was said of it. */
interface Judged {
  readonly history: History;
  readonly verdict: IsolationVerdict;
}

function judge(
  workload: string,
  { read, eventAt }: Subject,
  { consistencyModels, transactionOrder, ...others }: Readonly<Record<string, unknown>>,
): Judged {
  const optionsFor = (history: History): RegisterOptions => ({
    ...(consistencyModels === undefined ? {} : { models: consistencyModels as string[] }),
    ...(transactionOrder === undefined
      ? {}
      : {
          transactionOrder: placesOf(transactionOrder as Record<string, number>, history, eventAt),
        }),
    ...others,
  });
  switch (workload) {
    case "list-append": {
      const history = read(listVocabulary);
      return { history, verdict: judgeLists(history, optionsFor(history)) };
    }
    case "rw-register": {
      const history = read(registerVocabulary);
      return { history, verdict: judgeRegisters(history, optionsFor(history)) };
    }
    case "closed-predicate": {
      const history = read(predicateVocabulary);
      return { history, verdict: judgePredicates(history, optionsFor(history)) };
    }
    default:
      throw new HoldfastError("corrupt", `nothing judges the workload ${workload}`);
  }
}

// Their order of transactions goes by the numbers of events that ended them.
function placesOf(
  order: Readonly<Record<string, number>>,
  history: History,
  eventAt: Subject["eventAt"],
): ReadonlyMap<number, number> {
  const operations = new Map(
    history.map(({ completedAt }, operation) => [eventAt(completedAt), operation]),
  );
  return new Map(
    Object.entries(order).map(([event, place]) => [operations.get(Number(event)) ?? -1, place]),
  );
}

function verdictMismatches(
  judged: IsolationVerdict,
  { valid, anomalyTypes, not }: Extract<CaseCheck, { readonly type: "verdict" }>,
): readonly string[] {
  if (valid === null) return [];
  const mismatches: string[] = [];
  const said = { ok: true, violation: false, unknown: "unknown" }[judged.verdict];
  if (said !== valid) mismatches.push(`valid is ${said}, not ${valid}`);
  for (const type of anomalyTypes) {
    if (!isReported(judged, type)) mismatches.push(`${type} is missing`);
  }
  if (valid === true && judged.anomalies.length > 0) mismatches.push("something is reported");
  const weakest = [...judged.weakestRuledOut].sort().join();
  const wanted = not
    .map((name) => modelNamed(name))
    .sort()
    .join();
  if (not.length > 0 && weakest !== wanted) {
    mismatches.push(`ruled out are ${weakest || "none"}, not ${wanted}`);
  }
  return mismatches;
}

function reportMismatches(
  workload: string,
  subject: Subject,
  { detector, reports }: Extract<CaseCheck, { readonly type: "reports" }>,
): readonly string[] {
  const type = anomalyOfDetector(detector);
  if (type === null) return [`nothing detects ${detector}`];
  const { history, verdict } = judge(workload, subject, { anomalies: [type] });
  const event = (operation: number) => subject.eventAt(history[operation]!.completedAt);
  const found = verdict.anomalies
    .filter((anomaly) => anomaly.type === type)
    .map(({ operations, details: { step, writer, ...rest } }) => ({
      ...rest,
      op: event(operations[0]!),
      ...(step === undefined ? {} : { mop: step }),
      ...(writer === undefined ? {} : { writer: event(writer) }),
    }));
  const mismatches = reports
    .filter((report) => !found.some((seen) => agrees(seen, report)))
    .map((report) => `${JSON.stringify(report)} is not in ${JSON.stringify(found)}`);
  if (found.length !== reports.length) {
    mismatches.push(`${found.length} are reported, not ${reports.length}`);
  }
  return mismatches;
}

function resultMismatches(
  workload: string,
  { read }: Subject,
  wanted: Readonly<Record<string, unknown>>,
): readonly string[] {
  if (!Object.hasOwn(dataJudges, workload)) return [`nothing judges ${workload}`];
  const { verdict, ...result } = dataJudges[workload]!(read(callVocabulary));
  const seen = { ...result, valid: { ok: true, violation: false, unknown: "unknown" }[verdict] };
  return agrees(seen, inOurWords(workload, wanted))
    ? []
    : [`${JSON.stringify(wanted)} is not in ${JSON.stringify(seen)}`];
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

function indexOf(event: unknown, place: number): number {
  const { index } = event as { readonly index?: unknown };
  return typeof index === "number" ? index : place;
}
