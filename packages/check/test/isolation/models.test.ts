// Which models each anomaly rules out, read off the literature: the weakest of them.

import {
  type AnomalyType,
  anomalyTypes,
  impliedModels,
  type Model,
  models,
  ruledOutBy,
  weakestOf,
} from "@holdfast/check";
import { expect, test } from "vitest";

const weakest: readonly (readonly [AnomalyType, readonly Model[]])[] = [
  ["G0", ["read-uncommitted"]],
  ["G1c", ["read-committed"]],
  ["G-single-item", ["consistent-view", "repeatable-read"]],
  ["G-single", ["consistent-view"]],
  ["G-nonadjacent-item", ["repeatable-read", "snapshot-isolation"]],
  ["G-nonadjacent", ["snapshot-isolation"]],
  ["G2-item", ["repeatable-read"]],
  ["G2", ["serializable"]],
  ["G0-process", ["strong-session-read-uncommitted"]],
  ["G1c-process", ["strong-session-read-committed"]],
  ["G-single-item-process", ["strong-session-snapshot-isolation"]],
  ["G-single-process", ["strong-session-snapshot-isolation"]],
  ["G-nonadjacent-item-process", ["strong-session-snapshot-isolation"]],
  ["G-nonadjacent-process", ["strong-session-snapshot-isolation"]],
  ["G2-item-process", ["strong-session-serializable"]],
  ["G2-process", ["strong-session-serializable"]],
  ["G0-realtime", ["strong-read-uncommitted"]],
  ["G1c-realtime", ["strong-read-committed"]],
  ["G-single-item-realtime", ["strong-snapshot-isolation"]],
  ["G-single-realtime", ["strong-snapshot-isolation"]],
  ["G-nonadjacent-item-realtime", ["strong-snapshot-isolation"]],
  ["G-nonadjacent-realtime", ["strong-snapshot-isolation"]],
  ["G2-item-realtime", ["strict-serializable"]],
  ["G2-realtime", ["strict-serializable"]],
  ["G1", ["read-committed"]],
  ["G1-process", ["strong-session-snapshot-isolation"]],
  ["G1-realtime", ["strong-snapshot-isolation"]],
  ["G1a", ["read-committed"]],
  ["G1b", ["read-committed"]],
  ["internal", ["read-atomic"]],
  ["future-read", ["read-committed"]],
  ["dirty-update", ["read-committed"]],
  ["lost-update", ["cursor-stability", "update-atomic"]],
  ["write-skew", ["serializable"]],
  ["incompatible-order", ["read-committed"]],
  ["duplicate-elements", ["read-uncommitted"]],
  ["cyclic-versions", ["read-uncommitted"]],
  ["predicate-read-miss", ["serializable"]],
  ["garbage-read", ["read-committed"]],
  ["reordered-writes", ["read-uncommitted"]],
];

test.each(weakest)("%s rules out %j", (type, expected) => {
  expect([...weakestOf(ruledOutBy([type]))].sort()).toEqual([...expected].sort());
});

test("the table has every anomaly", () => {
  expect(weakest.map(([type]) => type).sort()).toEqual([...anomalyTypes].sort());
});

test("what is ruled out takes along all that implies it, and nothing else", () => {
  for (const [type] of weakest) {
    const ruledOut = ruledOutBy([type]);
    const low = weakestOf(ruledOut);
    const above = models.filter((model) => low.some((other) => impliedModels([model]).has(other)));
    expect(ruledOut).toEqual(above);
  }
  expect(ruledOutBy([])).toEqual([]);
});

test("no model implies itself by way of others", () => {
  for (const model of models) {
    for (const other of impliedModels([model])) {
      if (other !== model) expect(impliedModels([other])).not.toContain(model);
    }
  }
});
