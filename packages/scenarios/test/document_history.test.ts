// The histories of documents that scenarios and the torture test give to the judge: what
// is sound passes, of what is not the judge says which event, replica or mark it is.

import { type AgentId, VersionVector } from "@holdfast/causality";
import { readMergeLog } from "@holdfast/check";
import { describe, expect, test } from "vitest";
import type { DocumentHistory, PromiseNames } from "../src/document_history.ts";
import {
  documentHistories,
  eventLine,
  type LogLine,
  type LogWord,
  parseEventLines,
} from "./torture/event_log.ts";

const names: PromiseNames = {
  durability: "S1",
  "eventual-delivery": "S3",
  convergence: "S3",
  "no-rollback": "S4",
  contents: "S6",
  "weak-list": "S11",
  "strong-list": "S11",
};
const [a, b] = ["a".repeat(32), "b".repeat(32)] as [AgentId, AgentId];

type Held = readonly (readonly [AgentId, number])[];

/** Lines of several replicas, said in the order in which they are given; they are collected in another one. */
function log(...said: readonly (readonly [replica: string, word: LogWord])[]): readonly LogLine[] {
  return said
    .map(([replica, word], at) => ({ atNs: BigInt(at), replica, document: 0, word }))
    .reverse();
}

const opened = (vector: Held): LogWord => ({ type: "opened", vector });
const holds = (vector: Held): LogWord => ({ type: "holds", vector });
const wrote = (agent: AgentId, vector: Held, token: string): LogWord => ({
  type: "wrote",
  agent,
  vector,
  token,
});
const shows = (vector: Held, ...list: readonly string[]): LogWord => ({
  type: "shows",
  vector,
  shown: [{ object: "body", list }],
});
const local = (agent: AgentId, to: number): LogWord => ({ type: "local", agent, to });
const saved = (agent: AgentId, to: number): LogWord => ({ type: "saved", agent, to });

function judge(
  lines: readonly LogLine[],
  then: (history: DocumentHistory) => void = () => {},
): void {
  const [history] = documentHistories(lines, { documents: 1, server: "server" });
  then(history!);
  history!.judge(names);
  expect(readMergeLog(history!.kept.text()).length).toBeGreaterThan(0);
}

describe("a sound history passes", () => {
  test("of two who write, and read each other", () => {
    const lines = log(
      ["ann", opened([])],
      ["bob", opened([])],
      ["ann", wrote(a, [[a, 3]], "a.0")],
      ["ann", local(a, 3)],
      ["bob", wrote(b, [[b, 2]], "b.0")],
      ["ann", shows([[a, 3]], "a.0")],
      [
        "bob",
        shows(
          [
            [b, 2],
            [a, 3],
          ],
          "a.0",
          "b.0",
        ),
      ],
      ["ann", saved(a, 3)],
      [
        "ann",
        shows(
          [
            [a, 3],
            [b, 2],
          ],
          "a.0",
          "b.0",
        ),
      ],
    );
    judge(lines, (history) => {
      history.opened(
        "server",
        new VersionVector([
          [a, 3],
          [b, 2],
        ]),
      );
      for (const replica of ["ann", "bob", "server"]) history.holdsAll(replica);
      history.settled(["ann", "bob", "server"]);
    });
  });

  test("of a crash that loses what was not acknowledged, whose ids are given out again", () => {
    judge(
      log(
        ["ann", opened([])],
        ["ann", wrote(a, [[a, 1]], "a.0")],
        ["ann", local(a, 1)],
        ["ann", wrote(a, [[a, 3]], "a.1")],
        ["ann", shows([[a, 3]], "a.0", "a.1")],
        ["ann", opened([[a, 1]])],
        ["ann", shows([[a, 1]], "a.0")],
        ["ann", wrote(a, [[a, 3]], "a.2")],
        ["ann", shows([[a, 3]], "a.2", "a.0")],
        ["bob", opened([])],
        ["bob", shows([[a, 3]], "a.2", "a.0")],
      ),
    );
  });

  test("of a second crash that loses more than the first one left", () => {
    judge(
      log(
        ["ann", opened([])],
        ["ann", wrote(a, [[a, 1]], "a.0")],
        ["ann", wrote(a, [[a, 2]], "a.1")],
        ["ann", wrote(a, [[a, 4]], "a.2")],
        ["ann", opened([[a, 2]])],
        ["ann", wrote(a, [[a, 4]], "a.3")],
        ["ann", shows([[a, 4]], "a.0", "a.1", "a.3")],
        ["ann", opened([[a, 1]])],
        ["ann", wrote(a, [[a, 4]], "a.4")],
        ["ann", shows([[a, 4]], "a.0", "a.4")],
      ),
    );
  });

  test("of what came in after the last look, and is there after a crash", () => {
    judge(log(["ann", opened([])], ["ann", opened([[b, 5]])], ["ann", shows([[b, 5]])]));
  });
});

