// What is read of a running cluster beside its answers: terms, memory, and how long the
// machine let its processes wait for a processor. A node that waits for long may lose its
// office for that, and not for a fault of its own.

import { readFileSync } from "node:fs";

/** Megabytes of process `pid` that are its own: without the pages of files that it maps. @throws {Error} Where it is gone. */
export function memoryOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(status) ?? [];
  return Math.round(Number(kilobytes) / 1_024);
}

/** Looks ten times a second how much memory a process has. */
export class MemoryPeak {
  readonly #timer: NodeJS.Timeout;
  #mostMb = 0;

  constructor(pid: number) {
    this.#timer = setInterval(() => {
      this.#mostMb = Math.max(this.#mostMb, memoryOf(pid));
    }, 100);
  }

  /** Looks no more; the most that was seen, in megabytes. */
  end(): number {
    clearInterval(this.#timer);
    return this.#mostMb;
  }
}

/** The latest term that any node at `ports` knows; null where none answered. */
export async function termOf(ports: readonly number[]): Promise<number | null> {
  const terms = await Promise.all(ports.map(termAt));
  const known = terms.filter((term) => term !== null);
  return known.length === 0 ? null : Math.max(...known);
}

async function termAt(port: number): Promise<number | null> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`, {
      signal: AbortSignal.timeout(answerMsMax),
    });
    const { cluster } = (await answer.json()) as { cluster?: { term: number } };
    return cluster?.term ?? null;
  } catch {
    return null;
  }
}

const answerMsMax = 2_000;

/** How long process `pid` was ready to run so far and had no processor, in milliseconds, as Linux counts it. */
export function waitedMsOf(pid: number): number {
  const [, nanoseconds] = readFileSync(`/proc/${pid}/schedstat`, "latin1").split(" ");
  return Number(nanoseconds) / 1e6;
}
