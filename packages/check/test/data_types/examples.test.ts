// Every example of docs/data-types.md is judged as the page says, and every judge has one
// that it accepts and one that it rejects.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  callVocabulary,
  type DataJudge,
  dataJudges,
  judgeBank,
  readHistory,
} from "@holdfast/check";
import { describe, expect, test } from "vitest";

const file = fileURLToPath(new URL("../../docs/data-types.md", import.meta.url));
const header = '{"format":"holdfast-history","version":1}\n';
const judges: Readonly<Record<string, DataJudge>> = {
  ...dataJudges,
  bank: (history) => judgeBank(history, { accounts: ["a", "b"], totalAmount: 10 }),
};

// ```data accepts set      or "rejects set"
// an event
// > a field of the verdict, and what it is
// ```
const examples = [
  ...readFileSync(file, "utf8").matchAll(/^```data (accepts|rejects) (\S+)\n([\s\S]*?)^```$/gm),
].map(([, what, type, text], index) => {
  const lines = text!.trimEnd().split("\n");
  return {
    title: `${index + 1}: ${what} ${type}`,
    accepts: what === "accepts",
    type: type!,
    history: lines.filter((line) => !line.startsWith("> ")).join("\n"),
    fields: lines.filter((line) => line.startsWith("> ")).map((line) => line.slice(2)),
  };
});

describe("the examples of docs/data-types.md", () => {
  test.each(examples)("$title", ({ accepts, type, history, fields }) => {
    const { verdict, ...found } = judges[type]!(readHistory(header + history, callVocabulary));
    expect(verdict).toBe(accepts ? "ok" : "violation");
    if (!accepts) expect(fields.length).toBeGreaterThan(0);
    const told = Object.entries(found).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
    for (const field of fields) expect(told).toContain(field);
  });
});

test.each(Object.keys(judges))(
  "%s has an example that it accepts and one that it rejects",
  (type) => {
    const own = examples.filter((example) => example.type === type);
    expect(own.some(({ accepts }) => accepts)).toBe(true);
    expect(own.some(({ accepts }) => !accepts)).toBe(true);
  },
);
