// Every bug that is planted in Raft falls, those that chance finds within 200 seeds.

import { expect, test } from "vitest";
import { hunt } from "../mutants/hunt.ts";
import { mutants, seedsMax } from "../mutants/list.ts";

test.each(mutants)("$id falls", { timeout: 600_000 }, async (mutant) => {
  const { found, others } = await hunt(mutant, seedsMax);
  expect(found, others.join("; ")).not.toBeNull();
});
