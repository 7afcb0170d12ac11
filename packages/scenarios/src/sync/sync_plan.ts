// What people do in the sync scenario, and what goes wrong, drawn from a seed.
//
// Three servers, each with a store of its own or all with one; eight clients, each
// with a log; four documents. A client edits, closes and opens documents, leaves,
// comes back, perhaps at another server. Everything is plain data: a plan with
// operations left out is a plan.

import {
  drawFaults,
  type Fault,
  namedRandom,
  networkProfiles,
  type Operation,
  type Plan,
} from "@holdfast/sim";
import { type Random, randomBelow, randomItem } from "@holdfast/std";
import { honestKinds } from "../honest_faults.ts";
import { drawListWork, type ListOperation } from "./list_plan.ts";

/** What a client does at its time; nothing where it is not there then. */
export type SyncOperation = ListOperation | TextOperation;

type TextOperation = Operation & { readonly client: string } & (
    | {
        /** Types a word of its own at `place`, from 0 (start) to 1 (end of the text). */
        readonly type: "insert";
        readonly document: string;
        readonly word: string;
        readonly place: number;
      }
    /** Deletes up to `length` units at `place`. */
    | {
        readonly type: "delete";
        readonly document: string;
        readonly place: number;
        readonly length: number;
      }
    /** Sets a key of the map, to a word and the time of its wall clock. */
    | {
        readonly type: "set";
        readonly document: string;
        readonly key: string;
        readonly word: string;
      }
    | { readonly type: "undo"; readonly document: string }
    /** Closes the document, and opens it again at once. */
    | { readonly type: "reopen"; readonly document: string }
    /** Leaves in good order, and comes back after a while, to `server`. */
    | { readonly type: "leave"; readonly durationMs: number; readonly server: string }
  );

/** A plan of this scenario. */
export type SyncPlan = Plan<SyncOperation>;

type NetworkName = Extract<keyof typeof networkProfiles, string>;

/** What is not in a plan, but follows from its seed. */
export interface SyncSetting {
  /** Whether all servers work on one store. */
  readonly isShared: boolean;
  readonly network: NetworkName;
  /** Where each client connects first. */
  readonly homes: ReadonlyMap<string, string>;
}

/** Names of the machines. */
export const servers = ["server-1", "server-2", "server-3"];
/** The machine of the store, where all servers share it. */
export const storeMachine = "store";
/** Names of the clients' machines. */
export const clients = Array.from({ length: 8 }, (_, index) => `client-${index + 1}`);
/** All documents. */
export const documents = ["notes", "plan", "list", "draft"];

/** The one document in which clients show that they are there. */
export const presenceDocument = "notes";

/** When faults end and everything has to come right, in milliseconds. */
export const healAtMs = 40_000;
const operationsMin = 60;
const operationsMax = 180;
/** Most words that one types in one go. */
const typedMax = 100;

/** The setting of `seed`. */
export function settingOf(seed: number): SyncSetting {
  const random = namedRandom(seed, "sync setting");
  const profiles = Object.keys(networkProfiles) as NetworkName[];
  const isShared = random.next() < 0.5;
  const network = randomItem(random, profiles);
  const homes = new Map(clients.map((client) => [client, randomItem(random, servers)]));
  return { isShared, network, homes };
}

/** What happens on `seed`. */
export function drawSyncPlan(seed: number): SyncPlan {
  const setting = settingOf(seed);
  const operations: SyncOperation[] = [...drawOperations(namedRandom(seed, "sync operations"))];
  const faults = [...drawSyncFaults(namedRandom(seed, "sync faults"), setting.isShared)];
  const lists = namedRandom(seed, "sync lists");
  operations.push(...drawListWork(lists, { documents, clients, untilMs: healAtMs }));
  const typing = namedRandom(seed, "sync typing");
  if (typing.next() < 1 / 8) {
    const document = randomItem(typing, documents);
    for (const first of [operationsMax, operationsMax + typedMax]) {
      const client = randomItem(typing, clients);
      const typed = drawTyping(typing, { client, document, first });
      operations.push(...typed);
      const machine = setting.isShared ? storeMachine : setting.homes.get(client)!;
      faults.push(...drawFullDisks(typing, machine, typed));
    }
  }
  const byTime = (left: Operation, right: Operation): number => left.atMs - right.atMs;
  return {
    scenario: "sync",
    seed,
    operations: operations.sort(byTime),
    faults: faults.sort(byTime),
  };
}

