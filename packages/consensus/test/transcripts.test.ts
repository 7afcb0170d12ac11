// Transcripts: what nodes do and say, as a person reads it. A line without a margin is
// a command, what stands below it with a margin is what came of it; `--update` writes
// the latter anew. See golden/raft/README.md for the words.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ScriptedCluster } from "./transcript_cluster.ts";

const folder = join(import.meta.dirname, "golden", "raft");
const names = readdirSync(folder).filter((name) => name.endsWith(".txt"));

describe("what nodes do stands in the transcript", () => {
  test.each(names)("%s", async (name) => {
    const path = join(folder, name);
    const cluster = new ScriptedCluster();
    const lines: string[] = [];
    for (const line of readFileSync(path, "utf8").trimEnd().split("\n")) {
      if (line.startsWith("  ")) continue;
      lines.push(line);
      if (line === "" || line.startsWith("#")) continue;
      lines.push(...cluster.run(line).map((said) => `  ${said}`));
    }
    await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(path);
  });
});
