// What the command takes.

import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { type Operation, operations } from "./load.ts";
import type { Target } from "./target.ts";
import { targets } from "./targets/index.ts";

export interface Options {
  readonly targets: readonly Target[];
  /** `all`: what the aims ask for. */
  readonly op: Operation | "all" | "latency" | "failover" | "grow";
  readonly inFlight: number | null;
  /** Connections of each client; null is what is best for its target. */
  readonly connections: number | null;
  readonly seconds: number;
  readonly rounds: number;
  readonly keys: number;
  /** Calls a second for `latency`; null is nine tenths of what etcd3 does. */
  readonly rate: number | null;
  readonly folder: string;
  readonly json: string | null;
}

const special = ["all", "latency", "failover", "grow"] as const;
const usage = `npm run bench:store -- [options]
  --only NAMES     of ${targets.map(({ name }) => name).join(",")}; all unless told
  --op OP          ${[...special, ...operations].join(", ")}
  --inflight N     calls at once, in place of the operation's own number
  --connections N  of each client, in place of what is best for its target
  --seconds S      of each measurement; 3
  --rounds N       measurements of each, in turn; 3
  --keys N         in the store; 10000, for grow 1000000 (the aim: 10000000)
  --rate N         calls a second for latency
  --folder DIR     where the data lies: a disk
  --json FILE      writes all figures and ratios`;

/** @throws {Error} With what to do. */
export function readOptions(args: readonly string[]): Options {
  const text = { type: "string" } as const;
  const names = [
    "only",
    "op",
    "inflight",
    "connections",
    "seconds",
    "rounds",
    "keys",
    "rate",
    "folder",
    "json",
  ] as const;
  const options = Object.fromEntries(names.map((name) => [name, text])) as Record<
    (typeof names)[number],
    typeof text
  >;
  let values: Partial<Record<(typeof names)[number], string>>;
  try {
    ({ values } = parseArgs({ args: [...args], options }));
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${usage}`);
  }
  const number = (name: (typeof names)[number]): number | null => {
    const value = values[name];
    if (value === undefined) return null;
    if (!(Number(value) > 0)) throw new Error(`--${name} ${value}: not a number above 0\n${usage}`);
    return Number(value);
  };
  const op = [...special, ...operations].find((known) => known === (values.op ?? "all"));
  if (op === undefined) throw new Error(`--op ${values.op}\n${usage}`);
  return {
    targets: values.only === undefined ? targets : values.only.split(",").map(targetOf),
    op,
    inFlight: number("inflight"),
    connections: number("connections"),
    seconds: number("seconds") ?? 3,
    rounds: number("rounds") ?? 3,
    keys: number("keys") ?? keysOf(op),
    rate: number("rate"),
    folder: values.folder ?? tmpdir(),
    json: values.json ?? null,
  };
}

function targetOf(name: string): Target {
  const target = targets.find((known) => known.name === name);
  if (target === undefined) throw new Error(`--only ${name}\n${usage}`);
  return target;
}

function keysOf(op: Options["op"]): number {
  return op === "grow" ? 1_000_000 : 10_000;
}
