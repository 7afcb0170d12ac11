// Histories of a document by several writers, cut into bundles in many ways, some
// of them by a writer whose identity was used twice.

import { type AgentId, VersionVector } from "@holdfast/causality";
import { clipBundle, Doc, decodeBundle, encodeBundle, joinBundles } from "@holdfast/doc";
import fc from "fast-check";
import { agent, notes } from "./bundles.ts";

const writers = 3;

/** What happens in a history. */
type Step =
  | {
      readonly type: "insert" | "delete";
      readonly writer: number;
      readonly at: number;
      readonly length: number;
    }
  | { readonly type: "merge"; readonly writer: number; readonly from: number };

/** How a bundle is cut from a history. */
interface Cut {
  readonly forged: boolean;
  readonly since: readonly number[];
  readonly lengths: readonly number[];
  readonly joined: boolean;
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom("insert" as const, "insert" as const, "delete" as const),
      writer: fc.nat(writers - 1),
      at: fc.nat(20),
      length: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("merge" as const),
      writer: fc.nat(writers - 1),
      from: fc.nat(writers - 1),
    }),
  },
);

const cut: fc.Arbitrary<Cut> = fc.record({
  forged: fc.boolean().map((unlikely) => unlikely),
  since: fc.array(fc.nat(14), { minLength: writers, maxLength: writers }),
  lengths: fc.array(fc.nat(8), { minLength: writers, maxLength: writers }),
  joined: fc.boolean(),
});

/** Bundles of one document, in an order that is seldom causal; some contradict others. */
export const offers: fc.Arbitrary<readonly Uint8Array[]> = fc
  .record({
    steps: fc.array(step, { minLength: 5, maxLength: 30 }),
    cuts: fc.array(cut, { minLength: 5, maxLength: 40 }),
  })
  .map(({ steps, cuts }) => {
    const honest = whole(steps, "abcdefghij");
    const forged = whole(steps, "abXdefghij");
    return cuts.flatMap((each) => cutBundle(each.forged ? forged : honest, each));
  });

/** The history's bundles in causal order: each step's by itself. */
export function whole(steps: readonly Step[], letters: string): readonly Uint8Array[] {
  const docs = Array.from(
    { length: writers },
    (_, index) => new Doc({ document: notes, agent: agent(index + 1) }),
  );
  const bundles: Uint8Array[] = [];
  let typed = 0;
  for (const each of steps) {
    const doc = docs[each.writer]!;
    if (each.type === "merge") {
      const bytes = docs[each.from]!.bundle(doc.vector());
      if (bytes !== null) doc.apply(bytes);
      continue;
    }
    const text = doc.text("body");
    const at = Math.min(each.at, text.length);
    const change = doc.change(() => {
      if (each.type === "delete") text.delete(at, Math.min(each.length, text.length - at));
      else
        for (let n = 0; n < each.length; n += 1, typed += 1)
          text.insert(at + n, letters[typed % 10]!);
    });
    if (change !== null) bundles.push(...change.bundles());
  }
  return bundles;
}

function cutBundle(
  history: readonly Uint8Array[],
  { since, lengths, joined }: Cut,
): readonly Uint8Array[] {
  const [from, to] = [new VersionVector(), new VersionVector()];
  for (let index = 0; index < writers; index += 1) {
    const id: AgentId = agent(index + 1);
    from.advance(id, since[index]!);
    to.advance(id, since[index]! + lengths[index]!);
  }
  const pieces = history.flatMap((bytes) => clipBundle(bytes, from, to) ?? []);
  if (!joined || pieces.length === 0) return pieces;
  return [encodeBundle(joinBundles(pieces.map((bytes) => decodeBundle(bytes))))];
}
