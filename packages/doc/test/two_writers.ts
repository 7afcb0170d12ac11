// Two who write one document, and what they do to it.

import { Doc } from "@holdfast/doc";
import { randomBelow, type SeededRandom } from "@holdfast/std";
import { expect } from "vitest";
import { agentAt } from "./history.ts";
import { document } from "./laws.ts";

/** What both begin with. */
export const initial = "the initial text 😀 of both";

/** Ann and Bob, who hold {@link initial}. */
export function pair(): { ann: Doc; bob: Doc } {
  const ann = new Doc({ document, agent: agentAt(0) });
  ann.change(() => ann.text("body").insert(0, initial), { undo: false });
  ann.change(() => ann.map("meta").set("k", "initial"), { undo: false });
  const bob = new Doc({ document, agent: agentAt(1) });
  exchange(ann, bob);
  return { ann, bob };
}

/** Each gets all that the other has. */
export function exchange(a: Doc, b: Doc): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const bytes = from.bundle(to.vector());
    if (bytes !== null) expect(to.apply(bytes).missing).toEqual([]);
  }
}

/** A position that splits no pair. */
export function position(text: string, random: SeededRandom): number {
  const starts = [0];
  for (const char of text) starts.push(starts.at(-1)! + char.length);
  return starts[randomBelow(random, starts.length)]!;
}

/** Inserts up to four of `letters` somewhere. Lower-case ones are Ann's, capitals are Bob's. */
export function scribble(doc: Doc, random: SeededRandom, letters: string): void {
  const text = doc.text("body");
  const at = position(text.toString(), random);
  const count = 1 + randomBelow(random, 4);
  let typed = "";
  for (let index = 0; index < count; index += 1)
    typed += letters[randomBelow(random, letters.length)];
  text.insert(at, typed);
}

/** Deletes a few units somewhere, but for capitals. */
export function erase(doc: Doc, random: SeededRandom): void {
  const text = doc.text("body");
  const at = position(text.toString(), random);
  const to = at + [...text.slice(at)].slice(0, randomBelow(random, 8)).join("").length;
  if (to > at && !/[A-Z]/.test(text.slice(at, to))) text.delete(at, to - at);
}
