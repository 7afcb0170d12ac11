// The command, as a process of its own.

import { run } from "./program.ts";

await run(process.argv.slice(2));
