import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { difference, replacements } from "../src/data/text_difference.ts";

function apply(before: string, after: string): string {
  let text = before;
  for (const { at, deleted, inserted } of [...replacements(before, after)].reverse()) {
    text = text.slice(0, at) + inserted + text.slice(at + deleted);
  }
  return text;
}

// Few words and characters, so that much of it is common.
const prose = fc
  .array(fc.constantFrom("one", "two", "three", " ", " ", "\n", ".", "🙂", "🙃", "é", "_"), {
    maxLength: 40,
  })
  .map((parts) => parts.join(""));

describe("the difference of two texts", () => {
  test("makes the one of the other, whatever they are", () => {
    fc.assert(
      fc.property(prose, prose, (before, after) => {
        const stretches = difference(before, after);
        const of = (...kinds: string[]) =>
          stretches
            .filter(({ kind }) => kinds.includes(kind))
            .map(({ text }) => text)
            .join("");
        expect(of("kept", "old")).toBe(before);
        expect(of("kept", "new")).toBe(after);
        expect(apply(before, after)).toBe(after);
        for (const { text } of stretches) expect(text.isWellFormed()).toBe(true);
        for (const [index, { kind }] of stretches.entries()) {
          expect(stretches[index + 1]?.kind).not.toBe(kind);
        }
      }),
    );
  });

  test("is as short as the naive one in words", () => {
    const words = fc.array(fc.constantFrom("a ", "b ", "c "), { maxLength: 12 });
    fc.assert(
      fc.property(words, words, (a, b) => {
        // What both begin and end with is set aside by characters: keep it apart by marks.
        const [before, after] = [`<${a.join("")}`, `>${b.join("")}`];
        const changed = difference(`${before}[`, `${after}]`)
          .filter(({ kind }) => kind !== "kept")
          .flatMap(({ text }) => text.match(/\w+|\s+|[^\w\s]/g)!).length;
        const [left, right] = [before, after].map((text) => text.match(/\w+|\s+|[^\w\s]/g)!);
        expect(changed).toBeLessThanOrEqual(
          left!.length + right!.length - 2 * common(left!, right!) + 2,
        );
      }),
    );
  });

  test("keeps characters whole that have one half in common", () => {
    for (const [a, b] of [
      ["\u{1F642}", "\u{1F643}"],
      ["\u{1F642}", "\u{1FA42}"],
    ] as const) {
      for (const { text } of difference(`x${a}`, `y${b}`)) expect(text.isWellFormed()).toBe(true);
    }
  });

  test("touches only what differs", () => {
    expect(
      replacements("The first line.\nThe second.", "The first line!\nThe last second."),
    ).toEqual([
      { at: 14, deleted: 1, inserted: "!" },
      { at: 19, deleted: 0, inserted: " last" },
    ]);
    expect(replacements("same", "same")).toEqual([]);
  });

  test("replaces the middle as a whole where there is too much to find out", () => {
    const words = (seed: string) =>
      Array.from({ length: 3_000 }, (_, index) => `${seed}${index}`).join(" ");
    const [before, after] = [`<${words("a")}>`, `<${words("b")}>`];
    expect(difference(before, after).map(({ kind }) => kind)).toEqual([
      "kept",
      "old",
      "new",
      "kept",
    ]);
    expect(apply(before, after)).toBe(after);
  });
});

// The longest common subsequence, as one would write it down.
function common(a: readonly string[], b: readonly string[]): number {
  const rows = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = 1; i <= a.length; i += 1) {
    for (let j = 1; j <= b.length; j += 1) {
      rows[i]![j] =
        a[i - 1] === b[j - 1]
          ? rows[i - 1]![j - 1]! + 1
          : Math.max(rows[i - 1]![j]!, rows[i]![j - 1]!);
    }
  }
  return rows[a.length]![b.length]!;
}
