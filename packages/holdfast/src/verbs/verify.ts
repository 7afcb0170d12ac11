// holdfast verify: checks a folder of documents.

import type { Command } from "commander";

/** Adds the verb. */
export function addVerify(program: Command): void {
  program.command("verify");
}
