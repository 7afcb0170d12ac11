// A worker that dies when it is to play one seed, or at once for 0. Argument: that seed.

import { playAsWorker, type SeedTask } from "../../src/node/worker.ts";

const deadly = Number(process.argv[2]);
if (deadly === 0) process.kill(process.pid, "SIGKILL");
process.on("message", (order: { readonly task?: SeedTask }) => {
  if (order.task?.seed === deadly) process.kill(process.pid, "SIGKILL");
});
await playAsWorker();
