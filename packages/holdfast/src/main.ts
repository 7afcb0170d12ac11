// The command, as a process of its own.

import { exitCodes } from "./exit_code.ts";
import { run } from "./program.ts";

try {
  await run(process.argv.slice(2));
} catch (error) {
  // Node's own code for this is 1, which says that what was looked at is wrong.
  console.error(error);
  process.exit(exitCodes.defect);
}
