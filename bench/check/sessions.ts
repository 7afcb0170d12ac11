// Measures how fast sessions are judged: histories of a store whose replicas pass on writes
// in causal order and keep the newest, by growing size and by number of sessions. By
// processor time, with a loop of plain arithmetic beside it, to compare machines by.
//
//   npm run bench:check:sessions

import {
  type Guarantee,
  judgeSessions,
  type RegisterStep,
  type TransactionOperation,
} from "@holdfast/check";
import { type Random, randomBelow, SeededRandom } from "@holdfast/std";
import { calibrate, cpuSeconds } from "./processor_time.ts";

const replicaCount = 5;
const runs: readonly (readonly [operations: number, sessions: number, guarantee: Guarantee])[] = [
  [10_000, 10, "causal"],
  [100_000, 10, "causal"],
  [1_000_000, 10, "causal"],
  [1_000_000, 100, "causal"],
  [1_000_000, 10, "causal-plus"],
  [100_000, 10, "causal-memory"],
];

interface Write {
  readonly key: number;
  readonly value: number;
  readonly lamport: number;
  readonly replica: number;
}

interface Replica {
  readonly log: Write[];
  readonly held: Set<Write>;
  readonly newest: Map<number, Write>;
  // How much of each other replica's log was taken.
  readonly taken: number[];
  lamport: number;
}

function apply(replica: Replica, write: Write): void {
  if (replica.held.has(write)) return;
  replica.held.add(write);
  replica.log.push(write);
  replica.lamport = Math.max(replica.lamport, write.lamport);
  const known = replica.newest.get(write.key);
  const isNewer =
    known === undefined ||
    write.lamport > known.lamport ||
    (write.lamport === known.lamport && write.replica > known.replica);
  if (isNewer) replica.newest.set(write.key, write);
}

function hear(random: Random, replicas: readonly Replica[]): void {
  const to = replicas[randomBelow(random, replicaCount)]!;
  const from = randomBelow(random, replicaCount);
  const { log } = replicas[from]!;
  const begin = to.taken[from]!;
  const end = Math.min(log.length, begin + randomBelow(random, 60));
  for (const write of log.slice(begin, end)) apply(to, write);
  to.taken[from] = end;
}

/** A history of single accesses; each session stays with one replica. */
function causalHistory(operations: number, sessions: number): TransactionOperation<RegisterStep>[] {
  const random = new SeededRandom(20261130);
  const keys = operations / 1000;
  const replicas = Array.from({ length: replicaCount }, (): Replica => {
    const taken = Array.from({ length: replicaCount }, () => 0);
    return { log: [], held: new Set(), newest: new Map(), taken, lamport: 0 };
  });
  return Array.from({ length: operations }, (_, at) => {
    if (at % 4 === 0) hear(random, replicas);
    const session = randomBelow(random, sessions);
    const number = session % replicaCount;
    const replica = replicas[number]!;
    const key = randomBelow(random, keys);
    let step: RegisterStep = ["r", key, replica.newest.get(key)?.value ?? null];
    if (randomBelow(random, 2) === 0) {
      apply(replica, { key, value: at, lamport: replica.lamport + 1, replica: number });
      step = ["w", key, at];
    }
    return {
      process: `s${session}`,
      input: [step],
      outcome: "ok",
      output: [step],
      invokedAt: at,
      completedAt: at,
    };
  });
}

const loop = calibrate();
console.log(`a loop of 2e8 steps: ${loop.toFixed(2)} processor s\n`);
console.log("| operations | sessions | judged by | it | processor s | operations/s |");
console.log("| --- | --- | --- | --- | --: | --: |");
for (const [operations, sessions, guarantee] of runs) {
  const history = causalHistory(operations, sessions);
  let found = "";
  const seconds = cpuSeconds(() => {
    found = judgeSessions(history, { guarantees: [guarantee] }).guarantees[guarantee];
  });
  const speed = Math.round(operations / seconds).toLocaleString("en");
  const size = operations.toLocaleString("en");
  console.log(
    `| ${size} | ${sessions} | ${guarantee} | ${found} | ${seconds.toFixed(2)} | ${speed} |`,
  );
}
