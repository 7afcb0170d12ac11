// Every example of docs/isolation.md is judged as the page says, and every sort of anomaly
// has one that is found and one that is not.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type Anomaly,
  type AnomalyType,
  anomalyTypes,
  forbiddenBy,
  impliedModels,
  judgeLists,
  judgePredicates,
  judgeRegisters,
  type Model,
  models,
  type RegisterOptions,
} from "@holdfast/check";
import { describe, expect, test } from "vitest";
import { implyingAnomalies } from "../../src/isolation/anomaly_types.ts";
import { type ExampleOperation, readExample } from "./notation.ts";

const page = readFileSync(
  fileURLToPath(new URL("../../docs/isolation.md", import.meta.url)),
  "utf8",
);

interface Example {
  readonly heading: string;
  readonly type: AnomalyType;
  readonly found: boolean;
  readonly assumes: readonly string[];
  readonly history: readonly ExampleOperation[];
  readonly sentences: readonly string[];
}

// ```history shows G1a            or "lacks G1a"; after it what is assumed
// an operation
// > a sentence of the verdict
// ```
function* examplesOf(text: string): Generator<Example> {
  let heading = "";
  for (const match of text.matchAll(
    /^#+ (.*)$|^```history (shows|lacks) (\S+)(.*)\n([\s\S]*?)^```$/gm,
  )) {
    if (match[1] !== undefined) {
      heading = match[1];
      continue;
    }
    const lines = match[5]!.trimEnd().split("\n");
    yield {
      heading,
      type: match[3] as AnomalyType,
      found: match[2] === "shows",
      assumes: match[4]!.trim().split(" ").filter(Boolean),
      history: readExample(lines.filter((line) => !line.startsWith("> "))),
      sentences: lines.filter((line) => line.startsWith("> ")).map((line) => line.slice(2)),
    };
  }
}

const examples = [...examplesOf(page)];

function judge({ type, assumes, history }: Example) {
  const options: RegisterOptions = {
    anomalies: [type],
    ...Object.fromEntries(assumes.map((name) => [name, true])),
  };
  const steps = history.flatMap(({ input }) => input) as readonly (readonly unknown[])[];
  const about = (...names: string[]) => steps.some(([what]) => names.includes(String(what)));
  if (steps.some(([what, , seen]) => what === "append" || Array.isArray(seen)))
    return judgeLists(history, options);
  if (about("rp", "init", "insert", "delete")) return judgePredicates(history, options);
  return judgeRegisters(history, options);
}

function sentencesOf({ sentence, cycle }: Anomaly): string[] {
  return cycle.length === 0 ? [sentence] : cycle.map(({ reason }) => reason);
}

describe("examples of the page", () => {
  test.each(examples)("$heading: shows $type, $found", (example) => {
    const { anomalies } = judge(example);
    const same = anomalies.filter(({ type }) => type === example.type);
    if (!example.found) {
      expect(anomalies).toEqual([]);
      return;
    }
    expect(same).not.toEqual([]);
    expect(same.flatMap(sentencesOf)).toEqual(example.sentences);
  });
});

test("the page's table of models is the one that is judged by", () => {
  const rows = [...page.matchAll(/^\| ([\w-]+) \| ([\w, -]*) \| ([\w, -]*) \|$/gm)].map(
    ([, model, implied, forbidden]) => ({
      model: model as Model,
      implied: implied!.split(", ").filter(Boolean) as Model[],
      forbidden: forbidden!.split(", ").filter(Boolean) as AnomalyType[],
    }),
  );
  const listed = rows.filter(({ model }) => models.includes(model));
  expect(listed.map(({ model }) => model)).toEqual(models);
  for (const { model, implied, forbidden } of listed) {
    expect(impliedModels([model])).toEqual(new Set([model, ...impliedModels(implied)]));
    const all = [...impliedModels([model])].flatMap(
      (other) => listed.find((row) => row.model === other)!.forbidden,
    );
    expect(forbiddenBy([model])).toEqual(implyingAnomalies([...all, ...forbidden]));
  }
});

// Unions of others, and names of shapes: nothing is reported as one of these.
const unions = ["G1", "G1-process", "G1-realtime", "write-skew"];
const reported = anomalyTypes.filter((type) => !unions.includes(type));
const plain = reported.filter((type) => !/-(process|realtime)$/.test(type));

test.each(plain)("%s has an example that shows it and one that lacks it", (type) => {
  const own = examples.filter((example) => example.type === type);
  expect(own.some(({ found }) => found)).toBe(true);
  expect(own.some(({ found }) => !found)).toBe(true);
});

test.each(["-process", "-realtime"])("cycles of %s have examples", (order) => {
  const own = examples.filter(({ type }) => type.endsWith(order));
  expect(own.filter(({ found }) => found).length).toBeGreaterThanOrEqual(3);
  expect(own.filter(({ found }) => !found).length).toBeGreaterThanOrEqual(3);
});
