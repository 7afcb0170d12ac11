// The program of a measuring process: does one job and prints the answer. Bundled, so that
// nothing but it, and the library that it measures, is loaded.

import { readFileSync } from "node:fs";
import { convert } from "./conversion.ts";
import type { Answer, Figures, Job } from "./job.ts";
import type { Peer } from "./peer.ts";
import { entryOf } from "./peers/index.ts";
import { openTask, type Task } from "./task.ts";
import { readTrace } from "./trace.ts";

/** Repetitions end after so long, and are none where the first took longer. */
const warmMsMax = 1_500;
const repetitionsMax = 20;

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
  let coldWallMs = 0;
  const started = performance.now();
  while (samples.length <= repetitionsMax) {
    const prepared = task.prepare();
    gc!();
    const wall = performance.now();
    const before = nowMs();
    const { replica, bytes } = task.work(prepared);
    samples.push(nowMs() - before);
    if (samples.length === 1) coldWallMs = performance.now() - wall;
    sizeBytes = bytes?.length;
    check(task, replica.toString());
    replica.free();
    if (performance.now() - started > warmMsMax) break;
  }
  const [coldMs, ...later] = samples;
  const warm = later.slice(later.length >> 1).sort((a, b) => a - b);
  return {
    coldMs: coldMs!,
    coldWallMs,
    ...(later.length < 3 ? {} : { warmMs: warm[warm.length >> 1]! }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
  };
}

function check(task: Task, text: string): void {
  if (text !== task.expected) throw new Error("ended with the wrong text");
}

// Instances of WebAssembly, whose memory no figure of Node's contains.
const memories: WebAssembly.Memory[] = [];
function watchWasm(): void {
  const note = (instance: WebAssembly.Instance) => {
    for (const one of Object.values(instance.exports)) {
      if (one instanceof WebAssembly.Memory) memories.push(one);
    }
  };
  WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
    construct(target, args: [WebAssembly.Module, WebAssembly.Imports]) {
      const instance = new target(...args);
      note(instance);
      return instance;
    },
  });
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = (async (...args: Parameters<typeof instantiate>) => {
    const made = (await instantiate(...args)) as
      | WebAssembly.Instance
      | WebAssembly.WebAssemblyInstantiatedSource;
    note("instance" in made ? made.instance : made);
    return made;
  }) as typeof instantiate;
}

function heldBytes() {
  for (let count = 0; count < 4; count += 1) gc!();
  const { heapUsed, external } = process.memoryUsage();
  const wasmBytes = memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  return { heapBytes: heapUsed, externalBytes: external, wasmBytes };
}

function keep(peer: Peer, job: Job): Figures | null {
  const before = heldBytes();
  const replica = build(peer, job);
  if (replica === null) return null;
  const after = heldBytes();
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  // Alive up to here.
  replica.free();
  return {
    heapBytes: after.heapBytes - before.heapBytes,
    externalBytes: after.externalBytes - before.externalBytes,
    wasmBytes: after.wasmBytes - before.wasmBytes,
    peakRssBytes,
  };
}

// In a function of its own, so that what it has read is garbage when it returns.
function build(peer: Peer, job: Job) {
  const task = openTask(peer, job);
  return task === null ? null : task.work(task.prepare()).replica;
}

async function answer(job: Job): Promise<Answer> {
  watchWasm();
  const peer = await entryOf(job.peer).open();
  if (job.type === "convert") {
    convert(peer, readTrace(job.trace), job.folder);
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
