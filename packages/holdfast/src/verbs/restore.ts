// holdfast restore: makes a server's folder out of a backup.

import { restoreFolder } from "@holdfast/server/node";
import { isHoldfastError } from "@holdfast/std";
import { type Command, InvalidArgumentError } from "commander";
import { exitCodes } from "../exit_code.ts";
import { CommandFailure } from "../failure.ts";

interface RestoreFlags {
  readonly to?: number;
  readonly replace: boolean;
}

/** Adds the verb. */
export function addRestore(program: Command): void {
  program
    .command("restore")
    .description("make a folder for a server out of a backup")
    .argument("<backups>", "the folder that was given to backup")
    .argument("<folder>", "the folder for serve --data; made where it is missing")
    .option("--to <version>", "the version to restore; the newest unless given", parseVersion)
    .option("--replace", "give up what the folder holds", false)
    .action(restore);
}

async function restore(backups: string, folder: string, flags: RestoreFlags): Promise<void> {
  try {
    const { to: version = null, replace } = flags;
    const restored = await restoreFolder({ backups, dataFolder: folder, version, replace });
    process.stdout.write(
      `${folder}: version ${restored.version}, from ${restored.files.join(", ")}. Clients send again what it lacks.\n`,
    );
  } catch (error) {
    throw inWords(error, backups, folder);
  }
}

function inWords(error: unknown, backups: string, folder: string): unknown {
  if (!isHoldfastError(error)) return error;
  const fail = (sentence: string) =>
    new CommandFailure(exitCodes.environment, sentence, { cause: error });
  switch (error.code) {
    case "locked":
      return fail(`A server is running on ${folder}. Stop it, or restore into another folder.`);
    case "invalid_argument":
      return fail(
        `${folder} holds a store already. Restore into another folder, or say --replace to give up what it holds.`,
      );
    case "not_found":
      return fail(
        `Nothing was restored: ${error.message}. holdfast verify ${backups} lists the backups.`,
      );
    case "corrupt":
    case "truncated":
      return fail(
        `Nothing was restored: ${error.message}. holdfast verify ${backups} says which backups are whole; restore one of them with --to VERSION.`,
      );
    default:
      return error;
  }
}

function parseVersion(text: string): number {
  const version = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(version)) return version;
  throw new InvalidArgumentError("A version is a whole number, as verify prints it.");
}
