// Operations: what events do; and stretches: consecutive events that do it together.
//
// An event is the smallest thing that can happen: one UTF-16 unit of a text or one value of a
// list inserted, one deleted, one key of a map set. People do many in a row, so everything here
// (memory, files, the wire, hashes) speaks of stretches.
//
// Within a stretch each event follows its predecessor, which is its only parent,
// and does the same at the place where that left off:
//   insert            event i inserts unit, or value, i of the content at `at` + i
//   delete            event i deletes the unit, or value, at `at`
//   delete, backward  event i deletes the unit, or value, at `at` - i
//   set               one event
//   merge             one event, which does nothing but have its parents
//
// How events fall into stretches is no part of their meaning. Where it must be
// unambiguous (hashes, equality), the rule is greedy: see {@link appendStretch}.

import type { AgentId, EventId } from "@holdfast/causality";
import { unreachable } from "@holdfast/std";
import { ValueLog } from "../content/value_log.ts";

/** What is inserted: into a text units, whole surrogate pairs only; into a list values. */
export type Content = string | ValueLog;

/** Inserts `content` before the unit, or value, `at`. */
export interface InsertOperation {
  readonly type: "insert";
  /** An id, see container.ts, here and below. */
  readonly container: string;
  readonly at: number;
  readonly content: Content;
}

/** Deletes `length` units or values. Where `length` is 1, `backward` is false. */
export interface DeleteOperation {
  readonly type: "delete";
  readonly container: string;
  /** Where the first event deletes. */
  readonly at: number;
  readonly length: number;
  readonly backward: boolean;
}

