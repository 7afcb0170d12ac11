// holdfast backup: adds a backup of a server's store to a folder of them.

import { backupFolder } from "@holdfast/server/node";
import { isHoldfastError } from "@holdfast/std";
import { type Command, Option } from "commander";
import { exitCodes } from "../exit_code.ts";
import { CommandFailure } from "../failure.ts";

interface BackupFlags {
  readonly key?: string;
  readonly full: boolean;
}

/** Adds the verb. */
export function addBackup(program: Command): void {
  program
    .command("backup")
    .description(
      "add a backup to a folder of backups: of all, or of what changed where the server keeps that",
    )
    .argument("<source>", "the address of a server that runs, or a folder on which none does")
    .argument("<backups>", "where backups are kept, a file each; made where it is missing")
    .addOption(new Option("--key <secret>", "the key of the server").env("HOLDFAST_KEY"))
    .option("--full", "back all up, also where what changed would do", false)
    .action(backup);
}

async function backup(source: string, backups: string, { key, full }: BackupFlags): Promise<void> {
  try {
    const made = await backupFolder({
      source,
      backups,
      full,
      ...(key === undefined ? {} : { key }),
    });
    const { file, sizeBytes, version, head, end } = made;
    process.stdout.write(
      `${backups}/${file}: ${end.count} ${head.contents}, ${sizeBytes} bytes, version ${version}\n`,
    );
  } catch (error) {
    throw inWords(error, source, backups);
  }
}

function inWords(error: unknown, source: string, backups: string): unknown {
  if (!isHoldfastError(error)) return error;
  const fail = (sentence: string) =>
    new CommandFailure(exitCodes.environment, sentence, { cause: error });
  const isServer = /^https?:/.test(source);
  switch (error.code) {
    case "locked":
      return error.message.includes(backups)
        ? fail(
            `Another backup into ${backups} is under way. Wait for it, or choose another folder.`,
          )
        : fail(
            `A server is running on ${source}. Back it up by its address, which it prints: holdfast backup http://127.0.0.1:4747 ${backups}`,
          );
    case "not_found":
      return fail(
        isServer ? `There is nothing to back up at ${source}.` : `There is no store in ${source}.`,
      );
    case "unauthenticated":
      return fail(`The server at ${source} asks for its key: --key or HOLDFAST_KEY.`);
    case "unavailable":
    case "truncated":
      return fail(
        `The backup was cut short: ${error.message}. Run the same command again; the backups that are there are untouched.`,
      );
    default:
      return error;
  }
}
