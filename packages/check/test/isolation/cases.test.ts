// Verdicts on published histories, where HOLDFAST_HISTORIES names the folder in which
// `elle/cases.json` and `elle/huge-scc.edn.gz` are.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import {
  judgeLists,
  listVocabulary,
  readCases,
  readExpectation,
  readJepsenEdn,
  scoreCase,
  scoreCaseFile,
} from "@holdfast/check";
import { describe, expect, test } from "vitest";

const folder = join(process.env.HOLDFAST_HISTORIES ?? "", "elle");
const read = (name: string) => readFileSync(join(folder, name));

describe("published histories", () => {
  if (process.env.HOLDFAST_HISTORIES === undefined || !existsSync(join(folder, "cases.json"))) {
    test("each of them", (context) => {
      context.skip("HOLDFAST_HISTORIES does not name a folder with elle/cases.json");
    });
    return;
  }
  test.each(readCases(read("cases.json").toString()))(
    "$name has the verdict that is known",
    (published) => {
      expect(scoreCase(published).mismatches).toEqual([]);
    },
  );
});

describe("a recorded run with one component of thousands of transactions", () => {
  if (
    process.env.HOLDFAST_HISTORIES === undefined ||
    !existsSync(join(folder, "huge-scc.edn.gz"))
  ) {
    test("it is judged", (context) => {
      context.skip("HOLDFAST_HISTORIES does not name a folder with elle/huge-scc.edn.gz");
    });
    return;
  }
  test("it is judged, and what it shows is a cycle of two", () => {
    const text = gunzipSync(read("huge-scc.edn.gz")).toString();
    const judged = judgeLists(readJepsenEdn(text, listVocabulary));
    expect(judged.verdict).toBe("violation");
    expect(judged.undecided).toEqual([]);
    const [cycle] = judged.anomalies;
    expect(cycle).toMatchObject({ type: "G-single-item-realtime", smallest: true });
    expect(cycle!.cycle.map(({ type }) => type)).toEqual(["rw", "real-time"]);
    const expected = readExpectation(read("huge-scc.expected.json").toString());
    expect(scoreCaseFile(expected, (vocabulary) => readJepsenEdn(text, vocabulary))).toEqual({
      name: "huge-scc.edn.gz",
      mismatches: [],
      isScored: true,
    });
  });
});
