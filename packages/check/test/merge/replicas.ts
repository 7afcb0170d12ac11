// Simulated replicas that merge as they should: a text, a tree and a register, and the log
// of what each did and showed. Everything is computed anew from the set of events each
// time, so that there is little that can be wrong.
//
// The text is a Fugue tree: an element hangs on the right of the one before it, or on the
// left of the one behind it. The tree replays its moves in the order of their Lamport
// times, and leaves out those that would make a circle; the register keeps the newest.
// Source: Weidner and Kleppmann 2023, section 3; Kleppmann et al. 2021, "A highly-available
// move operation for replicated trees".

import type { MergeEventRecord, MergeId, MergeIds, MergeRecord } from "@holdfast/check";
import { type Random, randomBelow, randomItem } from "@holdfast/std";

/** What an event does. */
export type Deed =
  | { readonly f: "insert"; readonly parent: string; readonly side: "left" | "right" }
  | { readonly f: "delete"; readonly element: string }
  | { readonly f: "grow" | "move"; readonly node: string; readonly parent: string | null }
  | { readonly f: "fell"; readonly node: string }
  | { readonly f: "set"; readonly value: number };

/** An event; its id is that of the element or node that it makes. */
export interface SimulatedEvent {
  readonly agent: string;
  readonly sequence: number;
  readonly lamport: number;
  readonly parents: readonly string[];
  readonly deed: Deed;
}

export const nameOf = (event: SimulatedEvent) => `${event.agent}:${event.sequence}`;
export const idOf = (name: string): MergeId => {
  const [agent, sequence] = name.split(":");
  return [agent!, Number(sequence)];
};

/** How long to simulate. */
export interface Plan {
  readonly replicas: number;
  readonly steps: number;
}

/** A log, and the replicas as they were at its end. */
export interface Run {
  readonly records: MergeRecord[];
  readonly replicas: readonly Replica[];
}

/** One replica. */
export class Replica {
  readonly name: string;
  agent: string;
  held: SimulatedEvent[] = [];
  durableCount = 0;
  #incarnation = 0;

  constructor(name: string) {
    this.name = name;
    this.agent = name[0]!;
  }

  holds(event: SimulatedEvent): boolean {
    return this.held.some((other) => nameOf(other) === nameOf(event));
  }

  make(deed: Deed): SimulatedEvent {
    const own = this.held.filter(({ agent }) => agent === this.agent).length;
    const building = new Set(this.held.flatMap(({ parents }) => parents));
    const event: SimulatedEvent = {
      agent: this.agent,
      sequence: own,
      lamport: this.held.reduce((most, { lamport }) => Math.max(most, lamport), 0) + 1,
      parents: this.held.map(nameOf).filter((name) => !building.has(name)),
      deed,
    };
    this.held.push(event);
    return event;
  }

  /** Forgets all after the first `count` events, and writes as somebody else from now on. */
  restart(count: number): void {
    this.held = this.held.slice(0, count);
    this.#incarnation += 1;
    this.agent = `${this.name[0]}${this.#incarnation}`;
  }

  /** All elements of the text, also those that were deleted, and whether they were. */
  text(): { readonly name: string; readonly isDeleted: boolean }[] {
    const children = new Map<string, { left: string[]; right: string[] }>([
      ["", { left: [], right: [] }],
    ]);
    const deleted = new Set<string>();
    for (const event of this.held) {
      if (event.deed.f === "delete") deleted.add(event.deed.element);
      if (event.deed.f !== "insert") continue;
      children.set(nameOf(event), { left: [], right: [] });
      const siblings = children.get(event.deed.parent)![event.deed.side];
      siblings.push(nameOf(event));
      siblings.sort();
    }
    const walk = (name: string): string[] => {
      const { left, right } = children.get(name)!;
      return [...left.flatMap(walk), ...(name === "" ? [] : [name]), ...right.flatMap(walk)];
    };
    return walk("").map((name) => ({ name, isDeleted: deleted.has(name) }));
  }

  /** The elements that are shown. */
  shown(): string[] {
    return this.text()
      .filter(({ isDeleted }) => !isDeleted)
      .map(({ name }) => name);
  }

