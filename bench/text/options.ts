// What the command takes.

import { parseArgs } from "node:util";
import type { PeerEntry } from "./peer.ts";
import { entries, entryOf } from "./peers/index.ts";

export const modes = ["local", "merge", "stream", "load", "save", "memory", "code"] as const;
export type Mode = (typeof modes)[number];

export interface Options {
  /** Folder of traces; null where none are needed. */
  readonly traces: string | null;
  /** Names of traces; null for all of the folder. */
  readonly only: readonly string[] | null;
  /** Ours is always among them. */
  readonly peers: readonly PeerEntry[];
  readonly modes: readonly Mode[];
  readonly runs: number;
  readonly json: string | null;
  readonly charts: boolean;
  readonly growth: boolean;
  /** Reports to show, in place of measuring. */
  readonly from: readonly string[] | null;
}

const usage = `npm run bench:text -- --traces DIR [options]
  --traces DIR   editing traces, .json or .json.gz
  --only NAMES   of traces; all of the folder unless told
  --peers NAMES  of ${entries.map(({ name }) => name).join(",")}; all unless told, ours always
  --modes NAMES  of ${modes.join(",")}; all unless told
  --runs N       processes for each figure; 5
  --json FILE    writes all figures and ratios
  --charts       draws the charts of bench/text/charts anew
  --growth       measures costs as histories grow: made-up ones, and repeated traces
  --from FILES   shows what --json wrote, and measures nothing`;

/** @throws {Error} With what to do. */
export function readOptions(args: readonly string[]): Options {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const known = { traces: text, only: text, peers: text, modes: text, runs: text, json: text };
  const options = { ...known, from: text, charts: flag, growth: flag };
  const values = parse();
  function parse() {
    try {
      return parseArgs({ args: [...args], options }).values;
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${usage}`);
    }
  }
  const { traces = null, growth, charts } = values;
  if (traces === null && values.from === undefined && !growth) throw new Error(usage);
  const runs = Number(values.runs ?? 5);
  if (!Number.isSafeInteger(runs) || runs < 1) throw new Error(`--runs ${values.runs}\n${usage}`);
  const ours = entries[0]!;
  const named = values.peers?.split(",").map(entryOf) ?? entries;
  return {
    traces,
    only: values.only?.split(",") ?? null,
    peers: [ours, ...named.filter((entry) => entry !== ours)],
    modes: values.modes?.split(",").map(modeOf) ?? modes,
    runs,
    json: values.json ?? null,
    charts,
    growth,
    from: values.from?.split(",") ?? null,
  };
}

function modeOf(name: string): Mode {
  const mode = modes.find((known) => known === name);
  if (mode === undefined) throw new Error(`--modes ${name}\n${usage}`);
  return mode;
}