describe("the judge says", () => {
  test("what was local, and is gone after a restart", () => {
    const lines = log(
      ["ann", opened([])],
      ["ann", wrote(a, [[a, 2]], "a.0")],
      ["ann", local(a, 2)],
      ["ann", opened([[a, 1]])],
    );
    expect(() => judge(lines)).toThrow(/^S1: torture-0: ann lost event a{32}:1 in a restart/);
  });

  test("what was saved, and is not on the server", () => {
    const lines = log(
      ["ann", opened([])],
      ["ann", wrote(a, [[a, 2]], "a.0")],
      ["ann", saved(a, 2)],
    );
    const examine = (history: DocumentHistory): void =>
      void history.opened("server", new VersionVector([[a, 1]]));
    expect(() => judge(lines, examine)).toThrow(/^S1: torture-0: server lost event a{32}:1/);
  });

  test("what was saved, and never came to somebody", () => {
    const lines = log(
      ["ann", opened([])],
      ["ann", wrote(a, [[a, 1]], "a.0")],
      ["ann", saved(a, 1)],
    );
    const settle = (history: DocumentHistory): void => {
      history.opened("fresh", new VersionVector());
      history.holdsAll("fresh");
    };
    expect(() => judge(lines, settle)).toThrow(
      /^S1: torture-0: fresh called event a{32}:0 durable/,
    );
  });

  test("who lacks what others hold, where all was settled", () => {
    const lines = log(["ann", opened([[b, 1]])], ["bob", opened([[b, 2]])]);
    const settle = (history: DocumentHistory): void => history.settled(["ann", "bob"]);
    expect(() => judge(lines, settle)).toThrow(/^S3: torture-0: bob holds event b{32}:1/);
  });

  test("who went backwards", () => {
    const lines = log(["ann", opened([])], ["ann", holds([[b, 2]])], ["ann", holds([[b, 1]])]);
    expect(() => judge(lines)).toThrow(/^S4: torture-0: ann no longer holds event b{32}:1/);
  });

  test("who read the same otherwise", () => {
    const word = (value: string): LogWord => ({
      type: "shows",
      vector: [[b, 2]],
      shown: [{ object: "marks", value }],
    });
    const lines = log(
      ["ann", opened([[b, 2]])],
      ["bob", opened([[b, 2]])],
      ["ann", word("x")],
      ["bob", word("y")],
    );
    expect(() => judge(lines)).toThrow(/^S3: torture-0: after the same 2 events/);
  });

  test.each([
    ["is missing", []],
    ["is there twice", ["a.0", "a.0"]],
    ["nobody made", ["a.0", "c.9"]],
  ])("which mark %s", (_, list) => {
    const lines = log(
      ["ann", opened([])],
      ["ann", wrote(a, [[a, 1]], "a.0")],
      ["ann", shows([[a, 1]], ...list)],
    );
    expect(() => judge(lines)).toThrow(/^S6: torture-0: ann (shows|does not show)/);
  });

  test("which marks stood in two orders", () => {
    const lines = log(
      ["ann", opened([])],
      ["ann", wrote(a, [[a, 1]], "a.0")],
      ["ann", wrote(a, [[a, 2]], "a.1")],
      ["ann", shows([[a, 2]], "a.0", "a.1")],
      ["ann", wrote(a, [[a, 3]], "a.2")],
      ["ann", shows([[a, 3]], "a.1", "a.0", "a.2")],
    );
    expect(() => judge(lines)).toThrow(/^S11: torture-0: /);
  });

  test("what an id names, once somebody else has seen it", () => {
    const lines = log(
      ["ann", opened([])],
      ["ann", wrote(a, [[a, 1]], "a.0")],
      ["bob", opened([[a, 1]])],
      ["bob", shows([[a, 1]], "a.0")],
      ["ann", opened([])],
      ["ann", wrote(a, [[a, 1]], "a.1")],
      ["ann", shows([[a, 1]], "a.1")],
    );
    expect(() => judge(lines)).toThrow(/^S[36]: torture-0: /);
  });
});

test("of the lines of a process, those about documents are read", () => {
  const lines = ["ready", eventLine(2, local(a, 7)), "settled"];
  expect(parseEventLines("ann", lines)).toMatchObject([
    { replica: "ann", document: 2, word: { type: "local", agent: a, to: 7 } },
  ]);
});
