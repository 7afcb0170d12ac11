// holdfast sim-worker: one of the processes of `holdfast sim`; of no use by hand.

import { playAsWorker } from "@holdfast/scenarios/node";
import type { Command } from "commander";
import { exitCodes } from "../exit_code.ts";
import { CommandFailure } from "../failure.ts";
import { workerVerb } from "../sim/many_seeds.ts";

/** Adds the verb, unlisted. */
export function addSimWorker(program: Command): void {
  program.command(workerVerb, { hidden: true }).action(async () => {
    if (process.send === undefined) {
      throw new CommandFailure(exitCodes.usage, "This is a part of holdfast sim. Run that.");
    }
    await playAsWorker();
  });
}
