// Histories of a document by several writers, cut into bundles in many ways, some
// of them by a writer whose identity was used twice.

import { VersionVector } from "@holdfast/causality";
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

/** How bundles are cut from a history: from a little before or after where the last cut ended. */
interface Cut {
  readonly forged: boolean;
  /** For each writer, how many events earlier than expected it begins; late where negative. */
  readonly back: readonly number[];
  /** For each writer, how many events more than expected it takes. */
  readonly more: readonly number[];
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

const perWriter = { minLength: writers, maxLength: writers };
const rarely = fc.nat(7).map((value) => value === 0);

const cut: fc.Arbitrary<Cut> = fc.record({
  forged: rarely,
  back: fc.array(fc.integer({ min: -1, max: 4 }), perWriter),
  more: fc.array(fc.nat(4), perWriter),
  joined: fc.boolean(),
});

/** Bundles of one document, mostly in a causal order, overlapping; some contradict others. */
export const offers: fc.Arbitrary<readonly Uint8Array[]> = fc
  .record({
    steps: fc.array(step, { minLength: 5, maxLength: 30 }),
    cuts: fc.array(cut, { minLength: 5, maxLength: 40 }),
  })
  .map(({ steps, cuts }) => {
    const honest = whole(steps, "abcdefghij");
    const forged = whole(steps, "abXdefghij");
    const total = new VersionVector();
    for (const { sections } of honest.map((bytes) => decodeBundle(bytes))) {
      for (const { runs } of sections) for (const run of runs) total.advance(run.agent, run.to);
    }
    return cuts.flatMap((each, index) => {
      const [from, to] = [new VersionVector(), new VersionVector()];
      for (const [writer, back] of each.back.entries()) {
        const id = agent(writer + 1);
        const share = total.next(id) / cuts.length;
        from.advance(id, Math.max(0, Math.floor(share * index) - back));
        to.advance(id, Math.ceil(share * (index + 1)) + each.more[writer]!);
      }
      return cutBundles(each.forged ? forged : honest, { from, to, joined: each.joined });
    });
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

function cutBundles(
  history: readonly Uint8Array[],
  { from, to, joined }: { from: VersionVector; to: VersionVector; joined: boolean },
): readonly Uint8Array[] {
  const pieces = history.flatMap((bytes) => clipBundle(bytes, from, to) ?? []);
  if (!joined || pieces.length === 0) return pieces;
  return [encodeBundle(joinBundles(pieces.map((bytes) => decodeBundle(bytes))))];
}
