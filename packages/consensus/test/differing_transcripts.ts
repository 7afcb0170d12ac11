// Plays transcripts again: what came of each, and which differ from what is written.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ScriptedCluster } from "./transcript_cluster.ts";

/** The files of transcripts in a folder. */
export function transcriptsIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".txt"))
    .sort();
}

/** Carries out the commands of a transcript; the same text, with what came of them now. */
export function played(text: string): string {
  const cluster = new ScriptedCluster();
  const lines: string[] = [];
  for (const line of text.trimEnd().split("\n")) {
    if (line.startsWith("  ")) continue;
    lines.push(line);
    if (line === "" || line.startsWith("#")) continue;
    lines.push(...cluster.run(line).map((said) => `  ${said}`));
  }
  return `${lines.join("\n")}\n`;
}

/** The names of transcripts that come out differently, or throw. */
export function differingTranscripts(folder: string): readonly string[] {
  return transcriptsIn(folder).filter((name) => {
    const text = readFileSync(join(folder, name), "utf8");
    try {
      return played(text) !== text;
    } catch {
      return true;
    }
  });
}
