// Reads the logs of Jepsen's register tests in the form that Porcupine keeps them.
//
//   INFO  jepsen.util - 4	:invoke	:cas	[1 0]
//   INFO  jepsen.util - 4	:fail	:cas	[1 0]
//   INFO  jepsen.util - 7	:info	:write	:timed-out
//
// Process, what sort of event, what is asked for, a value; any white space between them.
// A `cas` that fails was answered: the register did not hold its first value. A read
// that fails is left aside, and so is what timed out while reading.

import type { CasRegisterInput, CasRegisterOutput } from "../models/register.ts";
import { EventCollector } from "./event_collector.ts";
import { excerpt, type Line, lineError, linesOf } from "./lines.ts";
import type { History } from "./operation.ts";
import { anything, type Vocabulary } from "./vocabulary.ts";

const shape = /^INFO\s+jepsen\.util\s+-\s+(\d{1,15})\s+:(\w{1,10})\s+:(\w{1,10})\s+(\S.*)$/;

/**
 * Reads a log of a register with compare-and-set, null at first.
 *
 * @throws {HoldfastError} `corrupt` where a line has another form or an answer has no call,
 *   `too_large` where there is too much of something; each names the line.
 */
export function readPorcupineRegister<Input = CasRegisterInput, Output = CasRegisterOutput>(
  text: string,
  vocabulary = anything as Vocabulary<Input, Output>,
): History<Input, Output> {
  const events = new EventCollector<CasRegisterInput, Input, Output>(vocabulary);
  for (const line of linesOf(text)) readLine(events, line);
  return events.history();
}

function readLine<Input, Output>(
  events: EventCollector<CasRegisterInput, Input, Output>,
  line: Line,
): void {
  const [, process, type, f, value] = line.text.match(shape) ?? [];
  if (process === undefined) {
    throw lineError("corrupt", line.number, `is not an event of a register: ${excerpt(line.text)}`);
  }
  if (type === "invoke") {
    events.invoke(process, inputOf(f!, value!, line), line.number);
    return;
  }
  const asked = events.asked(process);
  if (asked !== undefined && asked.f !== f) {
    throw lineError("corrupt", line.number, `process ${process} asked for ${asked.f}, not ${f}`);
  }
  events.complete(process, endOf(type!, { f: f!, value: value! }, line), line.number);
}

function inputOf(f: string, value: string, line: Line): CasRegisterInput {
  if (f === "read") return { f };
  if (f === "write") return { f, value: integer(value, line) };
  const [, from, to] = value.match(/^\[(\S+)\s+(\S+)\]$/) ?? [];
  if (f !== "cas" || to === undefined) {
    throw lineError("corrupt", line.number, `asks for ${excerpt(`${f} ${value}`)}`);
  }
  return { f, from: integer(from!, line), to: integer(to, line) };
}

function endOf(
  type: string,
  { f, value }: { readonly f: string; readonly value: string },
  line: Line,
) {
  switch (type) {
    case "ok":
      if (f === "read") return { outcome: "ok", output: readValue(value, line) } as const;
      return { outcome: "ok", output: f === "cas" ? true : undefined } as const;
    case "fail":
      if (f === "cas") return { outcome: "ok", output: false } as const;
      return { outcome: "fail" } as const;
    case "info":
      return { outcome: "info" } as const;
    default:
      throw lineError("corrupt", line.number, `has an event of type ${excerpt(type)}`);
  }
}

function readValue(text: string, line: Line): number | null {
  return text === "nil" ? null : integer(text, line);
}

function integer(text: string, line: Line): number {
  const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) {
    throw lineError("corrupt", line.number, `has ${excerpt(text)} where an integer belongs`);
  }
  return value;
}
