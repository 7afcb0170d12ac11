// What a builder makes of events, and what it refuses.

import { HistoryBuilder } from "@holdfast/check";
import { expect, test } from "vitest";

test("makes operations of events, in the order in which they were asked for", () => {
  const builder = new HistoryBuilder<string, number>();
  builder.invoke("ann", "read");
  builder.invoke("bob", "write 2");
  builder.invoke("cy", "write 3");
  builder.invoke("dan", "write 4");
  builder.fail("bob");
  builder.info("cy");
  builder.ok("ann", 1);
  expect(builder.build()).toEqual([
    { process: "ann", input: "read", outcome: "ok", output: 1, invokedAt: 0, completedAt: 6 },
    {
      process: "bob",
      input: "write 2",
      outcome: "fail",
      output: undefined,
      invokedAt: 1,
      completedAt: 4,
    },
    {
      process: "cy",
      input: "write 3",
      outcome: "info",
      output: undefined,
      invokedAt: 2,
      completedAt: Infinity,
    },
    {
      process: "dan",
      input: "write 4",
      outcome: "info",
      output: undefined,
      invokedAt: 3,
      completedAt: Infinity,
    },
  ]);
});

test("takes times that are told", () => {
  const builder = new HistoryBuilder<string, number>();
  builder.invoke("ann", "read", 10.5);
  builder.ok("ann", 1, 10.5);
  builder.invoke("ann", "read", 12);
  expect(builder.build().map(({ invokedAt, completedAt }) => [invokedAt, completedAt])).toEqual([
    [10.5, 10.5],
    [12, Infinity],
  ]);
});

test("refuses what can't have happened, and keeps nothing of it", () => {
  const builder = new HistoryBuilder<string, number>();
  const refused = { code: "invalid_argument" };
  expect(() => builder.ok("ann", 1)).toThrow(expect.objectContaining(refused));
  builder.invoke("ann", "read", 5);
  expect(() => builder.invoke("ann", "read", 6)).toThrow(expect.objectContaining(refused));
  expect(() => builder.invoke("bob", "read", 4)).toThrow(expect.objectContaining(refused));
  expect(() => builder.ok("ann", 1, Number.NaN)).toThrow(expect.objectContaining(refused));
  builder.ok("ann", 1, 6);
  expect(builder.build()).toHaveLength(1);
});
