// What people do with the lists of documents in the sync scenario, drawn from a seed.
//
// Several work at one place of one list at nearly the same time, while they can't see each
// other's words yet: that is when the order of what they put there has to be agreed upon.

import type { Operation } from "@holdfast/sim";
import { type Random, randomBelow, randomItem } from "@holdfast/std";

/** An edit of a document's list. A place goes from 0 (start) to 1 (end). */
export type ListOperation = Operation & {
  readonly client: string;
  readonly document: string;
  readonly place: number;
} & (
    | { readonly type: "put"; readonly words: readonly string[] }
    /** Takes up to `length` words away. */
    | { readonly type: "take"; readonly length: number }
    /** Puts a word in the place of another, where there is one. */
    | { readonly type: "replace"; readonly word: string }
  );

/** Where, by whom, and when at the latest. */
export interface ListSetting {
  readonly documents: readonly string[];
  readonly clients: readonly string[];
  readonly untilMs: number;
}

const meetingsMin = 3;
const meetingsMax = 8;
/** How long they work at one place. */
const meetingMs = 400;
/** How often there is a long list, and how many words it has at least and at most. */
const longShare = 1 / 6;
const longMin = 30;
const longMax = 60;
const peopleMin = 2;
const peopleMax = 4;
/** Above the numbers of all words of texts. */
const firstWord = 5_000;

/** Edits of lists. */
export function drawListWork(random: Random, setting: ListSetting): readonly ListOperation[] {
  const operations: ListOperation[] = [];
  let words = firstWord;
  const word = (): string => {
    words += 1;
    return `[${words}.${words}]`;
  };
  for (let left = between(random, meetingsMin, meetingsMax); left > 0; left -= 1) {
    const document = randomItem(random, setting.documents);
    const place = randomBelow(random, 5) / 4;
    const startMs = 300 + random.next() * (setting.untilMs - 1_000);
    for (let people = between(random, peopleMin, peopleMax); people > 0; people -= 1) {
      const client = randomItem(random, setting.clients);
      for (let edits = between(random, 1, 3); edits > 0; edits -= 1) {
        const atMs = Math.round(startMs + random.next() * meetingMs);
        operations.push(drawEdit(random, { client, document, atMs, place, word }));
      }
    }
  }
  if (random.next() >= longShare) return operations;
  const [document, client] = [
    randomItem(random, setting.documents),
    randomItem(random, setting.clients),
  ];
  let atMs = Math.round(500 + random.next() * (setting.untilMs / 2));
  for (let left = between(random, longMin, longMax); left > 0; left -= 1) {
    atMs += Math.round(60 + 60 * random.next());
    operations.push({ type: "put", client, document, atMs, place: 1, words: [word()] });
  }
  return operations;
}

function drawEdit(
  random: Random,
  { word, ...base }: Omit<ListOperation, "type"> & { readonly word: () => string },
): ListOperation {
  const dice = random.next();
  if (dice < 0.6) {
    const words = Array.from({ length: between(random, 1, 4) }, word);
    return { type: "put", ...base, words };
  }
  if (dice < 0.8) return { type: "take", ...base, length: between(random, 1, 4) };
  return { type: "replace", ...base, word: word() };
}

/** `min` up to, not including, `max`. */
function between(random: Random, min: number, max: number): number {
  return min + randomBelow(random, max - min);
}
