// holdfast check: says of recorded histories whether they kept a promise.

import {
  callVocabulary,
  checkLinearizability,
  type DataJudgement,
  dataJudges,
  type Guarantee,
  guarantees,
  judgeLists,
  judgeMerge,
  judgePredicates,
  judgeRegisters,
  judgeSessions,
  type LinearizabilityOptions,
  listVocabulary,
  type MergePromise,
  type Model,
  mergePromises,
  modelNamed,
  models,
  namedModels,
  predicateVocabulary,
  type RegisterOptions,
  readAnyHistory,
  readMergeLog,
  readSessions,
  registerVocabulary,
} from "@holdfast/check";
import { type Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { checkExitCodes } from "../check/exit_code.ts";
import { type Judged, type JudgeFlags, judgeFiles } from "../check/judged_files.ts";
import { scoreFolder } from "../check/score.ts";
import {
  dataJudged,
  isolationJudged,
  linearizabilityJudged,
  mergeJudged,
  sessionsJudged,
} from "../check/verdicts.ts";
import { CommandFailure, toFailure } from "../failure.ts";

interface BudgetFlags extends JudgeFlags {
  readonly steps?: number;
  readonly seconds?: number;
}

interface IsolationFlags extends BudgetFlags {
  readonly complete?: boolean;
  readonly history: keyof typeof transactionJudges;
  readonly model?: readonly Model[];
  readonly assume?: readonly (keyof typeof assumptions)[];
}

const transactionJudges = {
  append: (text: string, options: RegisterOptions): Judged => {
    const history = readAnyHistory(text, listVocabulary);
    return isolationJudged(history, judgeLists(history, options));
  },
  register: (text: string, options: RegisterOptions): Judged => {
    const history = readAnyHistory(text, registerVocabulary);
    return isolationJudged(history, judgeRegisters(history, options));
  },
  predicate: (text: string, options: RegisterOptions): Judged => {
    const history = readAnyHistory(text, predicateVocabulary);
    return isolationJudged(history, judgePredicates(history, options));
  },
};

// What may be assumed of the order in which a register had its values.
const assumptions = {
  "writes-follow-reads": "wfrKeys",
  "sequential-keys": "sequentialKeys",
  "linearizable-keys": "linearizableKeys",
} as const;

const help = `
Exit code: ${checkExitCodes.ok} all kept it, ${checkExitCodes.violation} broken, ${checkExitCodes.unknown} unknown, ${checkExitCodes.unreadable} a file can't be read, or a wrong call.
Formats: JSON lines (docs/formats/history.md), Jepsen's EDN and JSON, Porcupine's logs; gzipped or not.`;

/** Adds the verb. */
export function addCheck(program: Command): void {
  const check = program
    .command("check")
    .description("say of recorded histories whether they kept a promise")
    .addHelpText("after", help)
    .exitOverride(leave);
  const kinds = [addLinearizable, addIsolation, addSession, addMerge, addData, addScore];
  for (const add of kinds) add(check);
}

function addLinearizable(check: Command): void {
  withBudget(judgeCommand(check, "linearizable"))
    .description("judge whether operations took effect one after the other")
    .addOption(
      new Option("--model <name>", "of what object")
        .choices(Object.keys(namedModels))
        .makeOptionMandatory(),
    )
    .action((files: string[], flags: BudgetFlags & { readonly model: string }) => {
      const { model, vocabulary } = namedModels[flags.model]!;
      return judgeFiles(files, flags, (text) => {
        const history = readAnyHistory(text, vocabulary);
        const verdict = checkLinearizability(history, model, budgetOf(flags));
        return linearizabilityJudged(history, model, verdict);
      });
    });
}

function addIsolation(check: Command): void {
  const sorts = Object.keys(transactionJudges);
  const names = Object.keys(assumptions) as (keyof typeof assumptions)[];
  withBudget(judgeCommand(check, "isolation"))
    .description("judge how far transactions were isolated from each other")
    .addOption(
      new Option(
        "--history <sort>",
        "what they work on: lists, registers, or what predicates select",
      )
        .choices(sorts)
        .makeOptionMandatory(),
    )
    .option(
      "--model <name>",
      "what was promised (strict-serializable); may be given again",
      addModel,
    )
    .option(
      "--complete",
      "whatever could be read was written in the history, or was there at first",
    )
    .option(
      "--assume <name>",
      `of the order of a register's values: ${names.join(", ")}; may be given again`,
      collect(names),
    )
    .action((files: string[], flags: IsolationFlags) => {
      const options: RegisterOptions = {
        ...(flags.model === undefined ? {} : { models: flags.model }),
        complete: flags.complete ?? false,
        ...Object.fromEntries((flags.assume ?? []).map((name) => [assumptions[name], true])),
      };
      return judgeFiles(files, flags, (text) =>
        transactionJudges[flags.history](text, { ...options, ...budgetOf(flags) }),
      );
    });
}

function addSession(check: Command): void {
  withBudget(judgeCommand(check, "session"))
    .description("judge what each session of a store of registers saw")
    .option(
      "--guarantee <name>",
      `what was promised (causal): ${guarantees.join(", ")}; may be given again`,
      collect(guarantees),
    )
    .action((files: string[], flags: BudgetFlags & { readonly guarantee?: readonly Guarantee[] }) =>
      judgeFiles(files, flags, (text) => {
        const history = readSessions(text);
        const asked = flags.guarantee === undefined ? {} : { guarantees: flags.guarantee };
        return sessionsJudged(history, judgeSessions(history, { ...asked, ...budgetOf(flags) }));
      }),
    );
}

function addMerge(check: Command): void {
  withBudget(judgeCommand(check, "merge"))
    .description("judge from their log whether replicas of merged data kept their promises")
    .option(
      "--promise <name>",
      `judge this alone: ${mergePromises.join(", ")}; may be given again`,
      collect(mergePromises),
    )
    .action(
      (files: string[], flags: BudgetFlags & { readonly promise?: readonly MergePromise[] }) =>
        judgeFiles(files, flags, (text) => {
          const records = readMergeLog(text);
          const asked = flags.promise === undefined ? {} : { promises: flags.promise };
          return mergeJudged(records, judgeMerge(records, { ...asked, ...budgetOf(flags) }));
        }),
    );
}

function addData(check: Command): void {
  judgeCommand(check, "data")
    .description("judge a data type by what came out of it")
    .addOption(
      new Option("--type <name>", "which").choices(Object.keys(dataJudges)).makeOptionMandatory(),
    )
    .action((files: string[], flags: JudgeFlags & { readonly type: string }) =>
      judgeFiles(files, flags, (text) => {
        const history = readAnyHistory(text, callVocabulary);
        const verdict = dataJudges[flags.type]!(history);
        return dataJudged(history, { type: flags.type, verdict } as DataJudgement);
      }),
    );
}

function addScore(check: Command): void {
  check
    .command("score")
    .description("hold the judges against histories whose verdicts are known")
    .argument("<folder>", "with an expected.json, a cases.json or a NAME.expected.json")
    .action(score);
}

async function score(folder: string): Promise<void> {
  let right = 0;
  let wrong = 0;
  let unscored = 0;
  try {
    for await (const { name, mismatches, isScored } of scoreFolder(folder)) {
      for (const mismatch of mismatches) process.stdout.write(`${name}: ${mismatch}\n`);
      if (mismatches.length > 0) wrong += 1;
      else if (isScored) right += 1;
      else unscored += 1;
    }
  } catch (error) {
    const failure = toFailure(error);
    if (failure === null) throw error;
    throw new CommandFailure(checkExitCodes.unreadable, failure.message, { cause: error });
  }
  if (right + wrong + unscored === 0) {
    throw new CommandFailure(checkExitCodes.unreadable, `${folder} names nothing to score.`);
  }
  if (unscored > 0) process.stdout.write(`${unscored} answered whose verdict nobody knows\n`);
  process.stdout.write(`${right} right, ${wrong} wrong\n`);
  process.exitCode = wrong > 0 ? checkExitCodes.violation : checkExitCodes.ok;
}

function judgeCommand(check: Command, name: string): Command {
  return check
    .command(name)
    .argument("<file...>", "histories")
    .option("--json", "print JSON for programs, an object a line")
    .option("--report <file>", "write a page that explains the verdict on one history")
    .addHelpText("after", help);
}

function withBudget(command: Command): Command {
  return command
    .option("--steps <number>", "give up on a file after so many steps of search", parseNumber)
    .option("--seconds <number>", "give up on a file after so long", parseNumber);
}

function budgetOf({ steps, seconds }: BudgetFlags): LinearizabilityOptions {
  const stopAtMs = seconds === undefined ? null : performance.now() + seconds * 1000;
  return {
    ...(steps === undefined ? {} : { stepsMax: steps }),
    ...(stopAtMs === null ? {} : { shouldStop: () => performance.now() >= stopAtMs }),
  };
}

function addModel(name: string, before: readonly string[] = []): readonly string[] {
  try {
    return [...before, modelNamed(name)];
  } catch {
    throw new InvalidArgumentError(`It is one of ${models.join(", ")}.`);
  }
}

// Collects names of an option that may be given again.
function collect<Name extends string>(known: readonly Name[]) {
  return (text: string, before: readonly Name[] = []): readonly Name[] => {
    const name = known.find((each) => each === text);
    if (name === undefined) throw new InvalidArgumentError(`It is one of ${known.join(", ")}.`);
    return [...before, name];
  };
}

function parseNumber(text: string): number {
  const number = Number(text);
  if (/^\d{1,12}(\.\d+)?$/.test(text) && number > 0) return number;
  throw new InvalidArgumentError("It is a number above 0.");
}

// A wrong call must not look like an answer, so it has a code of its own here.
function leave({ exitCode, code, message }: CommanderError): never {
  throw new CommanderError(exitCode === 0 ? 0 : checkExitCodes.unreadable, code, message);
}
