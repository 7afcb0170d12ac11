// Simulated stores: replicas that pass on writes in causal order, and keep of each key what
// came last, or what is newest for all.

import type { RegisterStep, TransactionOperation } from "@holdfast/check";
import { type Random, randomBelow, randomItem } from "@holdfast/std";

interface Write {
  readonly key: string;
  readonly value: number;
  readonly replica: number;
  readonly lamport: number;
}

interface Replica {
  readonly log: Write[];
  readonly state: Map<string, Write>;
  lamport: number;
}

/** How large a history is. */
export interface Size {
  readonly operations: number;
  readonly sessions: number;
  readonly keys: number;
}

/**
 * Sessions each stay with one replica. `converge`: a replica keeps the newest by Lamport time
 * and replica, so that all agree in the end; else what it applied last.
 */
export function causalStore(
  random: Random,
  { operations, sessions, keys }: Size,
  converge: boolean,
): TransactionOperation<RegisterStep>[] {
  const replicas = Array.from({ length: 3 }, (): Replica => {
    return { log: [], state: new Map(), lamport: 0 };
  });
  const history: TransactionOperation<RegisterStep>[] = [];
  let nextValue = 0;
  const apply = (replica: Replica, write: Write) => {
    replica.log.push(write);
    replica.lamport = Math.max(replica.lamport, write.lamport);
    const known = replica.state.get(write.key);
    const isNewer =
      known === undefined ||
      write.lamport > known.lamport ||
      (write.lamport === known.lamport && write.replica > known.replica);
    if (!converge || isNewer) replica.state.set(write.key, write);
  };
  while (history.length < operations) {
    const from = randomItem(random, replicas);
    const to = randomItem(random, replicas);
    // What a replica passes on, it passes on in its own order, which is causal.
    const lacking = from.log.filter((write) => !to.log.includes(write));
    for (const write of lacking.slice(0, randomBelow(random, lacking.length + 1))) apply(to, write);
    const session = randomBelow(random, sessions);
    const replica = replicas[session % replicas.length]!;
    const steps = Array.from({ length: 1 + randomBelow(random, 2) }, (): RegisterStep => {
      const key = `k${randomBelow(random, keys)}`;
      if (randomBelow(random, 2) === 0) return ["r", key, replica.state.get(key)?.value ?? null];
      nextValue += 1;
      apply(replica, {
        key,
        value: nextValue,
        replica: session % replicas.length,
        lamport: replica.lamport + 1,
      });
      return ["w", key, nextValue];
    });
    // Of a write whose answer was lost, nobody knows; it was done all the same.
    const isLost = randomBelow(random, 15) === 0;
    history.push({
      process: `s${session}`,
      input: steps,
      outcome: isLost ? "info" : "ok",
      output: isLost ? undefined : steps,
      invokedAt: history.length,
      completedAt: isLost ? Number.POSITIVE_INFINITY : history.length + 0.5,
    });
  }
  return history;
}

/** Single accesses that read anything that is written. Values of a key differ. */
export function anyAccesses(
  random: Random,
  { operations, sessions, keys }: Size,
): TransactionOperation<RegisterStep>[] {
  const counts = new Map<string, number>();
  const drafts = Array.from({ length: operations }, (): RegisterStep => {
    const key = `k${randomBelow(random, keys)}`;
    if (randomBelow(random, 2) === 0) return ["r", key, null];
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return ["w", key, counts.get(key)!];
  });
  return drafts.map(([kind, key], place) => {
    const value = drafts[place]![2];
    const seen = randomBelow(random, (counts.get(String(key)) ?? 0) + 1);
    return singleAccess(
      `s${randomBelow(random, sessions)}`,
      kind === "w" ? ["w", key, value!] : ["r", key, seen === 0 ? null : seen],
    );
  });
}

/** An operation of one step, that was answered. */
export function singleAccess(
  process: string,
  step: RegisterStep,
): TransactionOperation<RegisterStep> {
  return {
    process,
    input: [step],
    outcome: "ok",
    output: [step],
    invokedAt: Number.NEGATIVE_INFINITY,
    completedAt: Number.POSITIVE_INFINITY,
  };
}