  /** Where Fugue puts what is inserted behind `after`. */
  spotBehind(after: string): Deed {
    const all = this.text().map(({ name }) => name);
    const hasRight = this.held.some(
      ({ deed }) => deed.f === "insert" && deed.parent === after && deed.side === "right",
    );
    const next = all[all.indexOf(after) + 1];
    return hasRight
      ? { f: "insert", parent: next!, side: "left" }
      : { f: "insert", parent: after, side: "right" };
  }

  /** Parents of the nodes that are shown. */
  tree(): Map<string, string | null> {
    const parents = new Map<string, string | null>();
    const order = [...this.held].sort(
      (a, b) => a.lamport - b.lamport || (a.agent < b.agent ? -1 : 1),
    );
    const isBelow = (node: string | null, other: string): boolean =>
      node !== null && (node === other || isBelow(parents.get(node) ?? null, other));
    for (const { deed } of order) {
      if (deed.f === "fell") parents.set(deed.node, "trash");
      if (deed.f !== "grow" && deed.f !== "move") continue;
      if (!isBelow(deed.parent, deed.node)) parents.set(deed.node, deed.parent);
    }
    return new Map([...parents].filter(([node]) => !isBelow(node, "trash")));
  }

  register(): number | null {
    const sets = this.held.filter(({ deed }) => deed.f === "set");
    sort(sets);
    const { deed } = sets[sets.length - 1] ?? { deed: null };
    return deed?.f === "set" ? deed.value : null;
  }
}

function sort(events: SimulatedEvent[]): void {
  events.sort((a, b) => a.lamport - b.lamport || (a.agent < b.agent ? -1 : 1));
}

/** Runs them: they edit, hear of each other, call things durable, restart, and settle at the end. */
export function runReplicas(random: Random, { replicas: count, steps }: Plan): Run {
  const replicas = ["ann", "bob", "cy", "dan", "eve"]
    .slice(0, count)
    .map((name) => new Replica(name));
  const records: MergeRecord[] = [];
  for (let step = 0; step < steps; step += 1) {
    const replica = randomItem(random, replicas);
    const dice = randomBelow(random, 20);
    if (dice < 7) records.push(...edit(random, replica));
    else if (dice < 12) records.push(...hear(random, replica, randomItem(random, replicas)));
    else if (dice < 17) records.push(...show(random, replica));
    else if (dice === 17) records.push(...callDurable(random, replica));
    else if (dice === 18 && randomBelow(random, 3) === 0) records.push(restart(random, replica));
    else if (dice === 19) records.push(versionOf(replica));
  }
  for (const replica of [...replicas, ...replicas]) {
    for (const other of replicas) records.push(...hear(null, replica, other));
  }
  records.push({ type: "settled" });
  for (const replica of replicas) records.push(...show(null, replica));
  return { records, replicas };
}

function edit(random: Random, replica: Replica): MergeRecord[] {
  const dice = randomBelow(random, 8);
  if (dice < 4) return type(random, replica);
  if (dice === 4) return erase(random, replica);
  if (dice < 7) return climb(random, replica);
  const value = randomBelow(random, 100);
  return [eventRecord(replica, [replica.make({ f: "set", value })], {})];
}

function type(random: Random, replica: Replica): MergeRecord[] {
  const shown = replica.shown();
  const place = randomBelow(random, shown.length + 1);
  let after = shown[place - 1] ?? "";
  let before = shown[place] ?? "";
  const isBackwards = randomBelow(random, 3) === 0;
  const records: MergeRecord[] = [];
  for (let keys = 1 + randomBelow(random, 3); keys > 0; keys -= 1) {
    const length = isBackwards ? 1 : 1 + randomBelow(random, 3);
    const neighbours = { after: idOrNull(after), before: idOrNull(before) };
    const events = Array.from({ length }, () => {
      const event = replica.make(replica.spotBehind(after));
      if (!isBackwards) after = nameOf(event);
      else before = nameOf(event);
      return event;
    });
    const insert = [runOf(events)];
    records.push(eventRecord(replica, events, { object: "text", insert, ...neighbours }));
  }
  return records;
}

function erase(random: Random, replica: Replica): MergeRecord[] {
  const shown = replica.shown();
  if (shown.length === 0) return [];
  const element = randomItem(random, shown);
  const event = replica.make({ f: "delete", element });
  return [eventRecord(replica, [event], { object: "text", delete: [idOf(element)] })];
}

