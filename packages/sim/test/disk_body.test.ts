// One file's bytes against naive models: what is read, and what a power loss may leave.

import { SeededRandom } from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FileBody, sectorSizeBytes } from "../src/disk/file_body.ts";
import type { Unsynced } from "../src/faults/fault.ts";

type Step =
  | { readonly kind: "append"; readonly count: number }
  | { readonly kind: "write"; readonly at: number; readonly count: number }
  | { readonly kind: "resize"; readonly size: number }
  | { readonly kind: "sync" | "failSync" | "claim" }
  | { readonly kind: "lose"; readonly unsynced: Unsynced };

const count = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 400, max: 3_000 }));
const changes = [
  fc.record({ kind: fc.constant("append" as const), count }),
  fc.record({ kind: fc.constant("write" as const), at: fc.nat(8_000), count }),
  fc.record({ kind: fc.constant("resize" as const), size: fc.nat(8_000) }),
  fc.record({ kind: fc.constant("sync" as const) }),
];
const losses = fc.record({
  kind: fc.constant("lose" as const),
  unsynced: fc.constantFrom<Unsynced>("lost", "torn", "kept"),
});
const failedSync = fc.record({ kind: fc.constant("failSync" as const) });
const claim = fc.record({ kind: fc.constant("claim" as const) });

/** Keeps everything that the file ever held since its last sync, whole. */
class NaiveFile {
  now: number[] = [];
  /** The first is what was synced. */
  moments: number[][] = [[]];
  /** Places synced and neither overwritten nor cut since. */
  safe = new Set<number>();

  put(at: number, bytes: readonly number[]): void {
    this.now.splice(at, bytes.length, ...bytes);
    for (let place = at; place < at + bytes.length; place += 1) this.safe.delete(place);
    this.moments.push([...this.now]);
  }

  resize(size: number): void {
    this.now = Array.from({ length: size }, (_, place) => this.now[place] ?? 0);
    for (const place of this.safe) if (place >= size) this.safe.delete(place);
    this.moments.push([...this.now]);
  }

  sync(): void {
    this.moments = [[...this.now]];
    this.safe = new Set(this.now.keys());
  }

  /** Null where `left` can be what a power loss leaves; else what is wrong. */
  fault(left: readonly number[]): string | null {
    if (!this.moments.some((moment) => moment.length === left.length)) return "a size of no moment";
    for (const place of this.safe) {
      if (left[place] !== this.now[place]) return `D1: byte ${place} was synced`;
    }
    for (let start = 0; start < left.length; start += sectorSizeBytes) {
      const sector = left.slice(start, start + sectorSizeBytes);
      const fits = (moment: readonly number[]): boolean =>
        sector.every((byte, index) => byte === (moment[start + index] ?? 0));
      if (!this.moments.some(fits)) return `D2: sector at ${start} is of no moment`;
    }
    return null;
  }
}

/** Plays steps on both. Bytes count up, so that each write is told from the others. */
function play(
  steps: readonly Step[],
  seed: number,
  check: (naive: NaiveFile, body: FileBody, unsynced: Unsynced) => void,
): void {
  const random = new SeededRandom(seed);
  const body = new FileBody();
  const naive = new NaiveFile();
  let written = 0;
  for (const step of steps) {
    switch (step.kind) {
      case "append":
      case "write": {
        const bytes = Array.from(
          { length: step.count },
          (_, index) => 1 + ((written + index) % 251),
        );
        written += 17;
        const at = step.kind === "append" ? naive.now.length : Math.min(step.at, naive.now.length);
        body.write(at, new Uint8Array(bytes));
        naive.put(at, bytes);
        break;
      }
      case "resize":
        body.resize(step.size);
        naive.resize(step.size);
        break;
      case "sync":
        body.sync();
        naive.sync();
        break;
      case "failSync":
        body.failSync();
        break;
      case "claim":
        body.claim();
        break;
      case "lose": {
        const before = [...naive.now];
        const loss = body.losePower(step.unsynced, random);
        check(naive, body, step.unsynced);
        const left = [...body.slice(0, body.sizeBytes)];
        expect(loss.lost > 0, "a loss is told exactly when there is one").toBe(!same(left, before));
        if (!steps.some(({ kind }) => kind === "claim")) expect(loss.lied).toBe(0);
        expect([...body.durable()]).toEqual(left);
        naive.now = left;
        naive.sync();
        break;
      }
    }
    const whole = body.slice(0, body.sizeBytes);
    expect(same([...whole], naive.now), "what is read is what was written").toBe(true);
    if (steps.every(({ kind }) => kind !== "failSync")) {
      expect(same([...body.durable()], naive.moments[0]!), "what was synced").toBe(true);
    }
  }
}

