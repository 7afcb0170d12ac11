// The program of a measuring process: does one job and prints the answer. Bundled, so that
// nothing but it, and the library that it measures, is loaded.

import { readFileSync } from "node:fs";
import { convert, formatOf } from "./conversion.ts";
import type { Answer, Figures, Job } from "./job.ts";
import type { Peer } from "./peer.ts";
import { entryOf } from "./peers/index.ts";
import { openTask, type Task } from "./task.ts";
import { expectsEndContent, readTrace } from "./trace.ts";

// There are repetitions until so much time was spent on them; but three where that takes
// no longer than patience lasts; else none counts.
const enoughMs = 1_000;
const patienceMs = 6_000;
const repetitionsMin = 3;
const repetitionsMax = 40;
/** Documents that memory is measured of, where one takes no longer than `enoughMs`. */
const copies = 5;

// Linux counts the time that a thread was on a processor, which other work on the machine
// changes little. The first call brings the count up to date.
const threadTime = `/proc/self/task/${process.pid}/schedstat`;
function nowMs(): number {
  if (process.platform !== "linux") return performance.now();
  process.cpuUsage();
  return Number(readFileSync(threadTime, "latin1").split(" ")[0]) / 1e6;
}

function time(task: Task): Figures {
  const samples: number[] = [];
  let sizeBytes: number | undefined;
  let spentMs = 0;
  while (samples.length <= repetitionsMax) {
    const prepared = task.prepare();
    gc!();
    const before = nowMs();
    const { replica, bytes } = task.work(prepared);
    samples.push(nowMs() - before);
    spentMs += samples.at(-1)!;
    sizeBytes = bytes?.length;
    check(task, replica.toString());
    replica.free();
    if (spentMs > (samples.length > repetitionsMin ? enoughMs : patienceMs)) break;
  }
  const [coldMs, ...later] = samples;
  const warm = later.slice(later.length >> 1).sort((a, b) => a - b);
  return {
    coldMs: coldMs!,
    ...(later.length < repetitionsMin ? {} : { warmMs: warm[warm.length >> 1]! }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
  };
}

function check(task: Task, text: string): void {
  if (text !== task.expected) throw new Error("ended with the wrong text");
}

// What is external contains the memory of WebAssembly.
function heldBytes(): number {
  for (let count = 0; count < 4; count += 1) gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

// What one more of the same documents takes, when one is there already: so nothing counts
// that a library makes once, nor room that WebAssembly took for work and can use again.
function keep(peer: Peer, job: Job): Figures | null {
  const since = performance.now();
  const first = build(peer, job);
  if (first === null) return null;
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  const count = performance.now() - since > enoughMs ? 1 : copies;
  const replicas = [first];
  const before = heldBytes();
  while (replicas.length <= count) replicas.push(build(peer, job)!);
  const retainedBytes = (heldBytes() - before) / count;
  for (const replica of replicas) replica.free();
  return { retainedBytes, peakRssBytes };
}

// In a function of its own, so that what it has read is garbage when it returns.
function build(peer: Peer, job: Job) {
  const task = openTask(peer, job);
  return task === null ? null : task.work(task.prepare()).replica;
}

async function answer(job: Job): Promise<Answer> {
  const peer = await entryOf(job.peer).open();
  if (job.type === "format") return { ok: true, figures: null, format: formatOf(peer) };
  if (job.type === "convert") {
    const trace = readTrace(job.trace);
    const expected = expectsEndContent(job.trace, trace) ? trace.endContent : null;
    convert(peer, trace, { folder: job.folder, expected });
    return { ok: true, figures: null };
  }
  if (job.type === "memory") return { ok: true, figures: keep(peer, job) };
  const task = openTask(peer, job);
  return { ok: true, figures: task === null ? null : time(task) };
}

try {
  const result = await answer(JSON.parse(process.argv[2]!) as Job);
  process.stdout.write(`${JSON.stringify(result)}\n`);
} catch (error) {
  const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  process.stdout.write(`${JSON.stringify({ ok: false, error: message } satisfies Answer)}\n`);
}
