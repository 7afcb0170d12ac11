// Strangers' bytes take little memory: frames, keys and vectors, measured by
// memory_probe.ts. Documents have a probe of their own.

import { expect, test } from "vitest";
import { overBound, runProbe } from "../../../tools/hostile/run_probe.ts";

test("frames, keys and vectors stay below 64 KiB plus 16 times the input", () => {
  const rows = runProbe(new URL("./memory_probe.ts", import.meta.url));
  expect(rows.length).toBeGreaterThan(80);
  expect(overBound(rows)).toEqual([]);
});
