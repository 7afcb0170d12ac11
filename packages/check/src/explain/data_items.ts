// What sets, queues and generators of ids did wrong: values that were lost, came from
// nowhere, came twice or in the wrong order, and the operations that show it.

import type { CallOperation, Item } from "../data_types/calls.ts";
import type { QueueVerdict } from "../data_types/queue.ts";
import type { SetVerdict } from "../data_types/set.ts";
import type { TotalQueueVerdict } from "../data_types/total_queue.ts";
import type { UniqueIdsVerdict } from "../data_types/unique_ids.ts";
import { describeCount, describeValue } from "./describe.ts";
import type { Finding } from "./report.ts";

/** Values that a sentence names, and whose operations are shown. */
const itemsMax = 12;

/** What a set lost, and what came from nowhere. Linear. */
export function setFindings(
  history: readonly CallOperation[],
  { lost, unexpected }: SetVerdict,
): Finding[] {
  const read = lastRead(history);
  const findings: Finding[] = [];
  if (lost.length > 0) {
    const operations = [...placesOf(history, lost, "put"), ...read];
    const sentence = `${valuesText(lost)} added and acknowledged, and missing in the last read`;
    findings.push({ title: "lost", sentence, operations, edges: [], isAllowed: false });
  }
  if (unexpected.length > 0) {
    const sentence = `${valuesText(unexpected)} read, though nobody added such a thing`;
    const title = "from nowhere";
    findings.push({ title, sentence, operations: read, edges: [], isAllowed: false });
  }
  return findings;
}

/** What a queue lost, gave out without having got it, or more than once. Linear. */
export function totalQueueFindings(
  history: readonly CallOperation[],
  { lost, unexpected, duplicated }: TotalQueueVerdict,
): Finding[] {
  const finding = (title: string, items: readonly Item[], sentence: string): Finding[] =>
    items.length === 0
      ? []
      : [
          {
            title,
            sentence: `${valuesText(items)} ${sentence}`,
            operations: placesOf(history, items, "any"),
            edges: [],
            isAllowed: title === "twice",
          },
        ];
  return [
    ...finding("lost", lost, "put in and acknowledged, and never came out"),
    ...finding("from nowhere", unexpected, "taken out, though nobody put such a thing in"),
    ...finding("twice", duplicated, "taken out more often than put in"),
  ];
}

/** What a queue gave out without having got it, or in the wrong order. Linear. */
export function queueFindings(
  history: readonly CallOperation[],
  { unexpected, outOfOrder }: QueueVerdict,
): Finding[] {
  const findings: Finding[] = [];
  if (unexpected.length > 0) {
    findings.push({
      title: "from nowhere",
      sentence: `${valuesText(unexpected)} taken out without having been put in, or more often`,
      operations: placesOf(history, unexpected, "any"),
      edges: [],
      isAllowed: false,
    });
  }
  const shown = outOfOrder.slice(0, itemsMax);
  const index = indexOf(history, new Set(shown.flatMap(({ first, second }) => [first, second])));
  for (const { first, second } of outOfOrder) {
    const operations = [...(index.get(first) ?? []), ...(index.get(second) ?? [])];
    findings.push({
      title: "out of order",
      sentence: `${describeValue(first)} was in before ${describeValue(second)} was put in, yet ${describeValue(second)} came out before ${describeValue(first)} was begun to be taken`,
      operations: operations.sort((a, b) => a - b),
      edges: [],
      isAllowed: false,
    });
  }
  return findings;
}

/** Ids that were given out twice, each with who got it. Linear. */
export function uniqueIdFindings(
  history: readonly CallOperation[],
  { duplicated }: UniqueIdsVerdict,
): Finding[] {
  const receivers = new Map<string, number[]>();
  for (const [place, { input, outcome, output }] of history.entries()) {
    if (input.f !== "generate" || outcome !== "ok") continue;
    if (!Object.hasOwn(duplicated, String(output))) continue;
    const places = receivers.get(String(output)) ?? [];
    receivers.set(String(output), places);
    places.push(place);
  }
  return Object.entries(duplicated).map(([id, count]) => ({
    title: "given out twice",
    sentence: `${describeValue(id)} was given out ${count} times`,
    operations: receivers.get(id) ?? [],
    edges: [],
    isAllowed: false,
  }));
}

function valuesText(items: readonly Item[]): string {
  const shown = items.slice(0, itemsMax).map((item) => describeValue(item, 60));
  const more =
    items.length > shown.length ? ` and ${describeCount(items.length - shown.length)} more` : "";
  const verb = items.length === 1 ? "was" : "were";
  return `${shown.join(", ")}${more} ${verb}`;
}

// The read that a set is judged by: of those that were answered, the one that was so last.
function lastRead(history: readonly CallOperation[]): number[] {
  let found: number | null = null;
  for (const [place, { input, outcome, completedAt }] of history.entries()) {
    if (input.f !== "read" || outcome !== "ok") continue;
    if (found === null || completedAt >= history[found]!.completedAt) found = place;
  }
  return found === null ? [] : [found];
}

// Who put in, or put in or took out, the first of these values.
function placesOf(
  history: readonly CallOperation[],
  items: readonly Item[],
  which: "put" | "any",
): number[] {
  const index = indexOf(history, new Set(items.slice(0, itemsMax)));
  const places = [...index.values()].flat().sort((a, b) => a - b);
  return which === "any" ? places : places.filter((place) => isPut(history[place]!));
}

function isPut({ input: { value } }: CallOperation): boolean {
  return value !== null && value !== undefined;
}

function indexOf(
  history: readonly CallOperation[],
  wanted: ReadonlySet<Item>,
): Map<Item, number[]> {
  const index = new Map<Item, number[]>();
  const add = (value: unknown, place: number) => {
    const item = value as Item;
    if (!wanted.has(item)) return;
    const places = index.get(item) ?? [];
    index.set(item, places);
    if (places[places.length - 1] !== place) places.push(place);
  };
  for (const [place, { input, output }] of history.entries()) {
    if (input.f === "read") continue;
    add(input.value, place);
    for (const value of Array.isArray(output) ? (output as unknown[]) : [output]) add(value, place);
  }
  return index;
}
