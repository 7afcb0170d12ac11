// Simulated stores of lists, and a store of nothing in particular: where histories come
// from of which it is known what they must show.

import type { ListStep, RegisterStep, TransactionOperation } from "@holdfast/check";
import { type Random, randomBelow, randomItem } from "@holdfast/std";

export type ListOperation = TransactionOperation<ListStep>;
export type RegisterOperation = TransactionOperation<RegisterStep>;

/** How large a history is. */
export interface Size {
  readonly transactions: number;
  readonly processes: number;
  readonly keys: number;
}

interface Running {
  readonly invokedAt: number;
  readonly steps: readonly ListStep[];
  readonly snapshot: ReadonlyMap<string, readonly number[]>;
}

/**
 * A store with snapshots: a transaction sees what was there when it began, and fails where
 * somebody else changed meanwhile what it appends to. `serial` also takes whatever was there
 * at its end, so that transactions are as if one after the other.
 */
export function snapshotStore(
  random: Random,
  { transactions, processes, keys }: Size,
  serial: boolean,
): ListOperation[] {
  const lists = new Map<string, readonly number[]>();
  const running = new Map<number, Running>();
  const found: (ListOperation & { readonly begun: number })[] = [];
  let nextValue = 1;
  let begun = 0;
  for (let at = 0; found.length < transactions; at += 1) {
    const process = randomBelow(random, processes);
    const open = running.get(process);
    if (open === undefined) {
      const steps = Array.from({ length: 1 + randomBelow(random, 4) }, (): ListStep => {
        const key = `k${randomBelow(random, keys)}`;
        if (randomBelow(random, 2) === 0) return ["r", key, null];
        nextValue += 1;
        return ["append", key, nextValue];
      });
      running.set(process, { invokedAt: at, steps, snapshot: new Map(lists) });
      continue;
    }
    running.delete(process);
    const base = serial ? lists : open.snapshot;
    const { output, written } = perform(open.steps, base);
    const clash = [...written.keys()].some((key) => lists.get(key) !== base.get(key));
    const lost = randomBelow(random, 20) === 0;
    if (!clash) for (const [key, list] of written) lists.set(key, list);
    found.push({
      process: `p${process}`,
      input: open.steps,
      outcome: clash ? "fail" : lost ? "info" : "ok",
      output: clash || lost ? undefined : output,
      invokedAt: open.invokedAt,
      completedAt: !clash && lost ? Number.POSITIVE_INFINITY : at,
      begun,
    });
    begun += 1;
  }
  return found.sort((left, right) => left.invokedAt - right.invokedAt);
}

function perform(steps: readonly ListStep[], base: ReadonlyMap<string, readonly number[]>) {
  const written = new Map<string, readonly number[]>();
  const output = steps.map((step): ListStep => {
    const key = String(step[1]);
    const list = written.get(key) ?? base.get(key) ?? [];
    if (step[0] === "r") return ["r", key, list];
    written.set(key, [...list, step[2] as number]);
    return step;
  });
  return { output, written };
}

/** A few transactions on lists, whose reads saw any state that their lists may have had. */
export function anyLists(random: Random, transactions: number): ListOperation[] {
  const orders = new Map<string, number[]>();
  const drafts = Array.from({ length: transactions }, () =>
    Array.from({ length: 1 + randomBelow(random, 3) }, (): ListStep => {
      const key = randomItem(random, ["x", "y"]);
      const order = orders.get(key) ?? [];
      orders.set(key, order);
      if (randomBelow(random, 2) === 0) return ["r", key, null];
      const value = order.length + 1;
      order.splice(randomBelow(random, order.length + 1), 0, value);
      return ["append", key, value];
    }),
  );
  return drafts.map((steps, place) =>
    anyOperation(random, place, steps, (step): ListStep => {
      if (step[0] === "append") return step;
      const order = orders.get(String(step[1])) ?? [];
      const seen = order.slice(0, randomBelow(random, order.length + 1));
      const strange = randomBelow(random, 30) === 0;
      return ["r", step[1], strange ? seen.reverse() : seen];
    }),
  );
}

/** The same with registers. */
export function anyRegisters(random: Random, transactions: number): RegisterOperation[] {
  const counts = new Map<string, number>();
  const drafts = Array.from({ length: transactions }, () =>
    Array.from({ length: 1 + randomBelow(random, 3) }, (): RegisterStep => {
      const key = randomItem(random, ["x", "y"]);
      if (randomBelow(random, 2) === 0) return ["r", key, null];
      const value = (counts.get(key) ?? 0) + 1;
      counts.set(key, value);
      return ["w", key, value];
    }),
  );
  return drafts.map((steps, place) =>
    anyOperation(random, place, steps, (step): RegisterStep => {
      if (step[0] === "w") return step;
      const seen = randomBelow(random, (counts.get(String(step[1])) ?? 0) + 1);
      return ["r", step[1], seen === 0 ? null : seen];
    }),
  );
}

function anyOperation<Step>(
  random: Random,
  place: number,
  steps: readonly Step[],
  answer: (step: Step) => Step,
): TransactionOperation<Step> {
  const dice = randomBelow(random, 10);
  const outcome = dice === 0 ? "fail" : dice === 1 ? "info" : "ok";
  const invokedAt = 10 * place - randomBelow(random, 15);
  return {
    process: `p${randomBelow(random, 2)}`,
    input: steps,
    outcome,
    output: outcome === "ok" ? steps.map(answer) : undefined,
    invokedAt,
    // Later than all before it, so that a process does one after the other.
    completedAt:
      outcome === "info" ? Number.POSITIVE_INFINITY : 10 * place + 1 + randomBelow(random, 9),
  };
}
