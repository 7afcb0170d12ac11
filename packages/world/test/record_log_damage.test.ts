// The record log over files with anything wrong in them: it gives the first records
// as they were written and cuts the file there, or refuses and leaves it as it is.

import {
  concatBytes,
  encodeUtf8,
  equalBytes,
  isHoldfastError,
  SeededRandom,
  Writer,
} from "@holdfast/std";
import { expect, test } from "vitest";
import { damaged } from "../../../tools/hostile/damage.ts";
import { MemoryDisk, RecordLog } from "../src/index.ts";

const path = "log";

interface Opened {
  readonly records: readonly string[];
  readonly error: unknown;
  readonly left: Uint8Array;
}

async function openOver(bytes: Uint8Array): Promise<Opened> {
  const disk = new MemoryDisk();
  const file = await disk.open(path, { create: true });
  await file.append(bytes);
  const records: string[] = [];
  const onRecord = (payload: Uint8Array) => records.push(new TextDecoder().decode(payload));
  let error: unknown = null;
  try {
    const log = await RecordLog.open({ disk, path, purpose: "test", onRecord });
    await log.close();
  } catch (thrown) {
    error = thrown;
  }
  return { records, error, left: await file.read(0, await file.size()) };
}

/** A log of `count` records; those between two waits share a sync. */
async function logOf(random: SeededRandom, count: number) {
  const disk = new MemoryDisk();
  const log = await RecordLog.open({ disk, path, purpose: "test", onRecord: () => {} });
  const written: string[] = [];
  for (let index = 0; index < count; index += 1) {
    // Not two alike, and many of the byte that starts a record.
    written.push(`${index}${"H".repeat(Math.floor(random.next() * 30))}`);
    const appended = log.append(encodeUtf8(written[index]!));
    if (random.next() < 0.5) await appended;
  }
  await log.close();
  const file = await disk.open(path, { create: false });
  return { written, bytes: await file.read(0, await file.size()) };
}

test("a damaged file gives a prefix of its records, or is refused and stays as it is", async () => {
  const counts = { refused: 0, shorter: 0, whole: 0 };
  for (let seed = 0; seed < 4_000; seed += 1) {
    const random = new SeededRandom(seed);
    const { written, bytes } = await logOf(random, 1 + (seed % 12));
    const input = damaged(bytes, random);
    const { records, error, left } = await openOver(input);
    expect(records, `seed ${seed}`).toEqual(written.slice(0, records.length));
    if (error !== null) {
      if (!isHoldfastError(error, "corrupt", "unsupported_version")) throw error;
      expect(left, `seed ${seed}`).toEqual(input);
      counts.refused += 1;
      continue;
    }
    // What is left is the log of these records, and opens again as just that.
    expect(await openOver(left)).toEqual({ records, error: null, left });
    counts[records.length === written.length ? "whole" : "shorter"] += 1;
  }
  expect(counts.refused).toBeGreaterThan(700);
  expect(counts.shorter).toBeGreaterThan(700);
});

test("a file of random bytes gives no record", async () => {
  const random = new SeededRandom(1);
  const { bytes } = await logOf(random, 1);
  const head = bytes.subarray(0, 9);
  expect(new TextDecoder().decode(head.subarray(5))).toBe("test");
  let refused = 0;
  for (let round = 0; round < 3_000; round += 1) {
    const noise = random.bytes(round % 400);
    for (let at = 0; at < noise.length; at += 1) if (random.next() < 0.1) noise[at] = 0x48;
    const input = round % 2 === 0 ? noise : concatBytes([head, noise]);
    const { records, error, left } = await openOver(input);
    expect(records).toEqual([]);
    if (error === null) {
      expect(left).toEqual(head);
      continue;
    }
    if (!isHoldfastError(error, "corrupt", "unsupported_version")) throw error;
    expect(left).toEqual(input);
    refused += 1;
  }
  expect(refused).toBeGreaterThan(1_000);
});

test("a file of made-up heads is refused, and not searched for as long as they say", async () => {
  const { bytes } = await logOf(new SeededRandom(1), 0);
  const heads = new Writer(4_000_000);
  while (heads.sizeBytes < 4_000_000) {
    // Each claims half of the file, and that it came after the bad record, the first.
    heads
      .u8(0x48)
      .u32(0)
      .u32(2_000_000)
      .u32(0)
      .u32(bytes.length + 1);
  }
  const input = concatBytes([bytes, heads.finish()]);
  const { records, error, left } = await openOver(input);
  expect(records).toEqual([]);
  expect(isHoldfastError(error, "corrupt")).toBe(true);
  expect(equalBytes(left, input)).toBe(true);
});