/** Sets `key` to `value`, as value.ts encodes it; null deletes the key. */
export interface SetOperation {
  readonly type: "set";
  readonly container: string;
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** Does nothing: joins more heads than one event may have as parents. */
export interface MergeOperation {
  readonly type: "merge";
}

/** What a stretch of events does. */
export type Operation = InsertOperation | DeleteOperation | SetOperation | MergeOperation;

/** Consecutive events of one agent. Only the first has other parents than its predecessor. */
export interface Stretch {
  readonly agent: AgentId;
  /** Sequence number of the first event. */
  readonly seq: number;
  /** Parents of the first event, in order of agents. */
  readonly parents: readonly EventId[];
  readonly operation: Operation;
}

/** What a stretch is called in every format. */
export const operationTags = {
  insert: 0,
  delete: 1,
  deleteBackward: 2,
  set: 3,
  unset: 4,
  merge: 5,
} as const;

/** What else a payload says in the byte of a stretch's tag; see payload.ts. */
export const payloadFlags = { parents: 8, agent: 16, container: 32 } as const;

/** The number of `operation`'s sort in every format. */
export function operationTag(operation: Operation): number {
  switch (operation.type) {
    case "insert":
      return operationTags.insert;
    case "delete":
      return operation.backward ? operationTags.deleteBackward : operationTags.delete;
    case "set":
      return operation.value === null ? operationTags.unset : operationTags.set;
    case "merge":
      return operationTags.merge;
    default:
      return unreachable(operation);
  }
}

/**
 * What formats and hashes want to know of a stretch, flat: also a reader of many of them may be one,
 * and say one after another. Fields that its sort has no use for are of no meaning, but for `value`.
 */
export interface StretchRow {
  /** What it does, as in {@link operationTags}. */
  readonly tag: number;
  /** How many events do it. */
  readonly length: number;
  /** Parents of the first event; null where the only one is the agent's previous event, or where it is the agent's first and has none. */
  readonly parents: readonly EventId[] | null;
  readonly container: string;
  readonly at: number;
  /** An insert's text is `length` units of this, from `textFrom` on; */
  readonly text: string;
  readonly textFrom: number;
  /** into a list, it inserts so many of these instead, from `textFrom` on. */
  readonly values: ValueLog;
  readonly key: string;
  /** What a set sets; null for all others. */
  readonly value: Uint8Array | null;
}

/** What is no list's insert inserts: to read. */
export const noValues = new ValueLog();

/** `stretch` as a row. */
export function stretchRow(stretch: Stretch): StretchRow {
  const isImplied = stretch.parents.length === 0 || followsOwn(stretch);
  return operationRow(stretch.operation, isImplied ? null : stretch.parents);
}

/** `operation` as a row. */
export function operationRow(
  operation: Operation,
  parents: readonly EventId[] | null = null,
): StretchRow {
  const isSequence = operation.type === "insert" || operation.type === "delete";
  const content = operation.type === "insert" ? operation.content : "";
  return {
    tag: operationTag(operation),
    length: operationLength(operation),
    parents,
    container: operation.type === "merge" ? "" : operation.container,
    at: isSequence ? operation.at : 0,
    text: typeof content === "string" ? content : "",
    textFrom: 0,
    values: typeof content === "string" ? noValues : content,
    key: operation.type === "set" ? operation.key : "",
    value: operation.type === "set" ? operation.value : null,
  };
}

/** How many events do it. At least 1. */
export function operationLength(operation: Operation): number {
  switch (operation.type) {
    case "insert":
      return operation.content.length;
    case "delete":
      return operation.length;
    case "set":
    case "merge":
      return 1;
    default:
      return unreachable(operation);
  }
}

/** What the events `from` up to, not including, `to` of `operation` do. */
export function clipOperation(operation: Operation, from: number, to: number): Operation {
  if (from === 0 && to === operationLength(operation)) return operation;
  switch (operation.type) {
    case "insert":
      return { ...operation, at: operation.at + from, content: operation.content.slice(from, to) };
    case "delete":
      return {
        ...operation,
        at: operation.backward ? operation.at - from : operation.at,
        length: to - from,
        backward: operation.backward && to - from > 1,
      };
    case "set":
    case "merge":
      return operation;
    default:
      return unreachable(operation);
  }
}

/** The events `from` up to, not including, `to` of `stretch`, counted from its first. */
export function clipStretch(stretch: Stretch, from: number, to: number): Stretch {
  const operation = clipOperation(stretch.operation, from, to);
  if (from === 0) return { ...stretch, operation };
  const seq = stretch.seq + from;
  return {
    agent: stretch.agent,
    seq,
    parents: [{ agent: stretch.agent, seq: seq - 1 }],
    operation,
  };
}

/** One operation for what `a` and then `b` do, or null where it takes two. */
export function joinOperations(a: Operation, b: Operation): Operation | null {
  if (a.type === "insert" && b.type === "insert") {
    if (a.container !== b.container || b.at !== a.at + a.content.length) return null;
    return { ...a, content: joinContent(a.content, b.content) };
  }
  if (a.type === "delete" && b.type === "delete" && a.container === b.container) {
    return joinDeletes(a, b);
  }
  return null;
}

/** `a`, and `b` behind it, both of one container's sort. */
export function joinContent(a: Content, b: Content): Content {
  return typeof a === "string" ? a + (b as string) : a.joined(b as ValueLog);
}

/** Tells whether the first event of `stretch` has its agent's previous one as its only parent. */
export function followsOwn(stretch: Stretch): boolean {
  const [parent] = stretch.parents;
  return (
    stretch.parents.length === 1 &&
    parent!.agent === stretch.agent &&
    parent!.seq === stretch.seq - 1
  );
}

/**
 * Appends `next` to one agent's consecutive stretches so that each is as long
 * as it can be, taken from the first event on: an event joins the stretch
 * before it if it can. The result depends on the events alone, not on how they
 * were cut before.
 */
export function appendStretch(stretches: Stretch[], next: Stretch): void {
  const last = stretches.at(-1);
  if (last === undefined || !followsOwn(next)) {
    stretches.push(next);
    return;
  }
  const whole = joinOperations(last.operation, next.operation);
  if (whole !== null) {
    stretches[stretches.length - 1] = { ...last, operation: whole };
    return;
  }
  // Deletes that change direction: the first event may still continue the old one.
  const length = operationLength(next.operation);
  const first =
    length > 1 ? joinOperations(last.operation, clipOperation(next.operation, 0, 1)) : null;
  if (first === null || next.operation.type !== "delete") {
    stretches.push(next);
    return;
  }
  stretches[stretches.length - 1] = { ...last, operation: first };
  stretches.push(clipStretch(next, 1, length));
}

function joinDeletes(a: DeleteOperation, b: DeleteOperation): DeleteOperation | null {
  const tag = joinedDelete(operationTag(a), a.length, operationTag(b), b.length, a.at - b.at);
  if (tag < 0) return null;
  const backward = tag === operationTags.deleteBackward;
  return { ...a, length: a.length + b.length, backward };
}

/**
 * Which way a delete goes that another one continues, by tags; -1 where it does not.
 *
 * @param back - How many units further back the second one begins.
 */
export function joinedDelete(
  lastTag: number,
  lastLength: number,
  tag: number,
  length: number,
  back: number,
): number {
  const { delete: forward, deleteBackward: backward } = operationTags;
  if (lastTag === forward && tag === forward && back === 0) return forward;
  const canGoBack =
    (lastTag === backward || (lastTag === forward && lastLength === 1)) &&
    (tag === backward || length === 1);
  return canGoBack && back === lastLength ? backward : -1;
}

/**
 * Tells whether a stretch, or its first event, continues the one before it, of the same container
 * and with nothing else as a parent: greedily cut, they would not part there.
 */
export function continuesStretch(
  lastTag: number,
  lastAt: number,
  lastLength: number,
  tag: number,
  at: number,
): boolean {
  if (tag === operationTags.insert) return lastTag === tag && at === lastAt + lastLength;
  if (tag > operationTags.deleteBackward) return false;
  return joinedDelete(lastTag, lastLength, operationTags.delete, 1, lastAt - at) >= 0;
}
