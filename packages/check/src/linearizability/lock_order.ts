// Judges locks with fencing tokens, all of whose answers were grants and releases by
// their holders, without search.
//
// Tokens say in which order the lock was granted, and each grant but the last was
// followed by its holder's release. So there is one order that can be a linearization,
// and all that is left is to hold it against real time.
//
// A grant of unknown outcome that its asker never followed up can be left out: it would
// only be in the way. So can a release of unknown outcome by who did not hold the lock;
// by who did, it happened if another grant followed, and else does no harm.
//
// O(n log n). Source: ours.

import type { Operation } from "../history/operation.ts";
import { explainOrder } from "./blocks.ts";
import type { RuleVerdict } from "./verdict.ts";

/** What an operation does to a lock; `token` is undefined where it is not known. */
export type LockAccess =
  | { readonly type: "acquires"; readonly by: string; readonly token: number | undefined }
  | { readonly type: "releases"; readonly by: string };

interface Access<Input, Output> {
  readonly operation: Operation<Input, Output>;
  readonly access: LockAccess;
}

interface Section<Input, Output> {
  readonly token: number;
  readonly acquire: Operation<Input, Output>;
  release: Operation<Input, Output> | null;
}

/**
 * Judges a lock. Null where `accessOf` gives null, an answer is not known, or somebody asks
 * for two things at once.
 */
export function judgeLock<Input, Output>(
  history: readonly Operation<Input, Output>[],
  accessOf: (operation: Operation<Input, Output>) => LockAccess | null,
): RuleVerdict<Input, Output> | null {
  const askers = new Map<string, Access<Input, Output>[]>();
  for (const operation of history) {
    const access = accessOf(operation);
    if (access === null) return null;
    const list = askers.get(access.by);
    if (list === undefined) askers.set(access.by, [{ operation, access }]);
    else list.push({ operation, access });
  }
  const sections: Section<Input, Output>[] = [];
  for (const accesses of askers.values()) {
    accesses.sort((a, b) => (a.operation.invokedAt < b.operation.invokedAt ? -1 : 1));
    for (let index = 1; index < accesses.length; index += 1) {
      const before = accesses[index - 1]!.operation;
      if (!(before.completedAt < accesses[index]!.operation.invokedAt)) return null;
    }
    const isUnknown = accesses.some(
      ({ operation, access }) =>
        operation.outcome === "ok" && access.type === "acquires" && access.token === undefined,
    );
    if (isUnknown) return null;
  }
  for (const accesses of askers.values()) {
    const wrong = addSections(accesses, sections);
    if (wrong !== null) return wrong;
  }
  return judgeSections(sections.sort((a, b) => a.token - b.token));
}

function violation<Input, Output>(
  reason: string,
  operations: readonly Operation<Input, Output>[],
): RuleVerdict<Input, Output> {
  return { verdict: "violation", reason, operations };
}

// What one asker held, from its operations in their order.
function addSections<Input, Output>(
  accesses: readonly Access<Input, Output>[],
  sections: Section<Input, Output>[],
): RuleVerdict<Input, Output> | null {
  let held: Section<Input, Output> | null = null;
  for (const { operation, access } of accesses) {
    if (access.type === "acquires") {
      if (access.token === undefined) continue;
      if (held !== null) {
        const reason = `${access.by} was granted the lock twice without releasing it`;
        return violation(reason, [held.acquire, operation]);
      }
      if (access.token < 1) return violation("a token is below 1", [operation]);
      held = { token: access.token, acquire: operation, release: null };
      sections.push(held);
    } else if (held !== null) {
      held.release = operation;
      held = null;
    } else if (operation.outcome === "ok") {
      return violation(`${access.by} released a lock that it did not hold`, [operation]);
    }
  }
  return null;
}

function judgeSections<Input, Output>(
  sections: readonly Section<Input, Output>[],
): RuleVerdict<Input, Output> {
  const order: Operation<Input, Output>[] = [];
  let before: Section<Input, Output> | null = null;
  for (const section of sections) {
    const { acquire, release, token } = section;
    if (before !== null && before.token === token) {
      return violation(`token ${token} was given out twice`, [before.acquire, acquire]);
    }
    if (before !== null && before.release === null) {
      const reason = `token ${token} was given out while the lock was held`;
      return violation(reason, [before.acquire, acquire]);
    }
    order.push(acquire);
    if (release !== null) order.push(release);
    before = section;
  }
  return explainOrder(order) ?? { verdict: "ok", order };
}
