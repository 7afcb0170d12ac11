// A client's process: connects to a target, and does what the parent asks, one after the other.

import { setTimeout as sleep } from "node:timers/promises";
import { fill, isOffered, keyOf, type Load, run } from "./load.ts";
import type { Client } from "./target.ts";
import { targets } from "./targets/index.ts";

/** What the parent asks. */
export type Question =
  | {
      readonly type: "connect";
      readonly target: string;
      readonly address: string;
      readonly connections: number;
    }
  | {
      readonly type: "fill";
      readonly from: number;
      readonly to: number;
      readonly valueSizeBytes: number;
    }
  | { readonly type: "run"; readonly load: Load }
  | { readonly type: "put-once" }
  | { readonly type: "close" };

const putEveryMs = 2;

let client: Client | null = null;

async function answer(question: Question): Promise<unknown> {
  switch (question.type) {
    case "connect": {
      await client?.close();
      const target = targets.find(({ name }) => name === question.target)!;
      client = await target.connect(question.address, question.connections);
      return null;
    }
    case "fill":
      return fill(client!, question);
    case "run":
      return isOffered(client!, question.load.operation) ? run(client!, question.load) : null;
    case "put-once":
      return putOnce(client!);
    case "close":
      await client?.close();
      return null;
  }
}

async function putOnce(to: Client): Promise<void> {
  for (;;) {
    try {
      await to.put(keyOf(0), new Uint8Array(1).fill(0x61));
      return;
    } catch {
      await sleep(putEveryMs);
    }
  }
}

process.on("message", (question: Question) => {
  answer(question).then(
    (value) => process.send!({ value: value ?? null }),
    (error: unknown) =>
      process.send!({ error: error instanceof Error ? error.stack : String(error) }),
  );
});
process.on("disconnect", () => process.exit());
// Ctrl-C reaches the whole group; the parent sees to the end of this process.
process.on("SIGINT", () => undefined);
