// Judges files one after the other: a line for each, or JSON, and one exit code for all.

import { isHoldfastError } from "@holdfast/std";
import { readTextFile } from "../text_file.ts";
import { type CheckExitCode, checkExitCodes } from "./exit_code.ts";

/** What a judge said of a history. */
export interface Judged {
  readonly verdict: "ok" | "violation" | "unknown";
  /** For a person: lines, of which the first says it all. */
  readonly lines: readonly string[];
  /** For a program: the whole verdict. */
  readonly details: object;
}

/** What may be written beside the verdicts. */
export interface JudgeFlags {
  /** JSON for programs, one object a line, in place of words. */
  readonly json?: boolean;
}

type Answer = Judged["verdict"] | "unreadable";

/** Judges each file by `judge`, prints what it says, and sets the exit code. */
export async function judgeFiles(
  files: readonly string[],
  { json = false }: JudgeFlags,
  judge: (text: string) => Judged,
): Promise<void> {
  const answers: Answer[] = [];
  for (const file of files) {
    const { answer, lines, details } = await judgeFile(file, judge);
    answers.push(answer);
    if (json)
      process.stdout.write(`${JSON.stringify({ file, verdict: answer, ...details }, plain)}\n`);
    else process.stdout.write(`${file}: ${lines.join("\n  ")}\n`);
  }
  process.exitCode = exitCodeOf(answers);
}

async function judgeFile(file: string, judge: (text: string) => Judged) {
  try {
    const { verdict: answer, lines, details } = judge(await readTextFile(file));
    return {
      answer,
      lines: [`${answer}${lines[0] === undefined ? "" : `: ${lines[0]}`}`, ...lines.slice(1)],
      details,
    };
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    const { code, message } = error;
    return {
      answer: "unreadable" as const,
      lines: [`unreadable: ${message}`],
      details: { code, reason: message },
    };
  }
}

// A violation is certain, whatever else could not be judged.
function exitCodeOf(answers: readonly Answer[]): CheckExitCode {
  if (answers.includes("violation")) return checkExitCodes.violation;
  if (answers.includes("unreadable")) return checkExitCodes.unreadable;
  return answers.includes("unknown") ? checkExitCodes.unknown : checkExitCodes.ok;
}

// JSON has neither maps nor infinite times.
function plain(_: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  return value instanceof Set ? [...value] : value;
}
