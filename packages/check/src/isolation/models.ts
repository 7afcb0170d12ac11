// Consistency models: which implies which, which anomalies each forbids, and so what an
// anomaly rules out.
//
// One table. A model forbids what stands beside it, whatever would imply that, and all
// that the models forbid which it implies. `ruledOut` goes the other way: from anomalies
// to what they imply, to the models that forbid that, to all models that imply those.
//
// Sources: Adya 1999 (the PL levels, cursor stability, update serializability); Bailis et al.
// 2013 (monotonic atomic view, session guarantees); Cerone, Bernardi & Gotsman 2015 (read
// atomic, prefix, parallel snapshot isolation, the axiom INT); Liu et al. 2019 (update
// atomic); Daudjee & Salem 2004 and 2006 (strong session variants); Zuikeviciute & Pedone
// 2005 (session serializable); Alvaro & Kingsbury 2020, and Elle, whose names and lattice
// these are, so that verdicts can be compared.

import { HoldfastError } from "@holdfast/std";
import { type AnomalyType, impliedAnomalies, implyingAnomalies } from "./anomaly_types.ts";

interface ModelRow {
  readonly implies: readonly string[];
  readonly forbids: readonly AnomalyType[];
}

const table = {
  "read-uncommitted": { implies: [], forbids: ["G0", "duplicate-elements", "cyclic-versions"] },
  "read-committed": { implies: ["read-uncommitted"], forbids: ["G1"] },
  "cursor-stability": { implies: ["read-committed"], forbids: ["G1", "lost-update"] },
  "monotonic-view": { implies: ["read-committed"], forbids: ["G1"] },
  "monotonic-snapshot-read": { implies: ["read-committed"], forbids: ["G1"] },
  "monotonic-atomic-view": { implies: ["read-committed"], forbids: [] },
  "consistent-view": {
    implies: ["cursor-stability", "monotonic-view"],
    forbids: ["G1", "G-single"],
  },
  "forward-consistent-view": { implies: ["consistent-view"], forbids: ["G1"] },
  "update-serializable": { implies: ["forward-consistent-view"], forbids: ["G1"] },
  "read-atomic": {
    implies: ["monotonic-atomic-view"],
    forbids: ["internal", "G1a", "future-read"],
  },
  "update-atomic": { implies: ["read-atomic"], forbids: ["lost-update"] },
  "causal-cerone": { implies: ["read-atomic"], forbids: ["internal", "G1a"] },
  prefix: { implies: ["causal-cerone"], forbids: ["internal", "G1a"] },
  "parallel-snapshot-isolation": {
    implies: ["causal-cerone", "update-atomic"],
    forbids: ["internal", "G1a"],
  },
  "repeatable-read": {
    implies: ["cursor-stability", "monotonic-atomic-view"],
    forbids: ["G1", "G2-item", "lost-update"],
  },
  "snapshot-isolation": {
    implies: [
      "forward-consistent-view",
      "monotonic-atomic-view",
      "monotonic-snapshot-read",
      "parallel-snapshot-isolation",
      "prefix",
    ],
    forbids: ["internal", "G1", "G-nonadjacent"],
  },
  "view-serializable": { implies: [], forbids: [] },
  serializable: {
    implies: ["repeatable-read", "snapshot-isolation", "update-serializable", "view-serializable"],
    forbids: ["internal", "G1", "G2", "predicate-read-miss"],
  },
  "1SR": { implies: [], forbids: [] },
  "session-serializable": { implies: ["1SR"], forbids: [] },
  "strong-session-read-uncommitted": { implies: ["read-uncommitted"], forbids: ["G0-process"] },
  "strong-session-read-committed": {
    implies: ["read-committed", "strong-session-read-uncommitted"],
    forbids: ["G1c-process"],
  },
  "strong-session-snapshot-isolation": {
    implies: ["snapshot-isolation", "strong-session-read-committed"],
    forbids: ["internal", "G1-process", "G-nonadjacent-process"],
  },
  "strong-session-serializable": {
    implies: ["serializable", "strong-session-snapshot-isolation"],
    forbids: ["G1-process", "G2-process"],
  },
  "strong-read-uncommitted": {
    implies: ["strong-session-read-uncommitted"],
    forbids: ["G0-realtime"],
  },
  "strong-read-committed": {
    implies: ["strong-session-read-committed", "strong-read-uncommitted"],
    forbids: ["G1c-realtime"],
  },
  "strong-snapshot-isolation": {
    implies: ["strong-session-snapshot-isolation", "strong-read-committed"],
    forbids: ["internal", "G1-realtime", "G-nonadjacent-realtime"],
  },
  "strict-serializable": {
    implies: [
      "serializable",
      "linearizable",
      "session-serializable",
      "strong-session-serializable",
      "strong-snapshot-isolation",
    ],
    forbids: ["G1", "G1c-realtime", "G2-realtime"],
  },
  linearizable: { implies: ["sequential"], forbids: [] },
  sequential: { implies: ["causal"], forbids: [] },
  causal: { implies: ["writes-follow-reads", "PRAM"], forbids: [] },
  PRAM: { implies: ["monotonic-reads", "monotonic-writes", "read-your-writes"], forbids: [] },
  "writes-follow-reads": { implies: [], forbids: [] },
  "monotonic-reads": { implies: [], forbids: [] },
  "monotonic-writes": { implies: [], forbids: [] },
  "read-your-writes": { implies: [], forbids: [] },
} as const satisfies Record<string, ModelRow>;

