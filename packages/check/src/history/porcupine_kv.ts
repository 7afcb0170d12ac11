// Reads the logs of key-value stores that Porcupine's tests keep.
//
//   {:process 0, :type :invoke, :f :get, :key "4", :value nil}
//   {:process 0, :type :ok, :f :get, :key "4", :value "x 0 1 y"}

import type { KvInput, KvOutput } from "../models/kv.ts";
import { EventCollector } from "./event_collector.ts";
import { excerpt, type Line, lineError, linesOf } from "./lines.ts";
import type { History } from "./operation.ts";
import { anything, type Vocabulary } from "./vocabulary.ts";

const shape =
  /^\{:process (\d{1,15}), :type :(\w{1,10}), :f :(get|put|append), :key "([^"\\]*)", :value (nil|"[^"\\]*")\}$/;

/**
 * Reads a log of a key-value store, empty at first.
 *
 * @throws {HoldfastError} `corrupt` where a line has another form or an answer has no call,
 *   `too_large` where there is too much of something; each names the line.
 */
export function readPorcupineKv<Input = KvInput, Output = KvOutput>(
  text: string,
  vocabulary = anything as Vocabulary<Input, Output>,
): History<Input, Output> {
  const events = new EventCollector<KvInput, Input, Output>(vocabulary);
  for (const line of linesOf(text)) readLine(events, line);
  return events.history();
}

function readLine<Input, Output>(events: EventCollector<KvInput, Input, Output>, line: Line): void {
  const [, process, type, f, key, quoted] = line.text.match(shape) ?? [];
  if (process === undefined) {
    const reason = `is not an event of a key-value store: ${excerpt(line.text)}`;
    throw lineError("corrupt", line.number, reason);
  }
  const value = quoted === "nil" ? null : quoted!.slice(1, -1);
  if (type === "invoke") {
    events.invoke(process, inputOf(f!, { key: key!, value }, line), line.number);
    return;
  }
  const asked = events.asked(process);
  if (asked !== undefined && (asked.f !== f || asked.key !== key)) {
    const reason = `process ${process} asked to ${asked.f} ${asked.key}, not to ${f} ${key}`;
    throw lineError("corrupt", line.number, reason);
  }
  if (type !== "ok" && type !== "fail" && type !== "info") {
    throw lineError("corrupt", line.number, `has an event of type ${excerpt(type!)}`);
  }
  if (type === "ok" && f === "get" && value === null) {
    throw lineError("corrupt", line.number, "answers a get by nil");
  }
  const output = f === "get" && value !== null ? value : undefined;
  events.complete(process, { outcome: type, output }, line.number);
}

function inputOf(
  f: string,
  { key, value }: { readonly key: string; readonly value: string | null },
  line: Line,
): KvInput {
  if (f === "get") return { f, key };
  if (value === null || (f !== "put" && f !== "append")) {
    throw lineError("corrupt", line.number, `asks to ${f} nil`);
  }
  return { f, key, value };
}
