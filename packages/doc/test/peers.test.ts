// Some people who write one document, hear of each other now and then, undo, ask for cursors and close
// their documents: in the end all have the same, and the same places in it.

import { Doc } from "@holdfast/doc";
import { randomBelow, SeededRandom } from "@holdfast/std";
import { expect, test } from "vitest";
import { agentAt } from "./history.ts";
import { document } from "./laws.ts";

// What `from` has and `to` lacks, given to `to`.
function hand(from: Doc, to: Doc): void {
  const bundle = from.bundle(to.vector());
  if (bundle !== null) expect(to.apply(bundle).missing).toEqual([]);
}

// Places between characters, so that no pair is parted.
function placesOf(text: string): number[] {
  const places = [0];
  for (const character of text) places.push(places.at(-1)! + character.length);
  return places;
}

class Town {
  readonly docs: Doc[];
  readonly #random: SeededRandom;
  readonly #hasPairs: boolean;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#hasPairs = this.#draw(3) === 0;
    const first = new Doc({ document, agent: agentAt(0) });
    first.text("body").insert(0, this.#hasPairs ? "0123😀456789" : "0123456789");
    this.docs = [first];
    for (let who = 1 + this.#draw(3); who > 0; who -= 1) {
      const doc = new Doc({ document, agent: agentAt(who) });
      hand(first, doc);
      this.docs.push(doc);
    }
  }

  step(): void {
    const who = this.#draw(this.docs.length);
    const doc = this.docs[who]!;
    const text = doc.text("body");
    const places = placesOf(text.toString());
    const place = this.#draw(places.length);
    switch (this.#draw(10)) {
      case 0:
      case 1:
        text.insert(places[place]!, this.#hasPairs ? "a😀" : "abc".slice(0, 1 + this.#draw(3)));
        break;
      case 2: {
        const from = Math.min(place, this.#draw(places.length));
        text.delete(places[from]!, places[place]! - places[from]!);
        break;
      }
      case 3: // With the backspace key; somebody may hear of a part of it.
        for (let at = place; at > Math.max(0, place - 5); at -= 1) {
          text.delete(places[at - 1]!, places[at]! - places[at - 1]!);
          if (this.#draw(4) === 0) hand(doc, this.docs[(who + 1) % this.docs.length]!);
        }
        break;
      case 4:
        if (this.#draw(2) === 0) doc.undo();
        else doc.redo();
        break;
      case 5:
        text.position(text.cursor(places[place]!, "before"));
        break;
      case 6:
        if (this.#draw(3) === 0) this.docs[who] = Doc.decode(doc.encode(), { agent: doc.agent });
        break;
      default:
        hand(this.docs[this.#draw(this.docs.length)]!, doc);
    }
  }

  #draw(count: number): number {
    return randomBelow(this.#random, count);
  }
}

function play(seed: number): void {
  const town = new Town(seed);
  for (let count = 60; count > 0; count -= 1) town.step();
  for (let round = 0; round < 2; round += 1) {
    for (const from of town.docs) for (const to of town.docs) if (from !== to) hand(from, to);
  }
  const late = new Doc({ document, agent: agentAt(99) });
  hand(town.docs[0]!, late);
  const text = late.text("body").toString();
  for (const doc of town.docs) {
    expect(doc.text("body").toString()).toBe(text);
    const again = Doc.decode(doc.encode(), { agent: agentAt(98), verify: true });
    for (const place of placesOf(text)) {
      const cursor = late.text("body").cursor(place, "before");
      expect(doc.text("body").cursor(place, "before")).toEqual(cursor);
      expect(again.text("body").position(cursor)).toBe(place);
    }
  }
}

const seeds = Number(process.env["HOLDFAST_PEERS_SEEDS"] ?? 80);

test("D1, D10, D11: whatever people do, all come to the same text with the same places in it", () => {
  for (let seed = 0; seed < seeds; seed += 1) play(seed);
});
