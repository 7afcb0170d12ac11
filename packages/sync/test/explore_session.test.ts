// Sessions in every order of what can happen, to a bound. What is asserted within
// the model, beside its predicates: no machine throws, no session of honest peers
// ends but with its connection, and nothing goes over a channel twice.

import type { AgentId } from "@holdfast/causality";
import { explorationText, explore } from "@holdfast/sim/explore";
import { describe, expect, test } from "vitest";
import { written } from "./explored_bundles.ts";
import { type SessionBounds, sessionModel } from "./explored_session.ts";
import { agentA, agentB } from "./peers.ts";

const stranger = "c".repeat(32) as AgentId;
const writer = { a: { agent: agentA, before: 0, writes: 1 } };
const still = { fine: true, held: [], breaks: 0, crashes: 0, failures: 0 };

const bounds: Readonly<Record<string, SessionBounds>> = {
  "the connection breaks twice": { ...still, clients: writer, breaks: 2 },
  "either side crashes": { ...still, clients: writer, crashes: 1 },
  "it breaks, and the server's disk is full once": {
    ...still,
    clients: writer,
    breaks: 1,
    failures: 1,
  },
  "it breaks while each has what the other lacks": {
    ...still,
    fine: false,
    clients: writer,
    held: [written([], stranger)],
    breaks: 1,
  },
  "two bundles go up while one comes down": {
    ...still,
    fine: false,
    clients: { a: { agent: agentA, before: 2, writes: 0 } },
    held: [written([], stranger)],
  },
  "something is written while something is read": {
    ...still,
    clients: writer,
    held: [written([], stranger)],
  },
  "one has something and another reads": {
    ...still,
    clients: {
      a: { agent: agentA, before: 1, writes: 0 },
      b: { agent: agentB, before: 0, writes: 0 },
    },
  },
};

describe("SY2 SY4 SY5 SY7 SY9: in every order of what can happen, a session keeps its promises", () => {
  test.each(Object.keys(bounds))("where %s", (name) => {
    const model = sessionModel(bounds[name]!);
    const exploration = explore(model, { statesMax: 200_000, depthMax: 200 });
    // The transcript, where there is one, is what a person wants to read.
    expect(exploration.passed, explorationText(model, exploration)).toBe(true);
    expect(exploration.cut).toBe(0);
    expect(exploration.states).toBeGreaterThan(5_000);
  });
});