function drawSyncFaults(random: Random, isShared: boolean): readonly Fault[] {
  const hosts = isShared ? [...servers, storeMachine] : servers;
  // Gateways of a shared store keep nothing themselves.
  const disks = isShared ? [storeMachine, ...clients] : [...servers, ...clients];
  const targets = Object.fromEntries(
    honestKinds.map((kind) => {
      const onDisk = /_error$|^disk_full$|^slow_disk$|^power_loss$/.test(kind);
      // The wall clock is read by those who write.
      const all = kind === "clock_jump" ? clients : [...hosts, ...clients];
      return [kind, onDisk ? disks : all];
    }),
  );
  const talks = clients.flatMap((client) =>
    servers.flatMap((server): [string, string][] => [
      [client, server],
      [server, client],
    ]),
  );
  const span = { fromMs: 500, untilMs: healAtMs - 2_000 };
  return drawFaults(random, { targets, talks, ...span, perKindMax: 3 });
}

function drawOperations(random: Random): readonly SyncOperation[] {
  const count = operationsMin + randomBelow(random, operationsMax - operationsMin);
  const operations = Array.from({ length: count }, (_, index) => {
    const client = randomItem(random, clients);
    const atMs = Math.round(200 + random.next() * (healAtMs - 1_000));
    return drawOperation(random, { client, atMs, word: wordOf(index) });
  });
  return operations;
}

/** Somebody types into one document, key by key: its log grows long, and is compacted. */
function drawTyping(
  random: Random,
  {
    client,
    document,
    first,
  }: { readonly client: string; readonly document: string; readonly first: number },
): readonly SyncOperation[] {
  const place = fraction(random);
  const count = typedMax / 2 + randomBelow(random, typedMax / 2);
  let atMs = Math.round(500 + random.next() * (healAtMs / 2));
  return Array.from({ length: count }, (_, index): SyncOperation => {
    atMs += Math.round(60 + 60 * random.next());
    return { type: "insert", client, atMs, document, word: wordOf(first + index), place };
  });
}

/** Meanwhile the disk of the store is full for moments: of what follows one another fast, some is refused. */
function drawFullDisks(
  random: Random,
  machine: string,
  typed: readonly SyncOperation[],
): readonly Fault[] {
  return Array.from({ length: 3 }, () => ({
    kind: "disk_full",
    machine,
    atMs: randomItem(random, typed).atMs,
    durationMs: Math.round(50 + random.next() * 500),
  }));
}

function drawOperation(
  random: Random,
  base: { readonly client: string; readonly atMs: number; readonly word: string },
): SyncOperation {
  const { client, atMs, word } = base;
  const document = randomItem(random, documents);
  const dice = random.next();
  if (dice < 0.5) {
    // Now and then a page of text, which is several bundles.
    const long = random.next() < 0.03 ? word + "~".repeat(20_000) : word;
    return { type: "insert", client, atMs, document, word: long, place: fraction(random) };
  }
  if (dice < 0.62) {
    const length = 1 + randomBelow(random, 12);
    return { type: "delete", client, atMs, document, place: fraction(random), length };
  }
  if (dice < 0.78) {
    return { type: "set", client, atMs, document, key: `k${randomBelow(random, 5)}`, word };
  }
  if (dice < 0.84) return { type: "undo", client, atMs, document };
  if (dice < 0.92) return { type: "reopen", client, atMs, document };
  const durationMs = Math.round(200 + random.next() ** 2 * 8_000);
  return { type: "leave", client, atMs, durationMs, server: randomItem(random, servers) };
}

/** A word that no cut through others can make up: its number stands in it twice. */
function wordOf(index: number): string {
  const number = String(index).padStart(4, "0");
  return `[${number}.${number}]`;
}

function fraction(random: Random): number {
  return Math.round(random.next() * 1_000) / 1_000;
}
