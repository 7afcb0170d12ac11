// holdfast verify: checks a folder of documents, or of backups, and says what is wrong with it.

import { type FolderReport, verifyBackupFolder, verifyFolder } from "@holdfast/server/node";
import { isHoldfastError } from "@holdfast/std";
import type { Command } from "commander";
import { exitCodes } from "../exit_code.ts";
import { CommandFailure, systemCode } from "../failure.ts";

/** Adds the verb. */
export function addVerify(program: Command): void {
  program
    .command("verify")
    .description("check a folder of backups, or of documents that no server is running on")
    .argument("<folder>", "the folder that was given to backup, or to serve as --data")
    .option("--json", "print the report as JSON", false)
    .action(verify);
}

async function verify(folder: string, { json }: { readonly json: boolean }): Promise<void> {
  const backups = await lookForBackups(folder);
  if (backups !== null) {
    process.stdout.write(json ? `${JSON.stringify(backups, null, 2)}\n` : listed(backups));
    if (backups.some(({ problem }) => problem !== null)) process.exitCode = exitCodes.failed;
    return;
  }
  const report = await look(folder);
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : readable(report));
  if (problemsOf(report).length > 0) process.exitCode = exitCodes.failed;
}

type Verdicts = NonNullable<Awaited<ReturnType<typeof verifyBackupFolder>>>;

/** Null where the folder holds none, or is none: then it is looked at as a store's. */
async function lookForBackups(folder: string): Promise<Verdicts | null> {
  try {
    return await verifyBackupFolder(folder);
  } catch (error) {
    if (!isHoldfastError(error, "not_found") && systemCode(error as Error) !== "ENOTDIR")
      throw error;
    return null;
  }
}

function listed(backups: Verdicts): string {
  const lines = backups.map(({ file, contents, version, count, sizeBytes, madeAtMs, problem }) =>
    problem === null
      ? `backup     ${file}, version ${version}, ${count} ${contents}, ${sizeBytes} bytes, made ${new Date(madeAtMs!).toISOString()}`
      : `problem    ${file}: ${problem}`,
  );
  const problems = backups.filter(({ problem }) => problem !== null).length;
  return `${[...lines, verdict(problems)].join("\n")}\n`;
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

function problemsOf({ store, documents, log }: FolderReport): readonly string[] {
  return [...(log?.problems ?? []), ...store.problems, ...(documents?.problems ?? [])];
}

function logLines({ log }: FolderReport): readonly string[] {
  if (log === null) return [];
  const { owner, segments, sizeBytes, first, last, applied, tornBytes } = log;
  const place = applied === null ? "" : `; the rows hold all through ${applied}`;
  const torn = tornBytes === 0 ? "" : `, and ${tornBytes} bytes that were never acknowledged`;
  return [
    `node       ${owner.id} of cluster ${owner.cluster}`,
    `log        entries ${first} to ${last} in ${segments} files of ${sizeBytes} bytes${torn}${place}`,
  ];
}

function readable(report: FolderReport): string {
  const { store, documents } = report;
  const problems = problemsOf(report);
  const lines = [
    ...logLines(report),
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