/** A consistency model, by the name that Elle gives it. */
export type Model = keyof typeof table;

const rows: Readonly<Record<string, ModelRow>> = table;

/** All models. */
export const models = Object.keys(table) as readonly Model[];

// Other names of the same models.
const aliases: Readonly<Record<string, Model>> = {
  "PL-1": "read-uncommitted",
  "PL-2": "read-committed",
  "PL-CS": "cursor-stability",
  "PL-2L": "monotonic-view",
  "PL-MSR": "monotonic-snapshot-read",
  "PL-2+": "consistent-view",
  "PL-FCV": "forward-consistent-view",
  "PL-2.99": "repeatable-read",
  "PL-SI": "snapshot-isolation",
  "PL-3U": "update-serializable",
  "PL-3": "serializable",
  "conflict-serializable": "serializable",
  "PL-SS": "strict-serializable",
  "strong-serializable": "strict-serializable",
  "strong-session-PL-1": "strong-session-read-uncommitted",
  "strong-session-PL-2": "strong-session-read-committed",
  "strong-PL-1": "strong-read-uncommitted",
  "strong-PL-2": "strong-read-committed",
};

/**
 * The model of a name, which may be Adya's or another that is in use.
 *
 * @throws {HoldfastError} `invalid_argument` where no model has it.
 */
export function modelNamed(name: string): Model {
  if (Object.hasOwn(table, name)) return name as Model;
  const model = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
  if (model !== undefined) return model;
  throw new HoldfastError("invalid_argument", `no consistency model is called ${name}`);
}

/** These models and all that they imply. */
export function impliedModels(given: readonly Model[]): Set<Model> {
  return closure(given, (model) => rows[model]!.implies as readonly Model[]);
}

/** All anomalies that must not be there if each of these models is to hold. */
export function forbiddenBy(given: readonly Model[]): Set<AnomalyType> {
  const direct = [...impliedModels(given)].flatMap((model) => rows[model]!.forbids);
  return implyingAnomalies(direct);
}

/** All models that can't hold where there are these anomalies, weaker ones first as the table has them. */
export function ruledOutBy(anomalies: Iterable<AnomalyType>): readonly Model[] {
  const found = impliedAnomalies(anomalies);
  const direct = models.filter((model) => rows[model]!.forbids.some((type) => found.has(type)));
  const all = closure(direct, (model) =>
    models.filter((other) => rows[other]!.implies.includes(model)),
  );
  return models.filter((model) => all.has(model));
}

/** Those of these models that imply no other of them. */
export function weakestOf(given: readonly Model[]): readonly Model[] {
  return given.filter((model) =>
    [...impliedModels([model])].every((other) => other === model || !given.includes(other)),
  );
}

/** Everything that `next` leads to from `starts`, these included. */
function closure<Item>(starts: readonly Item[], next: (item: Item) => readonly Item[]): Set<Item> {
  const found = new Set(starts);
  for (const item of found) for (const other of next(item)) found.add(other);
  return found;
}
