// The command: finds the verb, runs it, and turns what came of it into an exit code.
//
// A verb is one file in verbs/ that adds itself to the program and calls one package.

import { version } from "@holdfast/server/node";
import { Command, CommanderError } from "commander";
import { exitCodes } from "./exit_code.ts";
import { toFailure } from "./failure.ts";
import { addBackup } from "./verbs/backup.ts";
import { addCheck } from "./verbs/check.ts";
import { addCluster } from "./verbs/cluster.ts";
import { addDev } from "./verbs/dev.ts";
import { addReplay } from "./verbs/replay.ts";
import { addRestore } from "./verbs/restore.ts";
import { addServe } from "./verbs/serve.ts";
import { addSim } from "./verbs/sim.ts";
import { addSimWorker } from "./verbs/sim_worker.ts";
import { addStatus } from "./verbs/status.ts";
import { addVerify } from "./verbs/verify.ts";

const verbs = [
  addServe,
  addDev,
  addStatus,
  addCluster,
  addBackup,
  addRestore,
  addVerify,
  addReplay,
  addSim,
  addSimWorker,
  addCheck,
];

/** Does what a command line asks for, and sets the exit code of this process. */
export async function run(args: readonly string[]): Promise<void> {
  const program = programOf();
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
}

function programOf(): Command {
  const program = new Command("holdfast")
    .description("A local-first database: documents that merge, on a store that agrees.")
    .version(version, "-v, --version")
    .showHelpAfterError("(holdfast --help says more)")
    .exitOverride();

  for (const addVerb of verbs) addVerb(program);
  return program;
}

/** Of a failure that was foreseen, which is told. Others are defects, and thrown on. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) {
    // Its own code for every wrong call is 1; a verb may have another.
    return error.exitCode === 1 ? exitCodes.usage : error.exitCode;
  }
  const failure = toFailure(error);
  if (failure === null) throw error;
  process.stderr.write(`holdfast: ${failure.message}\n`);
  return failure.exitCode;
}
