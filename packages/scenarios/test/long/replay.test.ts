// The public traces that take minutes, through real clients and a real server.
// Run by `npm run test:long`, with HOLDFAST_TRACES naming their folder.

import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { readExpectation, readTrace, replayFile } from "../replay_file.ts";

const folder = process.env.HOLDFAST_TRACES;
const seed = Number(process.env.HOLDFAST_SEED ?? 20261123);
const names =
  folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith(".gz"));

test.runIf(folder === undefined)("public traces", (context) => {
  context.skip("HOLDFAST_TRACES is not set: it names the folder of the public editing traces");
});

test.each(names)(
  "%s ends as expected, concurrent ones in 20 orders",
  { timeout: 3_600_000 },
  async (name) => {
    const trace = readTrace(folder!, name);
    const result = await replayFile(trace, { seed, orders: trace.agents > 1 ? 20 : 1 });
    expect(result.converged).toBe(true);
    if (readExpectation(folder!, name) !== "convergence")
      expect(result.text).toBe(trace.endContent);
  },
);
