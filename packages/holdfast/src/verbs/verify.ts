// holdfast verify: checks a folder of documents, and says what is wrong with it.

import { type FolderReport, verifyFolder } from "@holdfast/server/node";
import { isHoldfastError } from "@holdfast/std";
import type { Command } from "commander";
import { exitCodes } from "../exit_code.ts";
import { CommandFailure, systemCode } from "../failure.ts";

/** Adds the verb. */
export function addVerify(program: Command): void {
  program
    .command("verify")
    .description("check a folder of documents that no server is running on")
    .argument("<folder>", "the folder that was given to serve as --data")
    .option("--json", "print the report as JSON", false)
    .action(verify);
}

async function verify(folder: string, { json }: { readonly json: boolean }): Promise<void> {
  const report = await look(folder);
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : readable(report));
  if (problemsOf(report).length > 0) process.exitCode = exitCodes.failed;
}

async function look(folder: string): Promise<FolderReport> {
  try {
    return await verifyFolder(folder);
  } catch (error) {
    if (!isHoldfastError(error, "locked", "not_found", "io")) throw error;
    if (error.code === "io" && systemCode(error) !== "ENOTDIR") throw error;
    const sentence =
      error.code === "locked"
        ? `A server is running on ${folder}. Stop it first.`
        : `There is no store in ${folder}.`;
    throw new CommandFailure(exitCodes.environment, sentence, { cause: error });
  }
}

function problemsOf({ store, documents }: FolderReport): readonly string[] {
  return [...store.problems, ...(documents?.problems ?? [])];
}

function readable(report: FolderReport): string {
  const { store, documents } = report;
  const problems = problemsOf(report);
  const lines = [
    `store      ${store.path}, ${store.sizeBytes} bytes, version ${store.version}`,
    `rows       ${store.rows}, ${store.rowBytes} bytes`,
    documents === null
      ? "documents  not looked at, since the store is damaged"
      : `documents  ${documents.documents}, with ${documents.events} events in ${documents.chunks} chunks of ${documents.chunkBytes} bytes`,
    ...store.notes.map((note) => `note       ${note}`),
    ...problems.map((problem) => `problem    ${problem}`),
    verdict(problems.length),
  ];
  return `${lines.join("\n")}\n`;
}

function verdict(problems: number): string {
  if (problems === 0) return "all is well";
  return problems === 1 ? "1 problem" : `${problems} problems`;
}
