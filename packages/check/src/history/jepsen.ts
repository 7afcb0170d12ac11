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
import { depthMax, isShallow, parseJson } from "./json_values.ts";
import { eventsMax, type Line, lineError, linesOf } from "./lines.ts";
import type { History, Outcome } from "./operation.ts";
import { anything, type Vocabulary } from "./vocabulary.ts";

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
export function readJepsenEdn<Input = JepsenInput, Output = unknown>(
  text: string,
  vocabulary = anything as Vocabulary<Input, Output>,
): History<Input, Output> {
  const collector = new JepsenCollector(vocabulary);
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
export function readJepsenJson<Input = JepsenInput, Output = unknown>(
  text: string,
  vocabulary = anything as Vocabulary<Input, Output>,
): History<Input, Output> {
  if (/^\s*\[/.test(text)) {
    return operationsOfEvents(parseJson({ number: 1, text }) as unknown[], vocabulary);
  }
  const collector = new JepsenCollector(vocabulary);
  for (const line of linesOf(text)) {
    collector.add(fieldsOfJson(parseJson(line), line.number), line.number);
  }
  return collector.history();
}

/**
 * Makes operations of events that are objects already. Their numbers, from 1, are the times.
 *
 * @throws {HoldfastError} As {@link readJepsenEdn}; the number of the event stands for its line.
 */
export function operationsOfEvents<Input = JepsenInput, Output = unknown>(
  events: Iterable<unknown>,
  vocabulary = anything as Vocabulary<Input, Output>,
): History<Input, Output> {
  const collector = new JepsenCollector(vocabulary);
  let number = 0;
  for (const event of events) {
    number += 1;
    collector.add(fieldsOfJson(event, number), number);
  }
  return collector.history();
}

function fieldsOfEdn(value: Edn, line: number): Fields {
  if (!(value instanceof Map)) throw lineError("corrupt", line, "has a value that is no event");
  return (name) => value.get(name);
}

function fieldsOfJson(value: unknown, line: number): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw lineError("corrupt", line, "has a value that is no event");
  }
  if (!isShallow(value, depthMax + 1)) {
    throw lineError("too_large", line, `nests over ${depthMax} deep`);
  }
  return (name) =>
    Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

class JepsenCollector<Input, Output> {
  readonly #events: EventCollector<JepsenInput, Input, Output>;
  #count = 0;
  #calls = 0;
  #bare = 0;

  constructor(vocabulary: Vocabulary<Input, Output>) {
    this.#events = new EventCollector(vocabulary);
  }

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
    const said = { f, value: field("value") ?? null };
    const type = field("type");
    if (type === "invoke") this.#invoke(String(process), said, line);
    else if (type === "ok" || type === "fail" || type === "info") {
      this.#complete(String(process), said, { outcome: type, line });
    } else throw lineError("corrupt", line, "has an event of an unknown type");
  }

  history(): History<Input, Output> {
    return this.#events.history();
  }

  #invoke(process: string, said: JepsenInput, line: number): void {
    if (this.#bare > 0) {
      throw lineError("corrupt", line, "has a call, after completions that have none");
    }
    this.#calls += 1;
    this.#events.invoke(process, said, line);
  }

  #complete(
    process: string,
    said: JepsenInput,
    { outcome, line }: { readonly outcome: Outcome; readonly line: number },
  ): void {
    const asked = this.#events.asked(process);
    if (asked !== undefined && asked.f !== said.f) {
      throw lineError("corrupt", line, `process ${process} did not ask for ${said.f}`);
    }
    const end = { outcome, output: said.value };
    if (this.#calls > 0) {
      this.#events.complete(process, end, line);
      return;
    }
    this.#bare += 1;
    this.#events.completeOnly(process, said, { ...end, where: line });
  }
}
