// Transcripts: what nodes do and say, as a person reads it. A line without a margin is
// a command, what stands below it with a margin is what came of it; `--update` writes
// the latter anew. See golden/raft/README.md for the words.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { played, transcriptsIn } from "./differing_transcripts.ts";

const folder = join(import.meta.dirname, "golden", "raft");

describe("what nodes do stands in the transcript", () => {
  test.each(transcriptsIn(folder))("%s", async (name) => {
    const path = join(folder, name);
    await expect(played(readFileSync(path, "utf8"))).toMatchFileSnapshot(path);
  });
});
