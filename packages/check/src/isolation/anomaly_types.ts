// The sorts of anomalies, and which implies which.
//
// Cycles have names of three parts: what sort (G0 to G2), whether only item reads take
// part ("-item") or predicates too, and whether it needs process or real-time order. A
// cycle without such edges is trivially one with them, so G0 implies G0-process, and that
// G0-realtime, since a process does one thing after the other.
// Sources: Adya 1999, chapter 3 and 4; Alvaro & Kingsbury 2020, section 6; see models.ts.

const cycleBases = [
  "G0",
  "G1c",
  "G-single-item",
  "G-single",
  "G-nonadjacent-item",
  "G-nonadjacent",
  "G2-item",
  "G2",
] as const;

/** A sort of cycle, without regard to process and real time. */
export type CycleBase = (typeof cycleBases)[number];

/** What besides data a cycle needs. */
export type CycleOrder = "" | "-process" | "-realtime";

/** A sort of cycle. */
export type CycleType = `${CycleBase}${CycleOrder}`;

const others = [
  "G1",
  "G1-process",
  "G1-realtime",
  "G1a",
  "G1b",
  "internal",
  "future-read",
  "dirty-update",
  "lost-update",
  "write-skew",
  "incompatible-order",
  "duplicate-elements",
  "cyclic-versions",
  "predicate-read-miss",
  "garbage-read",
  "reordered-writes",
] as const;

/** A sort of anomaly, by the name that Elle gives it; `garbage-read` and `reordered-writes` are our own. */
export type AnomalyType = CycleType | (typeof others)[number];

/** Cycles by how bad they are: one never implies another before it. */
export const cycleBasesBySeverity: readonly CycleBase[] = cycleBases;

const orders: readonly CycleOrder[] = ["", "-process", "-realtime"];

// What each base implies of its own order; G1 is the union of its letters.
const baseImplies: Readonly<Record<CycleBase, readonly string[]>> = {
  G0: ["G1c"],
  G1c: ["G1"],
  "G-single-item": ["G-single", "G-nonadjacent-item"],
  "G-single": ["G-nonadjacent"],
  "G-nonadjacent-item": ["G-nonadjacent", "G2-item"],
  "G-nonadjacent": ["G2"],
  "G2-item": ["G2"],
  G2: [],
};

const implications = new Map<string, readonly string[]>([
  ["G1", ["G1-process"]],
  ["G1-process", ["G1-realtime"]],
  ["G1a", ["G1"]],
  ["G1b", ["G1"]],
  // Two states of a list that no one list went through: one of them was taken back.
  ["incompatible-order", ["G1a"]],
  // A trivial cycle: the transaction depends on itself.
  ["future-read", ["G1c"]],
  // Like an aborted read, but what was built on it was written.
  ["dirty-update", ["G1a"]],
  // A trivial cycle too: what the transaction wrote first overwrote what it wrote later.
  ["reordered-writes", ["G0"]],
  // What nobody wrote was not written by anybody who committed.
  ["garbage-read", ["G1a"]],
  ["lost-update", ["write-skew", "G2-item"]],
  ["write-skew", ["G2"]],
]);
for (const [place, order] of orders.entries()) {
  for (const base of cycleBases) {
    const weaker = baseImplies[base].map((type) => `${type}${order}`);
    const next = orders[place + 1];
    implications.set(`${base}${order}`, next === undefined ? weaker : [...weaker, base + next]);
  }
}

/** All sorts of anomalies. */
export const anomalyTypes = [
  ...orders.flatMap((order) => cycleBases.map((base) => `${base}${order}`)),
  ...others,
] as readonly AnomalyType[];

/** These and all that they imply. */
export function impliedAnomalies(given: Iterable<AnomalyType>): Set<AnomalyType> {
  const found = new Set(given);
  for (const type of found) {
    for (const implied of implications.get(type) ?? []) found.add(implied as AnomalyType);
  }
  return found;
}

/** These and all that imply one of them. */
export function implyingAnomalies(given: Iterable<AnomalyType>): Set<AnomalyType> {
  const found = new Set(given);
  for (const type of found) {
    for (const [other, implied] of implications) {
      if (implied.includes(type)) found.add(other as AnomalyType);
    }
  }
  return found;
}
