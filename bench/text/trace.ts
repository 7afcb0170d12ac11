// Editing traces: recorded histories of one text, as files of a folder. A file that has
// `kind: "concurrent"` says of each transaction who made it and what its author saw; any
// other is one author's. Positions in files count code points, here UTF-16 units.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Edit, Transaction } from "./peer.ts";

export interface Trace {
  readonly isConcurrent: boolean;
  /** Agents are numbered in the order of their names, where the file has names: ties go by that. */
  readonly agentCount: number;
  readonly transactions: readonly Transaction[];
  /** Of a concurrent trace, what one library once came to; others may come to another text. */
  readonly endContent: string;
  /** Edits still count code points, which differ from units: a concurrent trace past the basic plane. */
  readonly inCodePoints: boolean;
}

/** A trace's file. */
export interface TraceFile {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
}

interface TraceJson {
  readonly kind?: "concurrent";
  readonly endContent: string;
  readonly numAgents?: number;
  readonly agentNames?: readonly string[];
  readonly txns: readonly {
    readonly agent?: number;
    readonly parents?: readonly number[];
    readonly patches: readonly Edit[];
  }[];
}

const ending = /\.json(\.gz)?$/;

/**
 * The traces of a folder, by name.
 *
 * @param only - Names to take, without their endings; null for all.
 * @throws {Error} Where one that is named is not there.
 */
export function listTraces(folder: string, only: readonly string[] | null): readonly TraceFile[] {
  const files = readdirSync(folder).filter((file) => ending.test(file) && file !== "expect.json");
  const names = files.map((file) => file.replace(ending, ""));
  for (const name of only ?? []) {
    if (!names.includes(name)) throw new Error(`no trace ${name}: ${names.join(", ")}`);
  }
  return files
    .filter((_, index) => only === null || only.includes(names[index]!))
    .map((file) => traceFile(join(folder, file)));
}

/** A file that holds a trace. */
export function traceFile(path: string): TraceFile {
  return {
    name: basename(path).replace(ending, ""),
    path,
    sha256: createHash("sha256").update(readFileSync(path)).digest("hex"),
  };
}

/**
 * True where every library must come to the end content: one author, or a file that
 * `expect.json` beside it says so of.
 */
export function expectsEndContent(path: string, { isConcurrent }: Trace): boolean {
  if (!isConcurrent) return true;
  const expectPath = join(dirname(path), "expect.json");
  if (!existsSync(expectPath)) return false;
  const expected = JSON.parse(readFileSync(expectPath, "utf8")) as Record<string, Expectation>;
  return expected[basename(path)]?.expect === "endContent";
}

interface Expectation {
  readonly expect: "endContent" | "convergence";
}

/** Writes a trace in the shape of the files that are read. */
export function writeTrace(path: string, trace: Trace): void {
  const { isConcurrent, agentCount, endContent, transactions } = trace;
  const json: TraceJson = {
    ...(isConcurrent ? { kind: "concurrent", numAgents: agentCount } : {}),
    endContent,
    txns: transactions.map(({ agent, parents, edits }) =>
      isConcurrent ? { agent, parents, patches: edits } : { patches: edits },
    ),
  };
  writeFileSync(path, JSON.stringify(json));
}

/** Reads a trace, gzipped or not. */
export function readTrace(path: string): Trace {
  const raw = readFileSync(path);
  const json = path.endsWith(".gz") ? gunzipSync(raw).toString("utf8") : raw.toString("utf8");
  return parseTrace(JSON.parse(json) as TraceJson);
}

/** A trace from what its file holds. */
export function parseTrace(json: TraceJson): Trace {
  const names = json.agentNames ?? [];
  const numbers = Array.from({ length: json.numAgents ?? 1 }, (_, index) => index);
  const ranked = [...numbers].sort((a, b) => {
    const [left, right] = [names[a] ?? "", names[b] ?? ""];
    return left === right ? a - b : left < right ? -1 : 1;
  });
  const rankOf = new Map(ranked.map((agent, rank) => [agent, rank]));
  const isConcurrent = json.kind === "concurrent";
  const isBasic = json.txns.every(({ patches }) =>
    patches.every(([, , inserted]) => !/[\uD800-\uDFFF]/.test(inserted)),
  );
  let text = "";
  const transactions = json.txns.map(({ agent, parents, patches }, index) => {
    const edits = isBasic || isConcurrent ? patches : patches.map(translate);
    return {
      agent: rankOf.get(agent ?? 0)!,
      parents: parents ?? (index === 0 ? [] : [index - 1]),
      edits,
    };
  });
  function translate(edit: Edit): Edit {
    const translated = unitsOf(text, edit);
    const [at, deleted, inserted] = translated;
    text = text.slice(0, at) + inserted + text.slice(at + deleted);
    return translated;
  }
  return {
    isConcurrent,
    agentCount: numbers.length,
    transactions,
    endContent: json.endContent,
    inCodePoints: isConcurrent && !isBasic,
  };
}

/** An edit of `text` that counts code points, in units. */
export function unitsOf(text: string, [at, deleted, inserted]: Edit): Edit {
  const start = stepOver(text, 0, at);
  return [start, stepOver(text, start, deleted) - start, inserted];
}

function stepOver(text: string, from: number, points: number): number {
  let at = from;
  for (let count = 0; count < points && at < text.length; count += 1) {
    at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  }
  return at;
}
