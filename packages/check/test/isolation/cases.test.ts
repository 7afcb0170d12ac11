// Verdicts on published histories, where HOLDFAST_HISTORIES names the folder in which
// `elle/cases.json` and `elle/huge-scc.edn.gz` are.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { eventOfEdn, operationsOfEvents, readEdn } from "@holdfast/check";
import { describe, expect, test } from "vitest";
import { complaintsAbout, judgeTransactions, type PublishedCase } from "./case_runner.ts";

const folder = process.env.HOLDFAST_HISTORIES;

describe("published histories", () => {
  if (folder === undefined || !existsSync(join(folder, "elle", "cases.json"))) {
    test("each of them", (context) => {
      context.skip("HOLDFAST_HISTORIES does not name a folder with elle/cases.json");
    });
    return;
  }
  const text = readFileSync(join(folder, "elle", "cases.json"), "utf8");
  const { cases } = JSON.parse(text) as { readonly cases: readonly PublishedCase[] };
  test.each(cases)("$id has the verdict that is known", (published) => {
    const complaints = published.checks.map((check) => complaintsAbout(published, check));
    expect(complaints).toEqual(published.checks.map(() => []));
  });
});

describe("a recorded run with one component of thousands of transactions", () => {
  const file = join(folder ?? "", "elle", "huge-scc.edn.gz");
  if (folder === undefined || !existsSync(file)) {
    test("it is judged", (context) => {
      context.skip("HOLDFAST_HISTORIES does not name a folder with elle/huge-scc.edn.gz");
    });
    return;
  }
  const expected = JSON.parse(
    readFileSync(join(folder, "elle", "huge-scc.expected.json"), "utf8"),
  ) as { readonly not: readonly string[] };
  test("it is judged, and what it shows is a cycle of two", () => {
    const events = readEdn(gunzipSync(readFileSync(file)).toString()).map(eventOfEdn);
    const judged = judgeTransactions("list-append", operationsOfEvents(events), {});
    expect(judged.verdict).toBe("violation");
    expect(judged.weakestRuledOut).toEqual(expected.not);
    expect(judged.undecided).toEqual([]);
    const [cycle] = judged.anomalies;
    expect(cycle).toMatchObject({ type: "G-single-item-realtime", smallest: true });
    expect(cycle!.cycle.map(({ type }) => type)).toEqual(["rw", "real-time"]);
  });
});
