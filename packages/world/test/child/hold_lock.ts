// Holds the lock on the path that it is given, until it is killed.

import { nodeWorld } from "@holdfast/world/node";

const { clock, disk } = nodeWorld();
await disk.lock(process.argv[2]!);
console.log("held");
await clock.sleep(1_000_000);
