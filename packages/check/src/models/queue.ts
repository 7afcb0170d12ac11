// A queue: what came first leaves first. A stack: what came last leaves first.

import type { Operation } from "../history/operation.ts";
import { judgeFifoQueue, type QueueAccess } from "../linearizability/fifo_queue.ts";
import type { SequentialModel } from "../linearizability/model.ts";
import { isSame, scalarKey } from "./scalar.ts";

/** What a queue or a stack can hold. Null says that it is empty. */
export type QueueValue = string | number | boolean;

/** What a queue is asked for. */
export type QueueInput =
  | { readonly f: "enqueue"; readonly value: QueueValue }
  | { readonly f: "dequeue" };

/** What a queue answers to `dequeue`: a value, or null where it is empty; nothing to others. */
export type QueueOutput = QueueValue | null | undefined;

/** What a stack is asked for. */
export type StackInput = { readonly f: "push"; readonly value: QueueValue } | { readonly f: "pop" };

/** What a stack answers to `pop`: a value, or null where it is empty; nothing to others. */
export type StackOutput = QueueValue | null | undefined;

/** A queue, empty at first. */
export function queue(): SequentialModel<readonly QueueValue[], QueueInput, QueueOutput> {
  return {
    name: "queue",
    init: () => [],
    step: (state, input, output) =>
      input.f === "enqueue"
        ? [[...state, input.value]]
        : take(state, { output, left: state.slice(1), value: state[0] ?? null }),
    key: keyOf,
    isRead: ({ f }, output) => f === "dequeue" && output === null,
    rules: (history) => judgeFifoQueue(history, accessOf),
  };
}

/** A stack, empty at first. */
export function stack(): SequentialModel<readonly QueueValue[], StackInput, StackOutput> {
  return {
    name: "stack",
    init: () => [],
    step: (state, input, output) =>
      input.f === "push"
        ? [[...state, input.value]]
        : take(state, { output, left: state.slice(0, -1), value: state.at(-1) ?? null }),
    key: keyOf,
    isRead: ({ f }, output) => f === "pop" && output === null,
  };
}

interface Taking {
  readonly output: QueueOutput;
  readonly left: readonly QueueValue[];
  readonly value: QueueValue | null;
}

function take(state: readonly QueueValue[], { output, left, value }: Taking) {
  if (output !== undefined && !isSame(output, value)) return [];
  return [value === null ? state : left];
}

function keyOf(state: readonly QueueValue[]): string {
  return state.map(scalarKey).join();
}

function accessOf({
  input,
  outcome,
  output,
}: Operation<QueueInput, QueueOutput>): QueueAccess | null {
  if (input.f === "enqueue") return { type: "puts", value: scalarKey(input.value) };
  if (outcome !== "ok" || output === undefined) return null;
  return output === null ? { type: "finds_empty" } : { type: "takes", value: scalarKey(output) };
}
