// Reads histories as Jepsen writes them, and Knossos and Elle read them: events of a
// process, each with a type, a function and a value; in EDN or in JSON.
//
//   {:type :invoke, :f :txn, :value [[:r 1 nil]], :process 0, :index 0}
//   {:type :ok,     :f :txn, :value [[:r 1 [5]]], :process 0, :index 1}
//
// The order of the events is that of time; fields of other names are left aside, and so
// is what a nemesis did. Some histories hold only completions: their calls happened
// nobody knows when. What the answer to an `ok` is, is its value.

import { HoldfastError, isHoldfastError } from "@holdfast/std";
import { type Edn, readEdn } from "./edn.ts";
import { EventCollector } from "./event_collector.ts";
import { eventsMax, excerpt, type Line, lineError, linesOf } from "./lines.ts";
import type { History } from "./operation.ts";

/** What is asked for in Jepsen's histories: of a function, by a value. */
export interface JepsenInput {
  /** Undefined where an event has none, as in many of Elle's. */
  readonly f: string | undefined;
  /** The value of the call; of the completion where that is all there is. */
  readonly value: unknown;
}

/** A field of an event: of a map in EDN, or an object in JSON. */
type Fields = (name: string) => unknown;

/**
 * Reads a history in EDN: one event a line, or one vector or list of events. Keywords are
 * texts without their colon, see {@link Edn}.
 *
 * @throws {HoldfastError} `corrupt` or `truncated` where the text is no EDN, an event is none, or
 *   an answer has no call; `too_large` where there is too much of something. Each names the
 *   line; in a vector, the number of the event stands for it.
 */
export function readJepsenEdn(text: string): History<JepsenInput, unknown> {
  const collector = new JepsenCollector();
  if (/^[\s,]*[[(]/.test(text)) {
    const [events, ...more] = readEdn(text);
    if (more.length > 0) throw lineError("corrupt", 1, "begins a list of events, which is not all");
    (events as readonly Edn[]).forEach((event, index) => {
      collector.add(fieldsOfEdn(event, index + 1), index + 1);
    });
    return collector.history();
  }
  for (const line of linesOf(text)) {
    for (const event of ednOfLine(line))
      collector.add(fieldsOfEdn(event, line.number), line.number);
  }
  return collector.history();
}

// The values of a line; a failure names the line in the whole text.
function ednOfLine({ number, text }: Line): Edn[] {
  try {
    return readEdn(text);
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    throw new HoldfastError(error.code, error.message.replace(/line 1\b/, `line ${number}`));
  }
}

/**
 * Reads a history in JSON: one event a line, or one array of events.
 *
 * @throws {HoldfastError} As {@link readJepsenEdn}; in an array, the number of the event stands
 *   for its line.
 */
export function readJepsenJson(text: string): History<JepsenInput, unknown> {
  const collector = new JepsenCollector();
  if (/^\s*\[/.test(text)) {
    const events = parseJson({ number: 1, text });
    (events as unknown[]).forEach((event, index) => {
      collector.add(fieldsOfJson(event, index + 1), index + 1);
    });
    return collector.history();
  }
  for (const line of linesOf(text)) {
    collector.add(fieldsOfJson(parseJson(line), line.number), line.number);
  }
  return collector.history();
}

/** @throws `corrupt` where a line is no JSON. */
export function parseJson({ number, text }: Line): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw lineError("corrupt", number, `is no JSON: ${excerpt(text)}`);
  }
}

function fieldsOfEdn(value: Edn, line: number): Fields {
  if (!(value instanceof Map)) throw lineError("corrupt", line, "has a value that is no event");
  return (name) => value.get(name);
}

function fieldsOfJson(value: unknown, line: number): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw lineError("corrupt", line, "has a value that is no event");
  }
  return (name) =>
    Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

class JepsenCollector {
  readonly #events = new EventCollector<JepsenInput, unknown>();
  #count = 0;
  #calls = 0;
  #bare = 0;

  add(field: Fields, line: number): void {
    this.#count += 1;
    if (this.#count > eventsMax) throw lineError("too_large", line, `is after ${eventsMax} events`);
    const process = field("process");
    if (process === "nemesis") return;
    if (typeof process !== "number" && typeof process !== "string") {
      throw lineError("corrupt", line, "has an event without a process");
    }
    const f = field("f") ?? undefined;
    if (f !== undefined && typeof f !== "string") {
      throw lineError("corrupt", line, "has an event whose function is no name");
    }
    const input = { f, value: field("value") ?? null };
    const type = field("type");
    if (type === "invoke") this.#invoke(String(process), input, line);
    else if (type === "ok" || type === "fail" || type === "info") {
      this.#complete({ process: String(process), input, outcome: type, output: input.value }, line);
    } else throw lineError("corrupt", line, "has an event of an unknown type");
  }

  history(): History<JepsenInput, unknown> {
    return this.#events.history();
  }

  #invoke(process: string, input: JepsenInput, line: number): void {
    if (this.#bare > 0) {
      throw lineError("corrupt", line, "has a call, after completions that have none");
    }
    this.#calls += 1;
    this.#events.invoke(process, input, line);
  }

  #complete(
    completion: Parameters<EventCollector<JepsenInput, unknown>["completeOnly"]>[0],
    line: number,
  ): void {
    const { process, input } = completion;
    const asked = this.#events.input(process);
    if (asked !== undefined && asked.f !== input.f) {
      throw lineError("corrupt", line, `process ${process} did not ask for ${input.f}`);
    }
    if (this.#calls > 0) {
      this.#events.complete(process, completion, line);
      return;
    }
    this.#bare += 1;
    this.#events.completeOnly(completion, line);
  }
}
