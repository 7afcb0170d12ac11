// Says by trying all orders whether small histories are serializable: what the judges are
// compared with. Transactions that nobody knows the end of may have happened or not.

import type { ListStep, RegisterStep, TransactionOperation } from "@holdfast/check";

type Step = ListStep | RegisterStep;
type Small = TransactionOperation<Step>;

/** Which orders count: any, those of each process, or those of real time. */
export type WantedOrder = "any" | "process" | "real-time";

/** Whether some order of what happened explains all that was read. */
export function isSerializable(history: readonly Small[], wanted: WantedOrder = "any"): boolean {
  const sure = history.filter(({ outcome }) => outcome === "ok");
  const unclear = history.filter(({ outcome }) => outcome === "info");
  for (let chosen = 0; chosen < 2 ** unclear.length; chosen += 1) {
    const happened = unclear.filter((_, place) => (chosen & (1 << place)) !== 0);
    if (extend(new Map(), [...sure, ...happened], wanted)) return true;
  }
  return false;
}

function extend(
  state: ReadonlyMap<unknown, unknown>,
  left: readonly Small[],
  wanted: WantedOrder,
): boolean {
  if (left.length === 0) return true;
  return left.some((next) => {
    if (left.some((other) => other !== next && mustPrecede(other, next, wanted))) return false;
    const after = run(state, next);
    if (after === null) return false;
    return extend(
      after,
      left.filter((other) => other !== next),
      wanted,
    );
  });
}

function mustPrecede(one: Small, other: Small, wanted: WantedOrder): boolean {
  if (one.outcome !== "ok") return false;
  if (wanted === "real-time") return one.completedAt < other.invokedAt;
  if (wanted === "any" || other.outcome !== "ok") return false;
  return one.process === other.process && one.completedAt < other.completedAt;
}

/** What is there after a transaction; null where it can't have read what it read. */
function run(
  before: ReadonlyMap<unknown, unknown>,
  transaction: Small,
): Map<unknown, unknown> | null {
  const state = new Map(before);
  const answered = transaction.outcome === "ok";
  for (const [what, key, value] of (answered ? transaction.output : transaction.input) ?? []) {
    if (what === "append") state.set(key, [...((state.get(key) as unknown[]) ?? []), value]);
    if (what === "w") state.set(key, value);
    if (what !== "r" || !answered) continue;
    const seen = value === null ? "null" : JSON.stringify(value);
    const there = JSON.stringify(state.get(key) ?? null);
    if (seen.replace("[]", "null") !== there) return null;
  }
  return state;
}
