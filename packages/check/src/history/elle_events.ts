// Operations of the events that Jepsen writes down: an event is that a process asks for
// something, or how that ended.
//
//   {process 0, type invoke, value [[append x 1] [r y null]]}
//   {process 0, type ok,     value [[append x 1] [r y [3]]]}
//
// An operation's times are the places of its events. Where an end has no beginning, it
// began nobody knows when; where a beginning has no end, the end is `info`.

import { HoldfastError } from "@holdfast/std";
import type { Edn } from "./edn.ts";
import type { Operation } from "./operation.ts";

/** An event, in Jepsen's words. */
export interface ElleEvent {
  /** Numbers are clients; others, such as the nemesis, are passed over. */
  readonly process: string | number;
  readonly type: string;
  readonly value: unknown;
  /** What was asked for, where that is not a transaction. */
  readonly f?: string | undefined;
  /** The event's number, where it has one; otherwise its place. */
  readonly index?: number | undefined;
}

/** An operation, and which events it is made of. */
export interface ElleOperation extends Operation<unknown, unknown> {
  readonly f: string | undefined;
  /** The number of the event that asked; -1 where it is missing. */
  readonly invokeIndex: number;
  /** The number of the event that ended it; -1 where it is missing. */
  readonly completionIndex: number;
}

interface Asked {
  readonly event: ElleEvent;
  readonly at: number;
}

/**
 * Pairs events.
 *
 * @throws {HoldfastError} `invalid_argument` for a type that is unknown, and for a process
 *   that asks twice, with the place.
 */
export function operationsOfEvents(events: Iterable<ElleEvent>): ElleOperation[] {
  const operations: (ElleOperation | null)[] = [];
  const open = new Map<string | number, Asked & { readonly place: number }>();
  let at = -1;
  for (const event of events) {
    at += 1;
    if (typeof event.process !== "number") continue;
    const asked = open.get(event.process);
    if (event.type === "invoke") {
      if (asked !== undefined) refuse(at, `process ${event.process} waits for an answer`);
      open.set(event.process, { event, at, place: operations.length });
      operations.push(null);
      continue;
    }
    if (event.type !== "ok" && event.type !== "fail" && event.type !== "info") {
      refuse(at, `an event's type is invoke, ok, fail or info, not ${String(event.type)}`);
    }
    open.delete(event.process);
    const place = asked?.place ?? operations.length;
    operations[place] = operationOf(asked, { event, at });
  }
  for (const { event, at: invokedAt, place } of open.values()) {
    operations[place] = operationOf({ event, at: invokedAt }, undefined);
  }
  return operations as ElleOperation[];
}

function operationOf(asked: Asked | undefined, ended: Asked | undefined): ElleOperation {
  const { process, f } = (asked ?? ended)!.event;
  const outcome = (ended?.event.type ?? "info") as Operation["outcome"];
  return {
    process: String(process),
    // What failed may say more precisely what it was than what was asked for.
    input: ended?.event.value ?? asked?.event.value,
    outcome,
    output: outcome === "ok" ? ended!.event.value : undefined,
    invokedAt: asked?.at ?? Number.NEGATIVE_INFINITY,
    completedAt: outcome === "info" ? Number.POSITIVE_INFINITY : ended!.at,
    f,
    invokeIndex: asked === undefined ? -1 : (asked.event.index ?? asked.at),
    completionIndex: ended === undefined ? -1 : (ended.event.index ?? ended.at),
  };
}

/** The event that an EDN map is. @throws {HoldfastError} `invalid_argument` where it is none. */
export function eventOfEdn(value: Edn): ElleEvent {
  if (!(value instanceof Map)) throw new HoldfastError("invalid_argument", "an event is no map");
  const map = value as ReadonlyMap<Edn, Edn>;
  const process = map.get("process");
  const type = map.get("type");
  if ((typeof process !== "string" && typeof process !== "number") || typeof type !== "string") {
    throw new HoldfastError("invalid_argument", "an event without a process or a type");
  }
  const index = map.get("index");
  const f = map.get("f");
  return {
    process,
    type,
    value: map.get("value") ?? null,
    f: typeof f === "string" ? f : undefined,
    index: typeof index === "number" ? index : undefined,
  };
}

function refuse(at: number, what: string): never {
  throw new HoldfastError("invalid_argument", `event ${at}: ${what}`);
}
