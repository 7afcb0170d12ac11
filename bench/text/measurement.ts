// All rows of one trace, and of the libraries' code.

import { aimOf } from "./aim.ts";
import { codeSize } from "./code_size.ts";
import type { Figures, TaskName } from "./job.ts";
import type { Options } from "./options.ts";
import type { PeerEntry } from "./peer.ts";
import { type Demands, type Outcome, Rounds } from "./rounds.ts";
import { type Row, rowOf } from "./row.ts";
import { readTrace, type TraceFile } from "./trace.ts";

const loads: readonly (readonly [TaskName, string])[] = [
  ["load", "load to text"],
  ["load-edit", "load to first edit"],
  ["load-merge", "load to first merge"],
];

const kinds = [
  ["history", "full history"],
  ["text", "without deleted text"],
] as const;

/** Measures a trace. */
export class Measurement {
  readonly rows: Row[] = [];
  readonly #trace: TraceFile;
  readonly #options: Options;
  readonly #rounds: Rounds;
  readonly #say: (line: string) => void;
  #isKeystrokes = false;

  constructor(trace: TraceFile, options: Options, say: (line: string) => void) {
    const demands: Demands = { runs: options.runs, convertSecondsMax: 180, taskSecondsMax: 60 };
    this.#trace = trace;
    this.#options = options;
    this.#say = say;
    this.#rounds = new Rounds(trace, options.peers, demands);
  }

  async run(): Promise<void> {
    const { modes } = this.#options;
    const { isConcurrent, transactions } = readTrace(this.#trace.path);
    const editCount = transactions.reduce((sum, { edits }) => sum + edits.length, 0);
    this.#isKeystrokes = isConcurrent && editCount <= 2 * transactions.length;
    await this.#rounds.convert(this.#say);
    const whole: readonly TaskName[] = isConcurrent
      ? ["merge", "stream"]
      : ["local", "merge", "stream"];
    for (const task of whole) {
      if (modes.some((mode) => mode === task)) await this.#times(task, [task]);
    }
    if (modes.includes("load")) for (const [task, what] of loads) await this.#times(what, [task]);
    if (modes.includes("save")) await this.#save();
    if (!modes.includes("memory")) return;
    const tasks = [...whole.map((task) => [task, task] as const), ...loads];
    for (const [task, what] of tasks) await this.#memory(what, task);
  }

  async #save(): Promise<void> {
    for (const [kind, words] of kinds) {
      const tasks: TaskName[] = [`save-${kind}-0`, `save-${kind}-1`];
      const ways = await this.#times(`save, ${words}`, tasks);
      this.#add(`file, ${words}`, "kB", ways, ({ sizeBytes }) => scaled(sizeBytes, 1e3));
    }
  }

  async #times(what: string, tasks: readonly TaskName[]): Promise<Outcomes[]> {
    const ways: Outcomes[] = [];
    for (const task of tasks) ways.push(await this.#rounds.measure("time", task));
    this.#add(what, "ms cold", ways, ({ coldMs }) => coldMs);
    this.#add(what, "ms warm", ways, ({ warmMs }) => warmMs);
    return ways;
  }

  async #memory(what: string, task: TaskName): Promise<void> {
    const outcomes = [await this.#rounds.measure("memory", task)];
    const add = (name: string, figureOf: (figures: Figures) => number | undefined) =>
      this.#add(`${name} after ${what}`, "MB", outcomes, (all) => scaled(figureOf(all), 1e6));
    add("memory", ({ retainedBytes }) => retainedBytes);
    if (task !== "load-edit" && task !== "load-merge")
      add("peak RSS", ({ peakRssBytes }) => peakRssBytes);
  }

  #add(
    what: string,
    unit: Row["unit"],
    ways: readonly Outcomes[],
    figureOf: (figures: Figures) => number | undefined,
  ): void {
    const aim = aimOf(what, unit, this.#isKeystrokes);
    const row = rowOf({ trace: this.#trace.name, what, unit, aim }, ways, figureOf);
    if (Object.keys(row.cells).length === 0) return;
    this.rows.push(row);
    const cells = Object.entries(row.cells).map(
      ([peer, cell]) => `${peer} ${typeof cell === "number" ? cell.toPrecision(3) : cell}`,
    );
    this.#say(`${row.trace}, ${what}, ${unit}: ${cells.join(", ")}`);
  }
}

type Outcomes = ReadonlyMap<PeerEntry, Outcome>;

function scaled(value: number | undefined, unit: number): number | undefined {
  return value === undefined ? undefined : value / unit;
}

/** Rows of what the libraries weigh. */
export async function measureCode(peers: readonly PeerEntry[]): Promise<Row[]> {
  const minified: Record<string, number> = {};
  const gzipped: Record<string, number> = {};
  for (const entry of peers) {
    const { minifiedBytes, gzippedBytes } = await codeSize(entry);
    minified[entry.name] = minifiedBytes / 1e3;
    gzipped[entry.name] = gzippedBytes / 1e3;
  }
  return [
    { trace: "", what: "code, minified", unit: "kB", aim: null, cells: minified },
    { trace: "", what: "code, gzipped", unit: "kB", aim: null, cells: gzipped },
  ];
}
