// Measures what it brings to write zeros ahead of a log: two files take turns, one that grows
// with each batch, one in which batches take the place of zeros.
//
//   npm run bench:disk -- [FOLDER]

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DiskFile } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";

const rounds = 1_000;
const aheadBytes = 1_048_576;

interface Way {
  readonly name: string;
  readonly add: (batch: Uint8Array) => Promise<void>;
  readonly ms: number[];
}

function growing(file: DiskFile): Way["add"] {
  return async (batch) => {
    await file.append(batch);
    await file.sync();
  };
}

function ahead(file: DiskFile): Way["add"] {
  let [sizeBytes, fileBytes] = [0, 0];
  return async (batch) => {
    if (sizeBytes + batch.length > fileBytes) {
      await file.append(new Uint8Array(aheadBytes));
      fileBytes += aheadBytes;
    }
    await file.write(sizeBytes, batch);
    await file.sync();
    sizeBytes += batch.length;
  };
}

async function measure(folder: string, batchBytes: number): Promise<void> {
  const { disk, clock } = nodeWorld();
  const files = [
    await disk.open(join(folder, `growing-${batchBytes}`), { create: true }),
    await disk.open(join(folder, `ahead-${batchBytes}`), { create: true }),
  ];
  const ways: readonly Way[] = [
    { name: "growing", add: growing(files[0]!), ms: [] },
    { name: "ahead", add: ahead(files[1]!), ms: [] },
  ];
  const batch = new Uint8Array(batchBytes).fill(7);
  for (let round = 0; round < rounds; round += 1) {
    for (const { add, ms } of round % 2 === 0 ? ways : [...ways].reverse()) {
      const beganMs = clock.now();
      await add(batch);
      ms.push(clock.now() - beganMs);
    }
  }
  for (const file of files) await file.close();
  for (const { name, ms } of ways) {
    const sorted = ms.sort((one, other) => one - other);
    const at = (part: number) => sorted[Math.floor(part * rounds)]!.toFixed(3);
    console.log(
      `${batchBytes} bytes, ${name}: ms a sync, 25 % ${at(0.25)}, median ${at(0.5)}, 75 % ${at(0.75)}, 99 % ${at(0.99)}`,
    );
  }
}

const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), "holdfast-bench-"));
try {
  for (const batchBytes of [400, 20_000]) await measure(folder, batchBytes);
} finally {
  rmSync(folder, { recursive: true });
}