function same(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

const seeds = fc.nat();
const options = { numRuns: 300 };

describe("FileBody", () => {
  test("D1 D2: after a power loss every sector is of some moment since the sync, and what was synced is there", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(...changes, losses), { maxLength: 25 }),
        seeds,
        (steps, seed) => {
          play([...steps, { kind: "lose", unsynced: "torn" }], seed, (naive, body, unsynced) => {
            const left = [...body.slice(0, body.sizeBytes)];
            if (unsynced === "lost") expect(same(left, naive.moments[0]!)).toBe(true);
            else if (unsynced === "kept") expect(same(left, naive.now)).toBe(true);
            else expect(naive.fault(left)).toBeNull();
          });
        },
      ),
      options,
    );
  });

  test("lying syncs change nothing of that", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(...changes, claim, losses), { maxLength: 25 }),
        seeds,
        (steps, seed) => {
          play([...steps, { kind: "lose", unsynced: "torn" }], seed, (naive, body) => {
            expect(naive.fault([...body.slice(0, body.sizeBytes)])).toBeNull();
          });
        },
      ),
      options,
    );
  });

  test("failed syncs change nothing of what is read", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(...changes, failedSync, losses), { maxLength: 25 }),
        seeds,
        (steps, seed) => {
          play(steps, seed, () => undefined);
        },
      ),
      options,
    );
  });

  test("pages of a failed sync are left out by the next one, unless written to again", () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 100; seed += 1) {
      const body = new FileBody();
      body.write(0, new Uint8Array(5_000).fill(1));
      body.failSync();
      body.write(4_999, new Uint8Array([2]));
      body.sync();
      expect(body.slice(0, 5_000)[0]).toBe(1);
      body.losePower("kept", new SeededRandom(seed));
      const left = body.slice(0, 5_000);
      expect(left.subarray(4_096, 4_999).every((byte) => byte === 1)).toBe(true);
      expect(left[4_999]).toBe(2);
      outcomes.add(`${left[0]}${left[4_095]}`);
    }
    expect([...outcomes].sort()).toEqual(["00", "01", "10", "11"]);
  });

  test("what a lying sync claimed is told when it is lost, and only then", () => {
    const body = new FileBody();
    const random = new SeededRandom(1);
    body.write(0, new Uint8Array([1, 2]));
    expect(body.claim()).toBe(true);
    expect(body.claim()).toBe(false);
    body.write(2, new Uint8Array([3]));
    expect(body.losePower("lost", random)).toEqual({ lost: 2, lied: 2 });
    body.write(0, new Uint8Array([1, 2]));
    body.claim();
    body.sync();
    body.write(2, new Uint8Array([3]));
    expect(body.losePower("lost", random)).toEqual({ lost: 2, lied: 0 });
    body.write(1, new Uint8Array([2]));
    body.claim();
    expect(body.losePower("lost", random)).toEqual({ lost: 0, lied: 0 });
  });

  test("B1: what was cut off does not come back when the file grows again", () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const body = new FileBody();
      body.write(0, new Uint8Array(1_000).fill(1));
      body.sync();
      body.resize(500);
      body.sync();
      body.resize(1_000);
      body.losePower("torn", new SeededRandom(seed));
      expect(body.slice(500, 1_000).every((byte) => byte === 0)).toBe(true);
      body.resize(1_000);
      body.sync();
      expect(body.durable().subarray(500)).toEqual(new Uint8Array(500));
    }
  });

  test("rot turns over one bit, of what is read and of what survives", () => {
    const random = new SeededRandom(1);
    const body = new FileBody();
    expect(body.rot(random)).toBe(false);
    body.write(0, new Uint8Array(2_000));
    expect(body.rot(random)).toBe(false);
    body.sync();
    body.write(0, new Uint8Array(1_000));
    expect(body.rot(random)).toBe(true);
    const read = body.slice(0, 2_000);
    expect(read.reduce((sum, byte) => sum + byte, 0)).toBeGreaterThan(0);
    expect(body.durable()).toEqual(read);
    body.losePower("torn", random);
    expect(body.slice(0, 2_000)).toEqual(read);
  });

  test("an append does not copy the file, and what is synced needs no more memory than twice itself", () => {
    const body = new FileBody();
    const piece = new Uint8Array(100).fill(7);
    // Quadratic work would be 20 TB of copies, which no machine does while one waits.
    for (let index = 0; index < 200_000; index += 1) {
      body.write(body.sizeBytes, piece);
      if (index % 10 === 0) body.sync();
    }
    expect(body.sizeBytes).toBe(20_000_000);
  });
});
