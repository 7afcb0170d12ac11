// Histories in JSON lines, our own format; docs/formats/history.md has its rules.
//
//   {"format":"holdfast-history","version":1}
//   {"process":"ann","type":"invoke","input":{"f":"write","value":1},"at":0}
//   {"process":"ann","type":"ok","at":2}
//   {"fault":"partition n1 | n2 n3","type":"begin","at":3}

import { HoldfastError } from "@holdfast/std";
import { EventCollector } from "./event_collector.ts";
import { type Fault, type FaultEvent, faultEventOf, faultEventsOf } from "./fault.ts";
import { checkHeader, checkJson, depthMax, isShallow, objectOf } from "./json_values.ts";
import { type Line, lineError, linesOf } from "./lines.ts";
import type { History, Operation, Outcome } from "./operation.ts";
import { anything, type Vocabulary } from "./vocabulary.ts";

const format = "holdfast-history";
const version = 1;

interface Event {
  readonly process: string;
  readonly type: "invoke" | Outcome;
  readonly input: unknown;
  readonly output: unknown;
  readonly at: number;
}

/** An event as a line holds it. */
type Written = (Pick<Event, "process" | "type" | "at"> & Partial<Event>) | FaultEvent;

/**
 * Reads a history, without its faults (`readFaults` has them). Its inputs and outputs are
 * as `vocabulary` has them; any JSON where it is left out.
 *
 * @throws {HoldfastError} `corrupt` where a line breaks the format's rules,
 *   `unsupported_version` where a later release wrote it, `too_large` where there is too
 *   much of something. Each names the line.
 */
export function readHistory<Input = unknown, Output = unknown>(
  text: string,
  vocabulary = anything as Vocabulary<Input, Output>,
): History<Input, Output> {
  const events = new EventCollector<unknown, Input, Output>(vocabulary);
  let isFirst = true;
  let beforeAt: number | null = null;
  let hasTimes: boolean | null = null;
  for (const line of linesOf(text)) {
    const value = objectOf(line);
    if (isFirst) {
      checkHeader(value, { format, version }, line);
      isFirst = false;
      continue;
    }
    const event = "fault" in value ? faultEventOf(value, line) : eventOf(value, line);
    hasTimes ??= "at" in value;
    if (hasTimes !== "at" in value) {
      throw lineError("corrupt", line.number, "has a time, or has none, unlike the first event");
    }
    if (beforeAt !== null && event.at < beforeAt) {
      throw lineError("corrupt", line.number, `is at ${event.at}, after one at ${beforeAt}`);
    }
    beforeAt = event.at;
    if (!("fault" in event)) add(events, event, line);
  }
  if (isFirst) throw lineError("corrupt", 1, "has no header");
  return events.history();
}

function eventOf(value: Record<string, unknown>, line: Line): Event {
  const { process, type, input, output, at = line.number } = value;
  if (typeof process !== "string") throw lineError("corrupt", line.number, "names no process");
  if (type !== "invoke" && type !== "ok" && type !== "fail" && type !== "info") {
    throw lineError("corrupt", line.number, "has no type that is known");
  }
  if (!Number.isFinite(at)) throw lineError("corrupt", line.number, "has a time that is no number");
  if (!isShallow(value, depthMax + 1)) {
    throw lineError("too_large", line.number, `nests over ${depthMax} deep`);
  }
  if (type === "invoke" ? "output" in value : type !== "ok" && "output" in value) {
    throw lineError("corrupt", line.number, `has an output, and is of type ${type}`);
  }
  return { process, type, input, output, at: at as number };
}

function add<Input, Output>(
  events: EventCollector<unknown, Input, Output>,
  event: Event,
  line: Line,
): void {
  const { process, type, input, output, at } = event;
  const place = { line: line.number, at };
  if (type === "invoke") {
    events.invoke(process, input, place);
  } else if (input === undefined) {
    events.complete(process, { outcome: type, output }, place);
  } else if (events.isOpen(process)) {
    throw lineError("corrupt", line.number, `process ${process} asked for something before`);
  } else {
    events.completeOnly(process, input, { outcome: type, output, where: place });
  }
}

/**
 * Writes a history and its faults, by their times. {@link readHistory} gives the same
 * operations again, by the order of their calls.
 *
 * @throws {HoldfastError} `invalid_argument` where JSON can't hold an input or an output, an
 *   answer has no time, an operation ends before it begins, or a process does two at once;
 *   where a fault has no beginning or too long a name, ends before it begins, or holds twice
 *   at once.
 */
export function writeHistory(
  history: History<unknown, unknown>,
  faults: readonly Fault[] = [],
): string {
  const byProcess = new Map<string, Operation[]>();
  for (const operation of history) {
    const list = byProcess.get(operation.process);
    if (list === undefined) byProcess.set(operation.process, [operation]);
    else list.push(operation);
  }
  const endAt = history.reduce(
    (last, { invokedAt, completedAt }) =>
      Math.max(last, Number.isFinite(completedAt) ? completedAt : invokedAt),
    0,
  );
  const events: Written[] = faultEventsOf(faults);
  for (const operations of byProcess.values()) {
    operations.sort((a, b) => compare(a.invokedAt, b.invokedAt));
    operations.forEach((operation, index) => {
      events.push(...eventsOf(operation, operations[index + 1], endAt));
    });
  }
  // Of the same time, events of a process stay in order.
  events.sort((a, b) => compare(a.at, b.at));
  const lines = events.map((event) => JSON.stringify(event));
  return `${[JSON.stringify({ format, version }), ...lines].join("\n")}\n`;
}

function eventsOf(operation: Operation, next: Operation | undefined, endAt: number): Written[] {
  const { process, input, outcome, output, invokedAt, completedAt } = operation;
  checkTimes(operation, next);
  for (const value of [input, output]) checkJson(value, `process ${process}`);
  const end: Written = {
    process,
    type: outcome,
    ...(outcome === "ok" && output !== undefined ? { output } : {}),
    at: outcome !== "info" ? completedAt : isCalled(next) ? next.invokedAt : endAt,
  };
  if (invokedAt === Number.NEGATIVE_INFINITY) return [{ ...end, input: input ?? null }];
  const call: Written = { process, type: "invoke", input, at: invokedAt };
  // Until the process goes on, an unknown outcome needs no line.
  return outcome === "info" && next === undefined ? [call] : [call, end];
}

function checkTimes(operation: Operation, next: Operation | undefined): void {
  const { process, outcome, invokedAt, completedAt } = operation;
  if (outcome === "info") return;
  if (!Number.isFinite(completedAt) || !(invokedAt <= completedAt)) {
    throw new HoldfastError("invalid_argument", `process ${process} has an answer without a time`);
  }
  if (isCalled(next) && completedAt > next.invokedAt) {
    throw new HoldfastError("invalid_argument", `process ${process} does two things at once`);
  }
}

function isCalled(operation: Operation | undefined): operation is Operation {
  return operation !== undefined && operation.invokedAt > Number.NEGATIVE_INFINITY;
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
