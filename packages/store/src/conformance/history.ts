// Strict serializability of a random concurrent history.
//
// The contract says which serial order to look for: that of the versions. So the
// judge needs no search. It replays all committed transactions in the order of
// their versions on a plain map, and each must have read what the map holds just
// then; and where one had ended before another began, its version must be lower.

import { decodeUtf8, randomBelow, SeededRandom } from "@holdfast/std";
import type { CommitVersion, Store, Transaction } from "../store.ts";
import { b, type ConformanceCase, ConformanceError, onStore, test } from "./case.ts";

interface Operation {
  readonly kind: "get" | "range" | "set" | "clearRange";
  readonly key: string;
  /** What a `set` wrote; what a `get` or a `range` saw. */
  readonly value: string;
}

interface Committed {
  readonly version: CommitVersion;
  readonly wrote: boolean;
  /** Ticks of one counter for all clients. */
  readonly invoked: number;
  readonly completed: number;
  readonly operations: readonly Operation[];
}

const seeds = [1, 2, 3, 4, 5];
const clientsCount = 8;
const transactionsCount = 25;
const keys = ["a", "b", "c", "d", "e"];
const lastKey = "z";

/** See the head of this file. */
export const historyCases: readonly ConformanceCase[] = seeds.map((seed) =>
  test(
    `ST4: a random concurrent history is strictly serializable, seed ${seed}`,
    onStore(async (store) => {
      const random = new SeededRandom(seed);
      const history: Committed[] = [];
      let tick = 0;
      const client = async (name: number) => {
        for (let count = 0; count < transactionsCount; count += 1) {
          tick += 1;
          const invoked = tick;
          const { value, version } = await store.transact((tx) =>
            randomTransaction(tx, random, `${name}.${count}`),
          );
          tick += 1;
          const wrote = value.some((operation) => /set|clear/.test(operation.kind));
          history.push({ version, wrote, invoked, completed: tick, operations: value });
        }
      };
      await Promise.all(Array.from({ length: clientsCount }, (_, name) => client(name)));
      judge(history);
      await compareEnd(store, history);
    }),
  ),
);

async function randomTransaction(
  tx: Transaction,
  random: SeededRandom,
  name: string,
): Promise<Operation[]> {
  const operations: Operation[] = [];
  const readOnly = random.next() < 0.25;
  for (let left = 1 + randomBelow(random, 4); left > 0; left -= 1) {
    const key = keys[randomBelow(random, keys.length)]!;
    const chance = random.next();
    if (chance < 0.4) {
      const value = await tx.get(b(key));
      operations.push({ kind: "get", key, value: value === null ? "-" : decodeUtf8(value) });
    } else if (chance < 0.6) {
      const rows = await tx.range({ start: b(key), end: b(lastKey) }, { limitRows: 100 });
      const value = rows.map((row) => `${decodeUtf8(row.key)}=${decodeUtf8(row.value)}`).join(" ");
      operations.push({ kind: "range", key, value });
    } else if (!readOnly && chance < 0.95) {
      // A value says who wrote after whom, so that a lost update can't hide.
      const before = random.next() < 0.5 ? await tx.get(b(key)) : null;
      if (before !== null) operations.push({ kind: "get", key, value: decodeUtf8(before) });
      const value = `${name}:${left}`;
      tx.set(b(key), b(value));
      operations.push({ kind: "set", key, value });
    } else if (!readOnly) {
      tx.clearRange({ start: b(key), end: b(lastKey) });
      operations.push({ kind: "clearRange", key, value: "" });
    }
    for (let turns = randomBelow(random, 4); turns > 0; turns -= 1) await null;
  }
  return operations;
}

/** @throws {ConformanceError} Where the history is not strictly serializable in the order of versions. */
export function judge(history: readonly Committed[]): void {
  // One that wrote nothing stands behind the one that has the version it read.
  const order = [...history].sort(
    (one, other) => one.version - other.version || Number(other.wrote) - Number(one.wrote),
  );
  const rows = new Map<string, string>();
  for (const committed of order) {
    for (const operation of committed.operations) replay(rows, operation, committed.version);
  }
  let latestBegin = 0;
  for (const committed of order) {
    if (committed.completed < latestBegin) {
      throw new ConformanceError(`version ${committed.version} ended before a lower one began`);
    }
    latestBegin = Math.max(latestBegin, committed.invoked);
  }
}

function replay(rows: Map<string, string>, operation: Operation, version: CommitVersion): void {
  const { kind, key, value } = operation;
  if (kind === "set") rows.set(key, value);
  else if (kind === "clearRange") {
    for (const other of [...rows.keys()]) if (other >= key) rows.delete(other);
  } else {
    const found = kind === "get" ? (rows.get(key) ?? "-") : listFrom(rows, key);
    if (found !== value) {
      const sentence = `${kind} ${key} at ${version} saw "${value}", the serial order has "${found}"`;
      throw new ConformanceError(sentence);
    }
  }
}

function listFrom(rows: ReadonlyMap<string, string>, start: string): string {
  const list = [...rows].filter(([key]) => key >= start).sort(([a], [z]) => (a < z ? -1 : 1));
  return list.map(([key, value]) => `${key}=${value}`).join(" ");
}

async function compareEnd(store: Store, history: readonly Committed[]): Promise<void> {
  const version = await store.read((snapshot) => snapshot.version);
  const value = await store.read(async (snapshot) => {
    const rows = await snapshot.range({ start: b("a"), end: b(lastKey) }, { limitRows: 100 });
    return rows.map((row) => `${decodeUtf8(row.key)}=${decodeUtf8(row.value)}`).join(" ");
  });
  const last: Operation = { kind: "range", key: "a", value };
  const end = Number.MAX_SAFE_INTEGER;
  judge([...history, { version, wrote: false, invoked: end, completed: end, operations: [last] }]);
}
