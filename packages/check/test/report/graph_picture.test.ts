// What is before what, drawn: each operation once, each arrow once, and of a long cycle
// only its beginning.

import type { ReportEdge } from "@holdfast/check";
import { describe, expect, test } from "vitest";
import { graphPicture } from "../../src/report/graph_picture.ts";

const edge = (from: number, to: number, type = "ww"): ReportEdge => ({
  ...{ from, to, type, reason: "it is so" },
});

const ring = (length: number, first = 0) =>
  Array.from({ length }, (_, at) => edge(first + at, first + ((at + 1) % length)));

const picture = (edges: readonly ReportEdge[]) =>
  graphPicture(edges, { sign: "T", processOf: (place) => `p${place}` });

/** Names of the nodes, and where each arrow leads, as the picture says it to who can't see it. */
function read(svg: string) {
  const [, said] = /aria-label="([^"]*)"/.exec(svg)!;
  const nodes = [...svg.matchAll(/<text[^>]*>([TR+]\d+)</g)].map(([, name]) => name);
  return { nodes, arrows: said!.split(", "), drawn: svg.match(/<g class="edge/g)!.length };
}

describe("a cycle", () => {
  test.each([1, 2, 3, 5, 9])("of %i is drawn whole", (length) => {
    const { nodes, arrows, drawn } = read(picture(ring(length)));
    expect(nodes).toEqual(Array.from({ length }, (_, at) => `T${at}`));
    expect(arrows).toEqual(
      Array.from({ length }, (_, at) => `T${at} before T${(at + 1) % length}`),
    );
    expect(drawn).toBe(length);
  });

  test("that is longer ends in one node for the rest", () => {
    const { nodes, arrows } = read(picture(ring(30)));
    expect(nodes).toEqual(["T0", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "+22"]);
    expect(arrows.slice(-2)).toEqual(["T7 before +22", "+22 before T0"]);
  });

  test("that comes by an operation twice has it once", () => {
    const { nodes, arrows } = read(picture([edge(4, 7), edge(7, 4), edge(4, 9), edge(9, 4)]));
    expect(nodes).toEqual(["T4", "T7", "T9"]);
    expect(arrows).toHaveLength(4);
  });
});

test("a chain is drawn from its beginning to its end; one that is too long is not", () => {
  const chain = [edge(3, 5, "session"), edge(5, 8, "reads-from")];
  expect(read(picture(chain))).toEqual({
    nodes: ["T3", "T5", "T8"],
    arrows: ["T3 before T5", "T5 before T8"],
    drawn: 2,
  });
  expect(picture(ring(30).slice(1))).toBe("");
});

test("arrows are drawn by what they say, and no number is none", () => {
  const svg = picture([edge(0, 1, "rw"), edge(1, 2, "real-time"), edge(2, 0, "wr-predicate")]);
  expect([...svg.matchAll(/<g class="edge (\w+)"/g)].map(([, name]) => name)).toEqual([
    "unseen",
    "time",
    "seen",
  ]);
  expect(svg).toContain(">wr pred.<");
  for (const length of [1, 2, 3, 4, 9, 30]) {
    expect(picture(ring(length, 1_234_567))).not.toMatch(/NaN|Infinity|undefined/);
  }
});