function climb(random: Random, replica: Replica): MergeRecord[] {
  const nodes = [...replica.tree().keys()];
  const dice = nodes.length === 0 ? 0 : randomBelow(random, 4);
  const parent = randomItem(random, [null, ...nodes]);
  if (dice < 2) {
    const own = replica.held.filter(({ agent }) => agent === replica.agent).length;
    const node = `${replica.agent}:${own}`;
    const event = replica.make({ f: "grow", node, parent });
    const under = { parent: parent === null ? null : idOf(parent) };
    return [eventRecord(replica, [event], { object: "tree", insert: [idOf(node)], ...under })];
  }
  const node = randomItem(random, nodes);
  if (dice === 2) {
    const event = replica.make({ f: "move", node, parent });
    const under = { parent: parent === null ? null : idOf(parent) };
    return [eventRecord(replica, [event], { object: "tree", move: [idOf(node)], ...under })];
  }
  const event = replica.make({ f: "fell", node });
  return [eventRecord(replica, [event], { object: "tree", delete: [idOf(node)] })];
}

function eventRecord(
  replica: Replica,
  events: readonly SimulatedEvent[],
  what: Omit<MergeEventRecord, "type" | "replica" | "id" | "parents">,
): MergeRecord {
  const parents = events[0]!.parents.map(idOf);
  return { type: "event", replica: replica.name, id: runOf(events), parents, ...what };
}

function hear(random: Random | null, replica: Replica, other: Replica): MergeRecord[] {
  const lacking = other.held.filter((event) => !replica.holds(event));
  const count = random === null ? lacking.length : randomBelow(random, lacking.length + 1);
  const records: MergeRecord[] = [];
  let run: SimulatedEvent[] = [];
  const flush = () => {
    if (run.length > 0) {
      records.push({ type: "event", replica: replica.name, id: runOf(run) });
    }
    run = [];
  };
  for (const event of lacking.slice(0, count)) {
    const last = run[run.length - 1];
    if (last?.agent !== event.agent || last.sequence + 1 !== event.sequence) flush();
    run.push(event);
    replica.held.push(event);
  }
  flush();
  return records;
}

function show(random: Random | null, replica: Replica): MergeRecord[] {
  const own = { type: "state" as const, replica: replica.name };
  const tree = [...replica.tree()].sort(([a], [b]) => (a < b ? -1 : 1));
  const states: MergeRecord[] = [
    { ...own, object: "text", list: joined(replica.shown()) },
    {
      ...own,
      object: "tree",
      tree: tree.map(([node, parent]) => [idOf(node), parent === null ? null : idOf(parent)]),
    },
    { ...own, object: "register", value: replica.register() },
    { ...own, digest: `${replica.shown()} ${replica.register()}` },
  ];
  return random === null ? states : states.filter(() => randomBelow(random, 2) === 0);
}

function callDurable(random: Random, replica: Replica): MergeRecord[] {
  replica.durableCount = Math.max(
    replica.durableCount,
    randomBelow(random, replica.held.length + 1),
  );
  const events = joined(replica.held.slice(0, replica.durableCount).map(nameOf));
  const own = { type: "durable" as const, replica: replica.name };
  return [replica.durableCount === replica.held.length ? own : { ...own, events }];
}

function restart(random: Random, replica: Replica): MergeRecord {
  const spare = replica.held.length - replica.durableCount;
  replica.restart(replica.durableCount + randomBelow(random, spare + 1));
  return {
    type: "restart",
    replica: replica.name,
    events: joined(replica.held.map(nameOf)),
  };
}

function versionOf(replica: Replica): MergeRecord {
  return { type: "version", replica: replica.name, events: joined(replica.held.map(nameOf)) };
}

function runOf(events: readonly SimulatedEvent[]): MergeIds {
  const { agent, sequence } = events[0]!;
  return events.length === 1 ? [agent, sequence] : [agent, sequence, sequence + events.length];
}

/** Names as ids, neighbours that follow each other as runs. */
export function joined(names: readonly string[]): MergeIds[] {
  const runs: [string, number, number][] = [];
  for (const name of names) {
    const [agent, sequence] = idOf(name) as [string, number];
    const last = runs[runs.length - 1];
    if (last?.[0] === agent && last[2] === sequence) last[2] += 1;
    else runs.push([agent, sequence, sequence + 1]);
  }
  return runs;
}

function idOrNull(name: string): MergeId | null {
  return name === "" ? null : idOf(name);
}
