// What a sync of this disk takes: the floor under everything that is durable.

import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { median } from "./rounds.ts";

const syncs = 100;

/** The median of appends of 4 KiB, each followed by fdatasync, in milliseconds. */
export async function diskSyncMs(folder: string): Promise<number> {
  const path = join(folder, "sync");
  const file = await open(path, "w");
  const times: number[] = [];
  for (let index = 0; index < syncs; index += 1) {
    await file.write(new Uint8Array(4096));
    const begun = performance.now();
    await file.datasync();
    times.push(performance.now() - begun);
  }
  await file.close();
  await rm(path);
  return median(times);
}
