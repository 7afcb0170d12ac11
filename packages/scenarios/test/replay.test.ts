// Recorded histories through real clients, real sockets and a real server: our
// own always, the public ones where HOLDFAST_TRACES names their folder. Those
// that take minutes, and the public ones in 20 orders, are in long/replay.test.ts.

import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseTrace } from "../src/replay/trace.ts";
import { record } from "./record.ts";
import { readExpectation, readTrace, replayFile } from "./replay_file.ts";

const seed = Number(process.env.HOLDFAST_SEED ?? 20261123);
const ours = fileURLToPath(new URL("./fixtures/", import.meta.url));

describe("traces recorded by our own clients", () => {
  for (const name of readdirSync(ours)) {
    test(`${name}: 20 replicas in other orders end with its text; one bundle for each transaction`, async () => {
      const trace = readTrace(ours, name);
      const result = await replayFile(trace, { seed, orders: 20 });
      expect(result.converged).toBe(true);
      expect(result.text).toBe(trace.endContent);
      expect(result.bundles).toBe(
        trace.transactions.filter(({ patches }) => patches.length > 0).length,
      );
    });
  }
});

test("what our clients record now ends with the same text when it is replayed", async () => {
  const trace = parseTrace(await record(seed, 3, 40));
  const result = await replayFile(trace, { seed, orders: 2 });
  expect(result.converged).toBe(true);
  expect(result.text).toBe(trace.endContent);
});

describe("public traces", () => {
  const folder = process.env.HOLDFAST_TRACES;
  for (const [name, orders] of [
    ["friendsforever.json.gz", 5],
    ["friendsforever_flat.json.gz", 1],
    ["sveltecomponent.json.gz", 1],
  ] as const) {
    test(`${name} in ${orders} orders`, { timeout: 300_000 }, async (context) => {
      if (folder === undefined) {
        context.skip(
          "HOLDFAST_TRACES is not set: it names the folder of the public editing traces",
        );
        return;
      }
      const trace = readTrace(folder, name);
      const result = await replayFile(trace, { seed, orders });
      expect(result.converged).toBe(true);
      expect(readExpectation(folder, name)).toBe("endContent");
      expect(result.text).toBe(trace.endContent);
    });
  }
});

test("positions count code points: a trace with characters of two units ends as written", async () => {
  const trace = parseTrace(
    JSON.stringify({
      startContent: "",
      endContent: "a🐢c🚀",
      txns: [
        { patches: [[0, 0, "🐢🦊🚀"]] },
        {
          patches: [
            [0, 0, "a"],
            [2, 1, "c"],
          ],
        },
      ],
    }),
  );
  const result = await replayFile(trace, { seed, orders: 1 });
  expect(result.text).toBe("a🐢c🚀");
});

test("a transaction that can't have been made is named", async () => {
  const txns = [{ patches: [[0, 0, "a"]] }, { patches: [[7, 0, "b"]] }];
  const trace = parseTrace(JSON.stringify({ startContent: "", endContent: "ab", txns }));
  await expect(replayFile(trace, { seed, orders: 1 })).rejects.toMatchObject({
    code: "corrupt",
    message: expect.stringContaining("txns[1]"),
  });
});

test("a replay that ends otherwise than the trace says so", async () => {
  const trace = { ...readTrace(ours, "calm.json"), endContent: "something else" };
  const result = await replayFile(trace, { seed, orders: 1 });
  expect(result.text).not.toBe(trace.endContent);
  expect(result.converged).toBe(true);
});
