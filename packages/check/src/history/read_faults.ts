// Reads from a history when something was broken on purpose: in our own format by its own
// records, in Jepsen's by what the nemesis did.
//
// A history of a million operations has a few faults. So lines that can hold none are passed
// over unread; whether they are what they should be, the reader of histories says.

import { readEdn } from "./edn.ts";
import { type Fault, FaultCollector, faultEventOf, faultNameLengthMax } from "./fault.ts";
import { parseJson } from "./json_values.ts";
import { type Line, linesOf } from "./lines.ts";

/**
 * The faults of a history in any format that says when there were some, by their beginnings.
 *
 * A nemesis has something broken from `start`, `start-X`, `kill` or `pause` to `stop`,
 * `stop-X`, `start` or `resume`; other things that it does take no time. The number of its
 * line is the time of what it did, as of all events in Jepsen's histories. Of histories that
 * are one list of events no faults are read.
 *
 * @throws {HoldfastError} `corrupt` where a line tells of a fault against the format's rules,
 *   begins one that holds already, or ends one that does not; `too_large` where there is too
 *   much of something. Each names the line.
 */
export function readFaults(text: string): readonly Fault[] {
  if (/^\s*\{\s*"format"/.test(text)) return ownFaults(text);
  if (/^[\s,]*[[(]/.test(text)) return [];
  const nemesis = new Nemesis();
  for (const line of linesOf(text)) {
    if (!line.text.includes("nemesis")) continue;
    const [process, f] = disturbanceOf(line);
    if (process === "nemesis" && typeof f === "string") nemesis.does(f, line.number);
  }
  return nemesis.faults();
}

function ownFaults(text: string): readonly Fault[] {
  const faults = new FaultCollector();
  for (const line of linesOf(text)) {
    if (!line.text.includes('"fault"')) continue;
    const value = parseJson(line);
    if (typeof value !== "object" || value === null || !("fault" in value)) continue;
    faults.add(faultEventOf(value as Record<string, unknown>, line), line.number);
  }
  return faults.faults();
}

// Who did what, of an event in EDN or in JSON.
function disturbanceOf(line: Line): readonly unknown[] {
  if (line.text.startsWith('{"')) {
    const { process, f } = parseJson(line) as Record<string, unknown>;
    return [process, f];
  }
  if (!line.text.startsWith("{")) return [];
  const [event] = readEdn(line.text);
  return event instanceof Map ? [event.get("process"), event.get("f")] : [];
}

// Of a nemesis that does one thing only, nobody says what it is.
const nameless = "nemesis";

class Nemesis {
  readonly #faults = new FaultCollector();
  // What it does, until it has an answer.
  #asked: string | null = null;

  /** It asks, or is answered with the same function: when it asked counts. */
  does(f: string, line: number): void {
    if (f.length > faultNameLengthMax) return;
    const isAnswer = f === this.#asked;
    this.#asked = isAnswer ? null : f;
    if (isAnswer) return;
    const where = { line, at: line };
    const ended = endedBy(f);
    const begun = begunBy(f);
    if (ended !== null && this.#faults.isOpen(ended)) this.#faults.end(ended, where);
    else if (begun !== null && !this.#faults.isOpen(begun)) this.#faults.begin(begun, where);
  }

  faults(): readonly Fault[] {
    return this.#faults.faults();
  }
}

function begunBy(f: string): string | null {
  if (f === "start") return nameless;
  if (f.startsWith("start-")) return f.slice("start-".length);
  return f === "kill" || f === "pause" ? f : null;
}

function endedBy(f: string): string | null {
  if (f === "stop") return nameless;
  if (f === "start") return "kill";
  if (f === "resume") return "pause";
  return f.startsWith("stop-") ? f.slice("stop-".length) : null;
}
