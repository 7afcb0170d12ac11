// The parent's side of a client's process. See worker.ts.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Load, Measured } from "./load.ts";
import type { Question } from "./worker.ts";

/** One load generator, connected to one target. */
export class ClientProcess {
  readonly #child: ChildProcess;

  /** @param script - The worker, compiled. */
  constructor(script: string) {
    this.#child = fork(script, { execArgv: process.env.HOLDFAST_BENCH_NODE?.split(" ") ?? [] });
  }

  connect(target: string, address: string, connections: number): Promise<unknown> {
    return this.#ask({ type: "connect", target, address, connections });
  }

  fill(from: number, to: number, valueSizeBytes: number): Promise<unknown> {
    return this.#ask({ type: "fill", from, to, valueSizeBytes });
  }

  /** Null where the target has no such operation. */
  run(load: Load): Promise<Measured | null> {
    return this.#ask({ type: "run", load }) as Promise<Measured | null>;
  }

  /** Resolves when a put has succeeded, which is tried again and again. */
  putOnce(): Promise<unknown> {
    return this.#ask({ type: "put-once" });
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    await this.#ask({ type: "close" }).catch(() => undefined);
    this.kill();
    await once(this.#child, "exit");
  }

  kill(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  #ask(question: Question): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const end = () => reject(new Error("the client's process ended"));
      this.#child.once("exit", end);
      this.#child.once("message", (answer: { value: unknown } | { error: string }) => {
        this.#child.off("exit", end);
        if ("error" in answer) reject(new Error(answer.error));
        else resolve(answer.value);
      });
      this.#child.send(question);
    });
  }
}
