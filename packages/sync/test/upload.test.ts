// The window of an upload, and starting over.

import { VersionVector } from "@holdfast/causality";
import { describe, expect, test } from "vitest";
import type { Arrival } from "../src/index.ts";
import { Upload, windowBundles, windowSizeBytes } from "../src/upload.ts";
import { FakeWriter } from "./naive_holdings.ts";
import { agentA, notes } from "./peers.ts";

function started(): Upload {
  const upload = new Upload(new VersionVector(), new VersionVector());
  expect(upload.next()).toEqual({ type: "read" });
  return upload;
}

function take(upload: Upload, writer: FakeWriter, payloadSizeBytes = 1): void {
  const bytes = writer.write(undefined, payloadSizeBytes);
  upload.take({ bytes, arrival: writer.seq as Arrival });
}

const upTo = (count: number): VersionVector => new VersionVector([[agentA, count]]);

describe("an upload", () => {
  test("UP1: takes so many bundles, or so many bytes, and goes on as they are answered", () => {
    const many = started();
    const writer = new FakeWriter(agentA, notes);
    while (many.wants) take(many, writer);
    expect(writer.seq).toBe(windowBundles);
    many.readEnded(false);
    expect(many.next()).toBe(null);
    expect(many.saved(10, upTo(10))).toBe(true);
    expect(many.next()).toEqual({ type: "read" });
    const big = started();
    const bigWriter = new FakeWriter(agentA, notes);
    while (big.wants) take(big, bigWriter, 60_000);
    expect(bigWriter.seq).toBe(Math.ceil(windowSizeBytes / 60_056));
  });

  test("UP3: after a refusal it starts over when all is answered, from what is held", () => {
    const upload = started();
    const writer = new FakeWriter(agentA, notes);
    for (let count = 0; count < 3; count += 1) take(upload, writer);
    upload.readEnded(false);
    upload.refused(null);
    expect(upload.wants).toBe(false);
    expect(upload.next()).toBe(null);
    upload.saved(2, upTo(1));
    expect(upload.next()).toBe(null);
    upload.saved(3, new VersionVector());
    expect(upload.next()).toEqual({ type: "pause", delayMs: 0 });
    expect(upload.next()).toBe(null);
    upload.retry();
    expect(upload.next()).toEqual({ type: "read" });
    expect(upload.position.known.next(agentA)).toBe(1);
    expect(upload.position.after).toBe(0);
  });

  test("UP2: after a refusal, what has yet to be compared still goes one by one", () => {
    const upload = new Upload(new VersionVector(), upTo(3));
    const writer = new FakeWriter(agentA, notes);
    upload.next();
    take(upload, writer);
    expect(upload.wants).toBe(false);
    upload.readEnded(false);
    upload.refused(null);
    upload.saved(1, new VersionVector());
    expect(upload.next()).toMatchObject({ type: "pause" });
    upload.retry();
    const again = new FakeWriter(agentA, notes);
    take(upload, again);
    expect(upload.wants).toBe(false);
    upload.saved(2, upTo(1));
    expect(upload.wants).toBe(true);
  });

  test("refusals in a row make the pauses longer; something saved makes them short again", () => {
    const upload = started();
    upload.readEnded(false);
    const pauses: number[] = [];
    for (let count = 0; count < 9; count += 1) {
      upload.refused(null);
      const duty = upload.next();
      if (duty?.type === "pause") pauses.push(duty.delayMs);
      upload.retry();
      expect(upload.next()).toEqual({ type: "read" });
      upload.readEnded(false);
    }
    expect(pauses).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500, 30_000, 30_000, 30_000]);
    upload.saved(0, upTo(1));
    upload.refused(null);
    expect(upload.next()).toEqual({ type: "pause", delayMs: 0 });
  });

  test("an acknowledgement of what was never sent makes no sense", () => {
    expect(started().saved(1, new VersionVector())).toBe(false);
  });
});
