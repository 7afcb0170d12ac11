// A cluster of three processes in a fresh folder, for one use, which leaves nothing behind.

import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Processes } from "./processes.ts";
import type { Running } from "./target.ts";
import { raft3 } from "./targets/holdfast.ts";

/**
 * Starts one, has `use` use it, and ends it, whatever happens.
 *
 * @param place - Where its data is to lie: a disk.
 * @throws {Error} Where it can't start, with what to do; what `use` throws.
 */
export async function onRaft3(
  name: string,
  place: string,
  use: (running: Running) => Promise<void>,
): Promise<void> {
  const problem = raft3.missing();
  if (problem !== null) throw new Error(problem);
  const folder = mkdtempSync(join(place, `holdfast-${name}-`));
  const processes = new Processes();
  const end = async () => {
    await processes.end();
    rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => void end().finally(() => process.exit(130)));
  }
  try {
    await use(await raft3.start(folder, processes));
  } finally {
    await end();
  }
}
