// A judge of merge logs that does everything the slow way: sets of texts, all pairs of
// states, all pairs of elements and their transitive closure.

import type { MergeIds, MergePromise, MergeRecord, MergeStateRecord } from "@holdfast/check";

function namesOf(ids: readonly MergeIds[]): string[] {
  return ids.flatMap((each) => {
    if (typeof each === "string") return [`${each}:0`];
    const [agent, from, to = from + 1] = each as readonly [string, number, number?];
    return Array.from({ length: to - from }, (_, offset) => `${agent}:${from + offset}`);
  });
}

const before = (name: string): string | null => {
  const [agent, sequence] = name.split(":");
  return sequence === "0" ? null : `${agent}:${Number(sequence) - 1}`;
};

interface Snapshot {
  readonly state: MergeStateRecord;
  readonly held: ReadonlySet<string>;
}

/** Promises that a log breaks, of those that this judge knows. */
export function naivelyBroken(records: readonly MergeRecord[]): Set<MergePromise> {
  const broken = new Set<MergePromise>();
  const parents = new Map<string, readonly string[]>();
  for (const record of records) {
    if (record.type !== "event" || record.parents === undefined) continue;
    const [first] = namesOf([record.id]);
    if (!parents.has(first!)) parents.set(first!, namesOf(record.parents));
  }
  const held = new Map<string, Set<string>>();
  const durable = new Map<string, Set<string>>();
  const snapshots: Snapshot[] = [];
  for (const record of records) {
    if (record.type === "settled") {
      const sets = (record.replicas ?? [...held.keys()]).map((name) => held.get(name) ?? new Set());
      if (new Set(sets.map((set) => [...set].sort().join())).size > 1) {
        broken.add("eventual-delivery");
      }
      continue;
    }
    const own = held.get(record.replica) ?? new Set<string>();
    held.set(record.replica, own);
    const kept = durable.get(record.replica) ?? new Set<string>();
    durable.set(record.replica, kept);
    const lacksParent = (name: string) =>
      [before(name), ...(parents.get(name) ?? [])].some((each) => each !== null && !own.has(each));
    if (record.type === "state") snapshots.push({ state: record, held: new Set(own) });
    if (record.type === "event") {
      for (const name of namesOf([record.id])) {
        if (own.has(name)) broken.add("once");
        if (lacksParent(name)) broken.add("causal-delivery");
        own.add(name);
      }
    }
    if (record.type === "durable") {
      for (const name of record.events === undefined ? own : namesOf(record.events)) {
        if (own.has(name)) kept.add(name);
        else broken.add("durability");
      }
    }
    if (record.type === "version" || record.type === "restart") {
      const now = new Set(namesOf(record.events));
      const lost = [...own].some((name) => !now.has(name));
      const added = [...now].filter((name) => !own.has(name));
      if (record.type === "version" ? lost : added.length > 0) broken.add("no-rollback");
      own.clear();
      for (const name of now) own.add(name);
      if (record.type === "version" && added.some(lacksParent)) broken.add("causal-delivery");
      if ([...kept].some((name) => !own.has(name))) broken.add("durability");
      for (const name of kept) if (!own.has(name)) kept.delete(name);
    }
  }
  if (!converges(snapshots)) broken.add("convergence");
  if (!hasContents(records, snapshots)) broken.add("contents");
  const order = orderOf(records, snapshots);
  if (order.hasTurnedPair) broken.add("weak-list");
  if (order.hasCycle) broken.add("strong-list");
  if (snapshots.some(({ state }) => state.tree !== undefined && !isTree(state))) broken.add("tree");
  return broken;
}

function converges(snapshots: readonly Snapshot[]): boolean {
  const keyOf = ({ state: { object, list, tree, value, digest } }: Snapshot) => {
    const nodes = (tree ?? []).map(([node, parent]) => JSON.stringify([parent, node]));
    return JSON.stringify([object, list && namesOf(list), tree && nodes.sort(), value, digest]);
  };
  const kindOf = ({ state }: Snapshot) => Object.keys(state).sort().join();
  const heldBy = ({ held }: Snapshot) => [...held].sort().join();
  return snapshots.every((one) =>
    snapshots.every(
      (other) =>
        one.state.object !== other.state.object ||
        kindOf(one) !== kindOf(other) ||
        heldBy(one) !== heldBy(other) ||
        keyOf(one) === keyOf(other),
    ),
  );
}

function hasContents(records: readonly MergeRecord[], snapshots: readonly Snapshot[]): boolean {
  return snapshots.every(({ state, held }) => {
    const shown =
      state.tree === undefined
        ? namesOf(state.list ?? [])
        : namesOf(state.tree.map(([node]) => node));
    if (new Set(shown).size !== shown.length) return false;
    if (state.list === undefined) return true;
    const there = new Set<string>();
    let isDescribed = false;
    for (const kind of ["insert", "delete"] as const) {
      for (const record of records) {
        if (record.type !== "event" || record.object !== state.object) continue;
        const elements = namesOf(record[kind] ?? []);
        const events = namesOf([record.id]);
        if (kind === "insert" && record.insert !== undefined) isDescribed = true;
        for (const [place, element] of elements.entries()) {
          if (!held.has(events.length === 1 ? events[0]! : events[place]!)) continue;
          if (kind === "insert") there.add(element);
          else there.delete(element);
        }
      }
    }
    return !isDescribed || (shown.length === there.size && shown.every((each) => there.has(each)));
  });
}

function orderOf(records: readonly MergeRecord[], snapshots: readonly Snapshot[]) {
  const chains = snapshots
    .filter(({ state }) => state.list !== undefined)
    .map(({ state }) => namesOf(state.list!).map((name) => `${state.object} ${name}`));
  for (const record of records) {
    if (record.type !== "event" || record.insert === undefined) continue;
    const { after, before: behind, insert, object } = record;
    if (after === undefined && behind === undefined) continue;
    const chain = [...(after ? [after] : []), ...insert, ...(behind ? [behind] : [])];
    chains.push(namesOf(chain).map((name) => `${object} ${name}`));
  }
  const reach = new Map<string, Set<string>>();
  for (const chain of chains) {
    const once = [...new Set(chain)];
    for (const [place, name] of once.entries()) {
      const row = reach.get(name) ?? new Set();
      reach.set(name, row);
      for (const other of once.slice(place + 1)) row.add(other);
    }
  }
  const hasTurnedPair = [...reach].some(([name, row]) =>
    [...row].some((other) => reach.get(other)!.has(name)),
  );
  for (const middle of reach.keys()) {
    for (const row of reach.values()) {
      if (row.has(middle)) for (const other of reach.get(middle)!) row.add(other);
    }
  }
  return { hasTurnedPair, hasCycle: [...reach].some(([name, row]) => row.has(name)) };
}

function isTree({ tree = [] }: MergeStateRecord): boolean {
  const parents = new Map(
    tree.map(([node, parent]) => [namesOf([node])[0]!, parent && namesOf([parent])[0]!]),
  );
  const reachesTop = (name: string | null, steps: number): boolean =>
    name === null ||
    (steps > 0 && parents.has(name) && reachesTop(parents.get(name) as string | null, steps - 1));
  return (
    parents.size === tree.length &&
    [...parents.keys()].every((name) => reachesTop(name, tree.length))
  );
}
