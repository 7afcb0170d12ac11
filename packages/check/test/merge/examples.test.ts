// Every example of docs/merge.md is judged as the page says, and every promise has one that
// keeps it and one that breaks it.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { judgeMerge, type MergePromise, mergePromises, readMergeLog } from "@holdfast/check";
import { describe, expect, test } from "vitest";

const page = readFileSync(fileURLToPath(new URL("../../docs/merge.md", import.meta.url)), "utf8");

// ```merge keeps tree      or "breaks tree"
// a record
// > a sentence of the verdict
// ```
const examples = [...page.matchAll(/^```merge (keeps|breaks) (\S+)\n([\s\S]*?)^```$/gm)].map(
  ([, what, promise, text], index) => {
    const lines = text!.trimEnd().split("\n");
    return {
      title: `${index + 1}: ${what} ${promise}`,
      keeps: what === "keeps",
      promise: promise as MergePromise,
      log: ['{"format":"holdfast-merge-log","version":1}']
        .concat(lines.filter((line) => !line.startsWith("> ")))
        .join("\n"),
      sentences: lines.filter((line) => line.startsWith("> ")).map((line) => line.slice(2)),
    };
  },
);

describe("the examples of docs/merge.md", () => {
  test.each(examples)("$title", ({ keeps, promise, log, sentences }) => {
    const records = readMergeLog(log);
    const { verdict, faults, promises } = judgeMerge(records, { promises: [promise] });
    expect(verdict).toBe(keeps ? "ok" : "violation");
    expect(promises[promise]).toBe(verdict);
    expect(faults.filter((fault) => fault.promise === promise)).toEqual(faults);
    expect(faults.map(({ sentence }) => sentence)).toEqual(sentences);
    // What an example breaks of other promises follows from what it is about.
    if (keeps) expect(judgeMerge(records).faults).toEqual([]);
  });
});

test.each(mergePromises)("%s has an example that keeps it and one that breaks it", (promise) => {
  const own = examples.filter((example) => example.promise === promise);
  expect(own.some(({ keeps }) => keeps)).toBe(true);
  expect(own.some(({ keeps }) => !keeps)).toBe(true);
});

test("the page's table has all promises", () => {
  const [, table] = /\| --- \| --- \|\n([\s\S]*?)\n\n/.exec(page)!;
  const named = [...table!.matchAll(/^\| (.*?) \|/gm)].flatMap(([, names]) =>
    [...names!.matchAll(/`([\w-]+)`/g)].map(([, name]) => name),
  );
  expect(named.sort()).toEqual([...mergePromises].sort());
});
