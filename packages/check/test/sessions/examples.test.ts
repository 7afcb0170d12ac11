// Every example of docs/sessions.md is judged as the page says, and every guarantee has one
// that keeps it and one that breaks it.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Guarantee, guarantees, impliedGuarantees, judgeSessions } from "@holdfast/check";
import { describe, expect, test } from "vitest";
import { readExample } from "../isolation/notation.ts";

const page = readFileSync(
  fileURLToPath(new URL("../../docs/sessions.md", import.meta.url)),
  "utf8",
);

// ```session holds causal      or "breaks causal"
// an operation
// > the sentence of the verdict, or a reason
// ```
const examples = [...page.matchAll(/^```session (holds|breaks) (\S+)\n([\s\S]*?)^```$/gm)].map(
  ([, what, guarantee, text], index) => {
    const lines = text!.trimEnd().split("\n");
    return {
      title: `${index + 1}: ${what} ${guarantee}`,
      holds: what === "holds",
      guarantee: guarantee as Guarantee,
      history: readExample(lines.filter((line) => !line.startsWith("> "))),
      sentences: lines.filter((line) => line.startsWith("> ")).map((line) => line.slice(2)),
    };
  },
);

describe("the examples of docs/sessions.md", () => {
  test.each(examples)("$title", ({ holds, guarantee, history, sentences }) => {
    const {
      verdict,
      guarantees: found,
      faults,
      unknown,
    } = judgeSessions(history, {
      guarantees: [guarantee],
    });
    expect(unknown).toEqual([]);
    expect(verdict).toBe(holds ? "ok" : "violation");
    expect(found[guarantee]).toBe(holds ? "holds" : "broken");
    const said = faults.flatMap(({ sentence, edges }) => [
      sentence,
      ...edges.map(({ reason }) => reason),
    ]);
    expect(said).toEqual(sentences);
    if (holds) return;
    // What it breaks, and what that is implied by; nothing else that is weaker or apart.
    const broken = guarantees.filter((each) => found[each] === "broken");
    const weaker = broken.filter((each) => !impliedGuarantees(each).includes(guarantee));
    const beside = guarantee === "causal-memory" || guarantee === "causal-plus";
    expect(beside ? [] : weaker).toEqual([]);
  });
});

test.each(guarantees)("%s has an example that keeps it and one that breaks it", (guarantee) => {
  const own = examples.filter((example) => example.guarantee === guarantee);
  expect(own.some(({ holds }) => holds)).toBe(true);
  expect(own.some(({ holds }) => !holds)).toBe(true);
});

test("the page's table of what implies what is the one that is judged by", () => {
  const rows = [...page.matchAll(/^\| ([\w-]+) \| ([\w, -]*)\|$/gm)];
  const listed = rows.filter(([, name]) => guarantees.includes(name as Guarantee));
  expect(listed.map(([, name]) => name)).toEqual(guarantees);
  for (const [, name, implied] of listed) {
    const all = implied!.split(", ").map((each) => each.trim() as Guarantee);
    const closed = all.filter(Boolean).flatMap(impliedGuarantees);
    expect(new Set(impliedGuarantees(name as Guarantee))).toEqual(
      new Set([name as Guarantee, ...closed]),
    );
  }
});
