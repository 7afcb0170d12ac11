// Planted bugs: that each can be planted, and that those which transcripts and the
// explorer find are found. `npm run mutants:raft` hunts all of them; by chance it takes
// minutes.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hunt } from "./mutants/hunt.ts";
import { mutants } from "./mutants/list.ts";

const sources = join(import.meta.dirname, "../src");

test("each has a text to replace that is there once, and a name of its own", () => {
  for (const { id, file, find, replace } of mutants) {
    const pieces = readFileSync(join(sources, file), "utf8").split(find);
    expect([id, pieces.length, find === replace]).toEqual([id, 2, false]);
  }
  expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
});

const quick = mutants.filter(({ by }) => by === "transcripts" || by === "explore");

test.each(quick)("$id falls", async (mutant) => {
  const { found } = await hunt(mutant, 1);
  expect(found).not.toBe(null);
});
