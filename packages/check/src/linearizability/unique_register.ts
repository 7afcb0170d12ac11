// Judges registers in which each value is written once, without search.
//
// Then it is known which write each read saw. A write and the reads of its value stay
// together: in between, the register holds that value. A compare-and-set that was done
// ends its first value's block and begins its second one's, so these stay together too.
// What is left is to order blocks (blocks.ts). The initial value's comes first.
//
// Of unknown outcome, a write whose value somebody saw did happen, and one whose value
// nobody saw can be left out: with it, nothing more is possible than without.
//
// O(n log n). Source: Gibbons and Korach, "Testing shared memories" (1997), sections 5.1
// (read-mapping known) and 5.2 (read-modify-write).

import type { Operation } from "../history/operation.ts";
import { type Block, orderBlocks } from "./blocks.ts";
import type { RuleVerdict } from "./verdict.ts";

/** What an operation does to a register, in texts for values; undefined where it does not. */
export interface RegisterAccess {
  /** The value that it found. */
  readonly reads: string | undefined;
  /** The value that it left. */
  readonly writes: string | undefined;
}

interface Access<Input, Output> extends RegisterAccess {
  readonly operation: Operation<Input, Output>;
}

/**
 * Judges a register that holds `initial` at first. Null where a value is written twice, or
 * where `accessOf` gives null: the operation is of another sort. An operation that neither
 * reads nor writes is left aside.
 */
export function judgeUniqueRegister<Input, Output>(
  history: readonly Operation<Input, Output>[],
  initial: string,
  accessOf: (operation: Operation<Input, Output>) => RegisterAccess | null,
): RuleVerdict<Input, Output> | null {
  const accesses: Access<Input, Output>[] = [];
  const writers = new Map<string, Access<Input, Output>>();
  for (const operation of history) {
    const found = accessOf(operation);
    if (found === null) return null;
    const access = { ...found, operation };
    accesses.push(access);
    if (access.writes === undefined) continue;
    if (access.writes === initial || writers.has(access.writes)) return null;
    writers.set(access.writes, access);
  }
  const kept = happened(accesses, writers);
  const orphan = kept.find(
    ({ reads }) => reads !== undefined && reads !== initial && !writers.has(reads),
  );
  if (orphan !== undefined) {
    const reason = `process ${orphan.operation.process} found ${orphan.reads}, which nobody wrote`;
    return { verdict: "violation", reason, operations: [orphan.operation] };
  }
  return judgeKept(kept, initial);
}

// What is known to have happened: what was answered, and what left a value that was found.
function happened<Input, Output>(
  accesses: readonly Access<Input, Output>[],
  writers: ReadonlyMap<string, Access<Input, Output>>,
): Access<Input, Output>[] {
  const sure = accesses.filter(({ operation }) => operation.outcome === "ok");
  const kept = new Set(sure);
  // Grows while it is walked.
  for (const { reads } of kept) {
    const writer = reads === undefined ? undefined : writers.get(reads);
    if (writer !== undefined) kept.add(writer);
  }
  return [...kept];
}

function judgeKept<Input, Output>(
  kept: readonly Access<Input, Output>[],
  initial: string,
): RuleVerdict<Input, Output> {
  const readers = new Map<string, Operation<Input, Output>[]>();
  const successors = new Map<string, Access<Input, Output>>();
  const roots: Access<Input, Output>[] = [];
  for (const access of kept) {
    const { reads, writes, operation } = access;
    if (reads === undefined) {
      if (writes !== undefined) roots.push(access);
    } else if (writes === undefined) {
      const list = readers.get(reads);
      if (list === undefined) readers.set(reads, [operation]);
      else list.push(operation);
    } else {
      const other = successors.get(reads);
      if (other !== undefined) {
        const reason = `two operations found ${reads} and replaced it, but it was written once`;
        return { verdict: "violation", reason, operations: [other.operation, operation] };
      }
      successors.set(reads, access);
    }
  }
  const chain = (value: string, from: readonly Operation<Input, Output>[]) => {
    const block = [...from];
    for (let at: string | undefined = value; at !== undefined; ) {
      const found = readers.get(at) ?? [];
      found.sort((a, b) => (a.invokedAt < b.invokedAt ? -1 : 1));
      for (const reader of found) block.push(reader);
      const next = successors.get(at);
      successors.delete(at);
      if (next !== undefined) block.push(next.operation);
      at = next?.writes;
    }
    return block;
  };
  const beginning = chain(initial, []);
  const blocks: Block<Input, Output>[] = roots.map(({ writes, operation }) =>
    chain(writes!, [operation]),
  );
  for (const { reads, operation } of successors.values()) {
    const reason = `process ${operation.process} found ${reads}, which was there only after it`;
    return { verdict: "violation", reason, operations: [operation] };
  }
  return orderBlocks(beginning, blocks);
}
