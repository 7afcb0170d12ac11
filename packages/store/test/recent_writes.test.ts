// The committer's memory of what was written: bounded, and never wrongly silent.

import { SeededRandom } from "@holdfast/std";
import { expect, test } from "vitest";
import type { KeyText } from "../src/key.ts";
import { ReadSet } from "../src/read_set.ts";
import { RecentWrites, recentBytesMax } from "../src/recent_writes.ts";
import type { CommitVersion } from "../src/store.ts";
import { WriteSet } from "../src/write_set.ts";

const version = (n: number) => n as CommitVersion;

function reading(key: string): ReadSet {
  const reads = new ReadSet();
  reads.addPoint(key as KeyText);
  return reads;
}

function writing(key: string): WriteSet {
  const writes = new WriteSet();
  writes.set(key as KeyText, new Uint8Array(100_000));
  return writes;
}

test("ST4: a write is found by those whose snapshot is older, and by no others", () => {
  const recent = new RecentWrites(version(10));
  recent.add(version(11), writing("a"));
  recent.add(version(13), writing("b"));
  expect(recent.touch(reading("a"), version(10))).toBe(true);
  expect(recent.touch(reading("a"), version(11))).toBe(false);
  expect(recent.touch(reading("b"), version(12))).toBe(true);
  expect(recent.touch(reading("b"), version(13))).toBe(false);
  expect(recent.touch(reading("c"), version(10))).toBe(false);
});

test("ST4: what was forgotten counts as touched, for those who are older", () => {
  const recent = new RecentWrites(version(10));
  expect(recent.touch(reading("c"), version(9))).toBe(true);
  recent.add(version(11), writing("a"));
  recent.add(version(12), writing("b"));
  recent.forgetUpTo(version(11));
  expect(recent.touch(reading("c"), version(10))).toBe(true);
  expect(recent.touch(reading("c"), version(11))).toBe(false);
});

test("ST10: memory is bounded, whatever is written, and values are not kept", () => {
  const recent = new RecentWrites(version(0));
  const random = new SeededRandom(1);
  const longest = 10_000;
  const commits = Math.ceil((recentBytesMax / longest) * 1.5);
  for (let count = 1; count <= commits; count += 1) {
    const key = `${count}${"x".repeat(longest - 10)}${random.u32() % 10}`;
    recent.add(version(count), writing(key));
  }
  expect(recent.touch(reading("c"), version(0))).toBe(true);
  expect(recent.touch(reading("c"), version(Math.floor(commits / 4)))).toBe(true);
  expect(recent.touch(reading("c"), version(Math.floor(commits / 2)))).toBe(false);
});

test("ST4: a write is found though its values were given up, and so are spans", () => {
  const recent = new RecentWrites(version(0));
  const first = writing("a");
  first.clearSpan({ start: "s" as KeyText, end: "t" as KeyText });
  recent.add(version(1), first);
  for (let count = 2; count <= 100; count += 1) recent.add(version(count), writing(`b${count}`));
  expect(recent.touch(reading("a"), version(0))).toBe(true);
  expect(recent.touch(reading("sx"), version(0))).toBe(true);
  expect(recent.touch(reading("b50"), version(49))).toBe(true);
  expect(recent.touch(reading("b50"), version(50))).toBe(false);
  expect(recent.touch(reading("c"), version(0))).toBe(false);
  recent.forgetUpTo(version(60));
  for (let count = 101; count <= 160; count += 1) recent.add(version(count), writing(`b${count}`));
  for (let count = 61; count <= 160; count += 1) {
    expect(recent.touch(reading(`b${count}`), version(count - 1))).toBe(true);
    expect(recent.touch(reading(`b${count}`), version(count))).toBe(false);
  }
});
