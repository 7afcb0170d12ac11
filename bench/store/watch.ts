// What is read of a running cluster beside its answers: terms, memory, and how long this
// machine let a process wait.

import { readFileSync } from "node:fs";

/** Megabytes of a process: now, and the most it ever had. */
export interface Memory {
  readonly nowMb: number;
  readonly mostMb: number;
}

/** Of process `pid`, as Linux counts it. @throws {Error} Where it is gone. */
export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  const megabytes = (name: string): number => {
    const [, kilobytes] = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status) ?? [];
    return Math.round(Number(kilobytes) / 1_024);
  };
  return { nowMb: megabytes("VmRSS"), mostMb: megabytes("VmHWM") };
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
const beatMs = 10;

/**
 * Measures by a timer of its own how long this process had to wait for a processor: a node
 * that waits as long may lose its office for that, and not for a fault of its own.
 */
export class Starvation {
  readonly #timer: NodeJS.Timeout;
  #lastMs = performance.now();
  #longestMs = 0;

  constructor() {
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#longestMs = Math.max(this.#longestMs, now - this.#lastMs - beatMs);
      this.#lastMs = now;
    }, beatMs);
  }

  /** The longest wait since this was last asked, in milliseconds. */
  take(): number {
    const longest = this.#longestMs;
    this.#longestMs = 0;
    return Math.round(longest);
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
