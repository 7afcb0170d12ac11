// Damages a merge log at random places: what went wrong is told by a slow judge.

import type { MergeIds, MergeRecord, MergeStateRecord } from "@holdfast/check";
import { type Random, randomBelow, randomItem } from "@holdfast/std";
import { idOf, joined } from "./replicas.ts";

/** The same log with something changed. */
export function damage(random: Random, records: readonly MergeRecord[]): MergeRecord[] {
  const place = randomBelow(random, records.length);
  const log = [...records];
  const record = log[place]!;
  switch (randomBelow(random, 5)) {
    case 0:
      log.splice(place, 1);
      break;
    case 1:
      log.splice(randomBelow(random, log.length), 0, record);
      break;
    case 2:
      log.splice(place, 1);
      log.splice(randomBelow(random, log.length + 1), 0, record);
      break;
    case 3:
      log[place] = changed(random, record, records);
      break;
    default:
      if (record.type === "event") {
        log[place] = {
          ...record,
          replica: randomItem(random, ["ann", "bob"]),
        };
      }
  }
  return log;
}

function changed(
  random: Random,
  record: MergeRecord,
  records: readonly MergeRecord[],
): MergeRecord {
  if (record.type === "version" || record.type === "restart") {
    return { ...record, events: without(random, record.events) };
  }
  if (record.type !== "state") return record;
  if (record.list !== undefined) return { ...record, list: disturbed(random, record.list) };
  if (record.value !== undefined) return { ...record, value: randomBelow(random, 3) };
  if (record.tree === undefined || record.tree.length === 0) return record;
  const others = records.filter((each): each is MergeStateRecord => each.type === "state");
  const nodes = [null, ...others.flatMap(({ tree = [] }) => tree.map(([node]) => node))];
  const victim = randomBelow(random, record.tree.length);
  const tree = record.tree.map(
    ([node, parent], place) =>
      [node, place === victim ? randomItem(random, nodes) : parent] as const,
  );
  const isDoubled = randomBelow(random, 4) === 0;
  return { ...record, tree: isDoubled ? [...tree, tree[victim]!] : tree };
}

function disturbed(random: Random, list: readonly MergeIds[]): MergeIds[] {
  const names = namesOf(list);
  if (names.length === 0) return [["a", 0]];
  const [name] = names.splice(randomBelow(random, names.length), 1);
  const dice = randomBelow(random, 4);
  if (dice > 0) names.splice(randomBelow(random, names.length + 1), 0, name!);
  if (dice === 3) names.splice(randomBelow(random, names.length + 1), 0, name!);
  return joined(names);
}

function without(random: Random, events: readonly MergeIds[]): MergeIds[] {
  const names = namesOf(events);
  names.splice(randomBelow(random, names.length + 1), 1);
  return joined(names);
}

function namesOf(ids: readonly MergeIds[]): string[] {
  return ids.flatMap((each) => {
    const [agent, from, to = from + 1] = each as readonly [string, number, number?];
    return Array.from({ length: to - from }, (_, offset) => `${agent}:${from + offset}`);
  });
}

/** A log in which lists are told to show anything, of a few elements. */
export function anyLists(random: Random): MergeRecord[] {
  return Array.from({ length: 2 + randomBelow(random, 5) }, (_, place): MergeRecord[] => {
    const names = ["x:0", "y:0", "z:0", "v:0", "w:0"];
    while (names.length > 2 && randomBelow(random, 12) > 0) {
      names.splice(randomBelow(random, names.length), 1);
    }
    for (let left = names.length - 1; left > 0; left -= 1) {
      // Mostly in one order, so that some logs hold.
      if (randomBelow(random, 3) > 0) continue;
      const right = randomBelow(random, left + 1);
      [names[left], names[right]] = [names[right]!, names[left]!];
    }
    const replica = `r${place}`;
    return [
      { type: "event", replica, id: ["e", place] },
      { type: "state", replica, list: names.map(idOf) },
    ];
  }).flat();
}
