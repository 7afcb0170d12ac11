// Files of cases whose verdicts are known, as the collection of Elle's and Jepsen's test
// data has them: small histories in one `cases.json`, or a large one with a
// `NAME.expected.json` beside it.

import { HoldfastError } from "@holdfast/std";
import { listOf, objectOf, parseFile, textsOf } from "./json.ts";

/** What has to come out. */
export type CaseCheck =
  /** A judge of transactions, asked by these options. */
  | {
      readonly type: "verdict";
      readonly options: Readonly<Record<string, unknown>>;
      /** Null where nobody knows. */
      readonly valid: boolean | "unknown" | null;
      /** All of these have to be reported. */
      readonly anomalyTypes: readonly string[];
      /** The weakest models that are ruled out, where something is. */
      readonly not: readonly string[];
    }
  /** All that is found of one anomaly. */
  | {
      readonly type: "reports";
      readonly detector: string;
      readonly reports: readonly Readonly<Record<string, unknown>>[];
    }
  /** What a judge of a data type answers. */
  | { readonly type: "result"; readonly result: Readonly<Record<string, unknown>> };

/** A history without its events, and what is known of it. */
export interface CaseExpectation {
  readonly workload: string;
  /** Whether the known answer is not held to be the right one. */
  readonly isKnownGap: boolean;
  readonly checks: readonly CaseCheck[];
}

/** A case with its events, in Jepsen's words. */
export interface PublishedCase extends CaseExpectation {
  readonly name: string;
  readonly events: readonly unknown[];
}

/** Reads a `cases.json`. @throws {HoldfastError} `corrupt` where it says something else. */
export function readCases(text: string): readonly PublishedCase[] {
  return listOf(parseFile(text).cases, "cases").map((said, index) => {
    const fields = objectOf(said, `case ${index}`);
    const name = typeof fields.id === "string" ? fields.id : `case ${index}`;
    const checks = listOf(fields.checks, `${name}: checks`).map((check) =>
      checkOf(objectOf(check, `${name}: a check`), name),
    );
    const expectation = expectationOf(fields, name, checks);
    return { name, events: listOf(fields.history, `${name}: history`), ...expectation };
  });
}

/** Reads a `NAME.expected.json`. @throws {HoldfastError} `corrupt` where it says something else. */
export function readExpectation(text: string): CaseExpectation & { readonly file: string } {
  const fields = parseFile(text);
  if (typeof fields.file !== "string") throw new HoldfastError("corrupt", "it names no file");
  const check = checkOf(fields, fields.file);
  return { file: fields.file, ...expectationOf(fields, fields.file, [check]) };
}

function expectationOf(
  { workload, knownGap }: Readonly<Record<string, unknown>>,
  name: string,
  checks: readonly CaseCheck[],
): CaseExpectation {
  if (typeof workload !== "string") throw new HoldfastError("corrupt", `${name} has no workload`);
  return { workload, isKnownGap: knownGap === true, checks };
}

function checkOf(check: Readonly<Record<string, unknown>>, name: string): CaseCheck {
  if (check.detector !== undefined) {
    const reports = listOf(check.reports, `${name}: reports`);
    return {
      type: "reports",
      detector: String(check.detector),
      reports: reports.map((report) => objectOf(report, `${name}: a report`)),
    };
  }
  if (check.result !== undefined) {
    return { type: "result", result: objectOf(check.result, `${name}: result`) };
  }
  const { options = {}, valid, anomalyTypes = [], not = [] } = check;
  if (valid !== null && typeof valid !== "boolean" && valid !== "unknown") {
    throw new HoldfastError("corrupt", `${name}: valid is true, false, "unknown" or null`);
  }
  return {
    type: "verdict",
    options: optionsOf(objectOf(options, `${name}: options`), name),
    valid,
    anomalyTypes: textsOf(anomalyTypes, `${name}: anomalyTypes`),
    not: textsOf(not, `${name}: not`),
  };
}

// Those that mean something to a judge; it refuses names that it does not know.
function optionsOf(
  options: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>> {
  for (const each of ["consistencyModels", "anomalies"]) {
    if (options[each] !== undefined) textsOf(options[each], `${name}: ${each}`);
  }
  if (options.transactionOrder !== undefined) {
    const places = Object.values(objectOf(options.transactionOrder, `${name}: transactionOrder`));
    if (!places.every((place) => Number.isFinite(place))) {
      throw new HoldfastError("corrupt", `${name}: a transactionOrder is of numbers`);
    }
  }
  return options;
}
