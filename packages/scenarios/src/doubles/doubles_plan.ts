// What happens in the doubles scenario, drawn from a seed.
//
// "first" writes. At some moment its folder is copied as it is, and "second" starts
// from the copy: two writers of one name. Or a backup of its folder is put back, and
// it goes on from what it was. "third" is nobody's double. Everything is plain data: a
// plan with operations left out is a plan.

import {
  drawFaults,
  type Fault,
  type FaultKind,
  namedRandom,
  networkProfiles,
  type Operation,
  type Plan,
} from "@holdfast/sim";
import { type Random, randomBelow, randomItem } from "@holdfast/std";
import { withSureFault } from "../sure_fault.ts";

/** What somebody does at a time; nothing where the client is not there then. */
export type DoublesOperation = Operation & { readonly client: string } & (
    | {
        /** Types a word of its own at `place`, from 0 (start) to 1 (end of the text). */
        readonly type: "insert";
        readonly document: string;
        readonly word: string;
        readonly place: number;
      }
    | {
        readonly type: "set";
        readonly document: string;
        readonly key: string;
        readonly word: string;
      }
    /** Ends in good order, and starts again. */
    | { readonly type: "restart" }
    /** The client's folder is copied as it is; the second client starts from the copy. */
    | { readonly type: "copy" }
    /** The client's folder is copied as it is, and kept. */
    | { readonly type: "backup" }
    /** The client ends, and starts again on its last backup. */
    | { readonly type: "restore" }
  );

/** A plan of this scenario. */
export type DoublesPlan = Plan<DoublesOperation>;

/** The machine of the server and its store. */
export const serverMachine = "server";
/** The client whose folder is copied. */
export const firstClient = "first";
/** The client that starts from the copy. */
export const secondClient = "second";
/** All clients. */
export const clients = [firstClient, secondClient, "third"] as const;
/** All documents. */
export const documents = ["notes", "plan"] as const;
/** When faults end, in milliseconds. */
export const healAtMs = 20_000;
const operationsMin = 30;
const operationsMax = 70;

const kinds: readonly FaultKind[] = [
  "kill",
  "power_loss",
  "pause",
  "partition",
  "reset",
  "half_open",
  "packet_loss",
  "slow_network",
];

/** What the links of `seed` are like. */
export function networkOf(seed: number): keyof typeof networkProfiles {
  const names = Object.keys(networkProfiles) as (keyof typeof networkProfiles)[];
  return randomItem(namedRandom(seed, "doubles network"), names);
}

/** What happens on `seed`. */
export function drawDoublesPlan(seed: number): DoublesPlan {
  const operations = drawOperations(namedRandom(seed, "doubles operations"));
  const faults = drawDoublesFaults(namedRandom(seed, "doubles faults"));
  return { scenario: "doubles", seed, operations, faults };
}

function drawDoublesFaults(random: Random): readonly Fault[] {
  const all = [serverMachine, ...clients];
  const targets = Object.fromEntries(kinds.map((kind) => [kind, all]));
  const talks = clients.flatMap((client): [string, string][] => [
    [client, serverMachine],
    [serverMachine, client],
  ]);
  const span = { fromMs: 500, untilMs: healAtMs };
  const faults = drawFaults(random, { targets, talks, ...span, perKindMax: 1 });
  // Late, so that it comes between no two that write at one moment.
  return withSureFault(faults, serverMachine, healAtMs - 500);
}

function drawOperations(random: Random): readonly DoublesOperation[] {
  const copiedAtMs = 1_000 + random.next() * 8_000;
  const operations: DoublesOperation[] = [
    { type: "copy", client: firstClient, atMs: Math.round(copiedAtMs) },
  ];
  if (random.next() < 0.4) {
    const backupAtMs = Math.round(1_000 + random.next() * 6_000);
    const restoreAtMs = Math.round(backupAtMs + 1_000 + random.next() * 8_000);
    operations.push({ type: "backup", client: firstClient, atMs: backupAtMs });
    operations.push({ type: "restore", client: firstClient, atMs: restoreAtMs });
  }
  if (random.next() < 0.5) operations.push(...drawTwins(random, copiedAtMs));
  const count = operationsMin + randomBelow(random, operationsMax - operationsMin);
  for (let index = 0; index < count; index += 1) {
    operations.push(drawOperation(random, index, copiedAtMs));
  }
  return operations.sort((left, right) => left.atMs - right.atMs);
}

/** Soon after the copy both write at the same moment, so that neither has heard of the other. */
function drawTwins(random: Random, copiedAtMs: number): readonly DoublesOperation[] {
  const atMs = Math.round(copiedAtMs + 200 + random.next() * 1_000);
  return documents.flatMap((document, index) =>
    [firstClient, secondClient].map((client, other): DoublesOperation => {
      const word = `[${String(operationsMax + 2 * index + other).padStart(4, "0")}]`;
      return { type: "insert", client, atMs, document, word, place: 0 };
    }),
  );
}

function drawOperation(random: Random, index: number, copiedAtMs: number): DoublesOperation {
  const client = randomItem(random, clients);
  const fromMs = client === secondClient ? copiedAtMs + 100 : 200;
  const atMs = Math.round(fromMs + random.next() * (healAtMs - 1_000 - fromMs));
  const document = randomItem(random, documents);
  const word = `[${String(index).padStart(4, "0")}]`;
  const dice = random.next();
  if (dice < 0.7) {
    const place = Math.round(random.next() * 1_000) / 1_000;
    return { type: "insert", client, atMs, document, word, place };
  }
  if (dice < 0.93) return { type: "set", client, atMs, document, key: `k${index % 3}`, word };
  return { type: "restart", client, atMs };
}
