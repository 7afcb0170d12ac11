// Judges files one after the other: a line for each and an explanation, or JSON, or a page;
// and one exit code for all.

import { writeFile } from "node:fs/promises";
import {
  type Fault,
  type Report,
  readFaults,
  reportJson,
  reportPage,
  reportText,
} from "@holdfast/check";
import { isHoldfastError } from "@holdfast/std";
import { CommandFailure } from "../failure.ts";
import { readTextFile } from "../text_file.ts";
import { type CheckExitCode, checkExitCodes } from "./exit_code.ts";

/** What a judge said of a history. */
export interface Judged {
  readonly verdict: "ok" | "violation" | "unknown";
  /** Of how much: that an `ok` of nothing is seen. */
  readonly count: string;
  /** For a person: what says it all; null where its explanation says it. */
  readonly line: string | null;
  /** For a program: the whole verdict. */
  readonly details: object;
  /** Looks for what explains it, which may take seconds. */
  explain(faults: readonly Fault[]): Report;
}

/** What may be written beside the verdicts. */
export interface JudgeFlags {
  /** JSON for programs, one object a line, in place of words. */
  readonly json?: boolean;
  /** Where to write a page that explains the verdict; of one history only. */
  readonly report?: string;
}

type Answer = Judged["verdict"] | "unreadable";

/** Judges each file by `judge`, prints what it says, and sets the exit code. */
export async function judgeFiles(
  files: readonly string[],
  flags: JudgeFlags,
  judge: (text: string) => Judged,
): Promise<void> {
  if (flags.report !== undefined && files.length > 1) {
    throw new CommandFailure(checkExitCodes.unreadable, "A report is of one history.");
  }
  const answers: Answer[] = [];
  for (const file of files) {
    const { answer, words, details, report } = await judgeFile(file, flags, judge);
    answers.push(answer);
    if (flags.json === true) {
      process.stdout.write(`${JSON.stringify({ file, verdict: answer, ...details }, plain)}\n`);
    } else process.stdout.write(`${file}: ${words}\n`);
    if (flags.report !== undefined && report !== null) await writePage(flags.report, report);
  }
  process.exitCode = exitCodeOf(answers);
}

interface Answered {
  readonly answer: Answer;
  readonly words: string;
  readonly details: object;
  /** Null where nothing is to be explained. */
  readonly report: Report | null;
}

async function judgeFile(
  file: string,
  flags: JudgeFlags,
  judge: (text: string) => Judged,
): Promise<Answered> {
  try {
    const text = await readTextFile(file);
    const judged = judge(text);
    const { verdict: answer, count, line, details } = judged;
    const kept = `${answer}, ${count}`;
    if (answer === "ok" && flags.report === undefined) {
      return { answer, words: kept, details, report: null };
    }
    const report = judged.explain(faultsOf(text));
    const head = answer === "ok" ? kept : `${answer}: ${line ?? report.sentence}`;
    return {
      answer,
      report,
      words: answer === "violation" ? `${head}\n${indented(reportText(report))}` : head,
      details: { ...details, explanation: reportJson(report) },
    };
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    const { code, message } = error;
    return {
      answer: "unreadable",
      words: `unreadable: ${message}`,
      details: { code, reason: message },
      report: null,
    };
  }
}

// Faults are there to look at: they never change a verdict.
function faultsOf(text: string): readonly Fault[] {
  try {
    return readFaults(text);
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    return [];
  }
}

async function writePage(file: string, report: Report): Promise<void> {
  try {
    await writeFile(file, reportPage(report));
  } catch (cause) {
    throw new CommandFailure(checkExitCodes.unreadable, `Can't write ${file}.`, { cause });
  }
}

function indented(text: string): string {
  return text.trimEnd().replaceAll(/^(?=.)/gm, "  ");
}

// A violation is certain, whatever else could not be judged.
function exitCodeOf(answers: readonly Answer[]): CheckExitCode {
  if (answers.includes("violation")) return checkExitCodes.violation;
  if (answers.includes("unreadable")) return checkExitCodes.unreadable;
  return answers.includes("unknown") ? checkExitCodes.unknown : checkExitCodes.ok;
}

// JSON has neither maps nor sets.
function plain(_: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  return value instanceof Set ? [...value] : value;
}
