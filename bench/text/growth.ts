// How the cost of an edit changes as a history grows: made-up histories, and traces that are
// repeated. Nothing may be quadratic.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { histories, repeated } from "./histories.ts";
import { dist } from "./installation.ts";
import type { TaskName } from "./job.ts";
import type { Options } from "./options.ts";
import type { PeerEntry } from "./peer.ts";
import { shortNumber } from "./report.ts";
import { Rounds } from "./rounds.ts";
import { listTraces, readTrace, type Trace, traceFile, writeTrace } from "./trace.ts";

/** A peer that took longer for a smaller size is not asked for a larger one. */
const secondsMax = 30;

/** A history's cost at each of its sizes. */
export interface Growth {
  readonly history: string;
  readonly task: string;
  readonly peer: string;
  readonly steps: readonly {
    readonly editCount: number;
    /** Of one edit, in the first pass of a process; a word where there is none. */
    readonly cost: number | string;
  }[];
}

interface Sized {
  readonly name: string;
  readonly steps: readonly { readonly size: number; make(): Trace }[];
}

/** Measures all histories, and the traces of the options' folder where there is one. */
export async function measureGrowth(
  options: Options,
  say: (line: string) => void,
): Promise<Growth[]> {
  const isWanted = ({ name }: { name: string }) => options.only?.includes(name) ?? true;
  const made = histories.filter(isWanted).map(({ name, sizes, make }): Sized => {
    return { name, steps: sizes.map((size) => ({ size, make: () => make(size) })) };
  });
  const files = options.traces === null ? [] : listTraces(options.traces, null);
  const traces = files.filter(isWanted).map(({ name, path }): Sized => {
    const make = (times: number) => () => repeated(readTrace(path), times);
    return { name, steps: [1, 4, 16].map((times) => ({ size: times, make: make(times) })) };
  });
  const all: Growth[] = [];
  for (const sized of [...traces, ...made]) all.push(...(await grow(sized, options, say)));
  return all;
}

async function grow(
  { name, steps }: Sized,
  { peers, runs }: Options,
  say: (line: string) => void,
): Promise<Growth[]> {
  const found = new Map<string, Growth["steps"][number][]>();
  const folder = join(dist, "growth");
  mkdirSync(folder, { recursive: true });
  for (const { size, make } of steps) {
    const path = join(folder, `${name.replaceAll(" ", "_")}_${size}.json`);
    const { editCount, tasks } = write(path, make());
    const able = peers.filter((entry) => tasks.some((task) => isAble(found, entry, task)));
    const demands = { runs, convertSecondsMax: 2 * secondsMax, taskSecondsMax: secondsMax };
    const rounds = new Rounds(traceFile(path), able, demands);
    await rounds.convert(say);
    for (const task of tasks) {
      for (const [entry, { figures, failure }] of await rounds.measure("time", task)) {
        const cost = figures === null ? (failure ?? "") : (figures.coldMs! * 1e3) / editCount;
        const key = keyOf(entry, task);
        found.set(key, [...(found.get(key) ?? []), { editCount, cost }]);
        say(`${name} ${size}, ${task}, ${entry.name}: ${cost}`);
      }
    }
  }
  return [...found].map(([key, all]) => {
    const [task, peer] = key.split(" ") as [string, string];
    return { history: name, task, peer, steps: all };
  });
}

// In a function of its own, so that the trace is garbage when it returns.
function write(path: string, trace: Trace) {
  writeTrace(path, trace);
  const editCount = trace.transactions.reduce((sum, { edits }) => sum + edits.length, 0);
  const tasks: TaskName[] = trace.isConcurrent
    ? ["merge", "stream", "load-merge"]
    : ["local", "merge", "load-merge"];
  return { editCount, tasks };
}

function isAble(
  found: ReadonlyMap<string, Growth["steps"]>,
  entry: PeerEntry,
  task: TaskName,
): boolean {
  return typeof (found.get(keyOf(entry, task))?.at(-1)?.cost ?? 0) === "number";
}

function keyOf(entry: PeerEntry, task: TaskName): string {
  return `${task} ${entry.name}`;
}

/** In Markdown: microseconds for an edit, and how many times the first size's the last one's are. */
export function growthText(all: readonly Growth[]): string {
  const lines = [
    "| history | task | peer | edits: µs each | last over first |",
    "| --- | --- | --- | --- | --: |",
  ];
  for (const { history, task, peer, steps } of all) {
    const costs = steps.map(({ editCount, cost }) => {
      const text = typeof cost === "number" ? shortNumber(cost) : cost;
      return `${editCount.toLocaleString("en")}: ${text}`;
    });
    const [first, last] = [steps[0]!.cost, steps.at(-1)!.cost];
    const isKnown = typeof first === "number" && typeof last === "number" && steps.length > 1;
    const ratio = isKnown ? shortNumber(last / first) : "";
    lines.push(`| ${[history, task, peer, costs.join(", "), ratio].join(" | ")} |`);
  }
  return lines.join("\n");
}
