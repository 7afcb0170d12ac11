// What is done to a cluster of real processes, round after round, while clients of all
// nodes work: what they were answered must be linearizable, and what was acknowledged be on
// every node.
//
//   kill    -9, and begun again on what it left
//   stall   stands still (SIGSTOP) for longer than others wait for a leader
//   cut     its connections break, and nobody can connect
//   deafen  hears nothing of one or of both others, which hear it
//   mute    is not heard by one or by both others, which it hears
//   delay   what it says comes late
//   wipe    loses its disk; another takes its place

import { randomBelow, randomItem, SeededRandom } from "@holdfast/std";
import { expect } from "vitest";
import { ClusterClients } from "./cluster_clients.ts";
import { ClusterNodes, pause, places } from "./cluster_nodes.ts";

const kinds = ["kill", "stall", "cut", "deafen", "mute", "delay", "wipe"] as const;
type Kind = (typeof kinds)[number];

/** Options for {@link tortureCluster}. */
export interface ClusterTorture {
  readonly seed: number;
  /** Each round does one thing of each kind; but no more disks are wiped than {@link wipesMax}. */
  readonly rounds: number;
  /** Begins no other round after so long. */
  readonly msMax: number;
}

const clientsForEach = 2;
/** Each takes a node that was never there before, and wires to all others. */
const wipesMax = 8;
/** Clients take other keys after so many things that were done. */
const turnEvery = 4;

/** Does all that. Takes 10 to 20 s for each round; says what was done and answered. */
export async function tortureCluster({ seed, rounds, msMax }: ClusterTorture): Promise<string> {
  const untilMs = performance.now() + msMax;
  // What clients draw depends on how fast they are; what happens to nodes does not.
  const trouble = new SeededRandom(seed + 1);
  const nodes = await ClusterNodes.start(Math.min(rounds, wipesMax));
  try {
    const clients = new ClusterClients(new SeededRandom(seed), (place) => nodes.urlOf(place));
    for (let place = 0; place < places; place += 1) {
      for (let each = 0; each < clientsForEach; each += 1) clients.begin(`${place}.${each}`, place);
    }
    const counts: Record<string, number> = {};
    let done = 0;
    for (let round = 0; round < rounds && performance.now() < untilMs; round += 1) {
      for (const kind of shuffled(trouble)) {
        if (kind === "wipe" && round >= wipesMax) continue;
        await pause(300 + randomBelow(trouble, 700));
        const leader = await nodes.leader();
        const isForLeader = trouble.next() < 0.7 && leader !== null;
        const place = isForLeader ? leader : randomBelow(trouble, places);
        await strike(nodes, { kind, place, leader }, trouble);
        nodes.requireAllRun();
        const name = place === leader ? `${kind} of a leader` : kind;
        counts[name] = (counts[name] ?? 0) + 1;
        done += 1;
        if (done % turnEvery === 0) clients.turn();
      }
    }
    nodes.wires.heal();
    await nodes.untilAllAnswer();
    await clients.end();
    const outcomes = await clients.judge(places);
    expect(outcomes.ok).toBeGreaterThan(done);
    for (const count of Object.values(nodes.wires.counts)) expect(count).toBeGreaterThan(0);
    return JSON.stringify({ ...counts, wires: nodes.wires.counts, outcomes });
  } finally {
    await nodes.close();
  }
}

function shuffled(random: SeededRandom): readonly Kind[] {
  const left = [...kinds];
  return kinds.map(() => left.splice(randomBelow(random, left.length), 1)[0]!);
}

interface Strike {
  readonly kind: Kind;
  readonly place: number;
  /** The place of a node that said that it leads. */
  readonly leader: number | null;
}

async function strike(
  nodes: ClusterNodes,
  { kind, place, leader }: Strike,
  random: SeededRandom,
): Promise<void> {
  if (kind === "kill") return nodes.kill(place);
  if (kind === "wipe") return nodes.wipe(place);
  // Leaders are given up after a second.
  const ms = 500 + randomBelow(random, 2_500);
  if (kind === "stall") return nodes.stall(place, ms);
  const { wires } = nodes;
  const node = nodes.memberAt(place);
  const all = Array.from({ length: places }, (_, each) => nodes.memberAt(each));
  const others = all.filter((other) => other !== node);
  const isForAll = random.next() < 0.5;
  // Followers may have nothing to say to each other.
  const one =
    place === leader || leader === null ? randomItem(random, others) : nodes.memberAt(leader);
  const some = isForAll ? others : [one];
  for (const other of some) {
    if (kind === "cut") wires.cut(node, other);
    if (kind === "deafen") wires.mute(other, node);
    if (kind === "mute") wires.mute(node, other);
    if (kind === "delay") wires.delay(node, other, 20 + randomBelow(random, 400));
  }
  await pause(ms);
  wires.heal();
}
