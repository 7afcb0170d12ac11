// Operations and values as people write them: short, on one line, whatever they hold.
//
//   write 1        read: null        cas 1 2: true        append x 1 · r y [3 4]
//
// Values are a stranger's. So a text is cut at its length while it is written, nesting is
// shown only so deep, and what would steer a terminal or turn the direction of a line is
// written as an escape.

import type { Operation } from "../history/operation.ts";

/** UTF-16 units of a description. */
export const descriptionLengthMax = 400;

const depthMax = 12;

/** A text that is written until it is full. */
class ShortText {
  #text = "";
  #isFull = false;
  readonly #lengthMax: number;

  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** Adds `text`, or what of it there is room for. */
  add(text: string): void {
    const room = this.#lengthMax - this.#text.length;
    if (text.length > room) this.#isFull = true;
    this.#text += text.slice(0, room);
  }

  toString(): string {
    return this.#isFull ? `${plainText(this.#text)}…` : plainText(this.#text);
  }
}

/** What an operation asked for and was answered. */
export function describeOperation(operation: Operation, lengthMax = descriptionLengthMax): string {
  const { input, outcome, output } = operation;
  const text = new ShortText(lengthMax);
  // What a transaction saw stands in its steps.
  if (outcome === "ok" && isSteps(stepsOf(output))) writeSteps(text, stepsOf(output));
  else {
    writeInput(text, input);
    if (outcome === "ok" && output !== undefined) {
      text.add(": ");
      writeValue(text, output, 0);
    }
  }
  return text.toString();
}

/** What an operation asked for. */
export function describeInput(input: unknown, lengthMax = descriptionLengthMax): string {
  const text = new ShortText(lengthMax);
  writeInput(text, input);
  return text.toString();
}

/** A value: texts that are one word as they are, others quoted, lists in brackets. */
export function describeValue(value: unknown, lengthMax = descriptionLengthMax): string {
  const text = new ShortText(lengthMax);
  const steps = stepsOf(value);
  if (isSteps(steps)) writeSteps(text, steps);
  else writeValue(text, value, 0);
  return text.toString();
}

/** A moment, or how long something took: `1.5`, `12,000`. */
export function describeTime(at: number): string {
  if (at === Number.NEGATIVE_INFINITY) return "an unknown time";
  if (at === Number.POSITIVE_INFINITY) return "never";
  const text = String(Number.isInteger(at) ? at : Number(at.toPrecision(12)));
  return text.replace(/^(-?)(\d{5,})(?=\.|$)/, (_, minus: string, digits: string) => {
    return minus + grouped(digits);
  });
}

/** Control characters, and those that turn the direction of what follows, as escapes. */
export function plainText(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A judge's sentence, which holds a stranger's values: plain, and cut where it is very long. */
export function plainSentence(text: string): string {
  return plainText(text.length > 2_000 ? `${text.slice(0, 2_000)}…` : text);
}

/** A name that a stranger gave. */
export function plainName(name: string): string {
  return plainText(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

/** A count as people write it: `12,000`. */
export function describeCount(count: number): string {
  return grouped(String(count));
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}

function writeInput(text: ShortText, input: unknown): void {
  const steps = stepsOf(input);
  if (isSteps(steps)) {
    // A read that is asked for has nothing yet.
    writeSteps(text, steps.map(withoutNull));
    return;
  }
  if (typeof input !== "object" || input === null || !("f" in input)) {
    writeValue(text, input, 0);
    return;
  }
  const { f, ...rest } = input as Readonly<Record<string, unknown>>;
  text.add(typeof f === "string" ? f : "call");
  for (const value of Object.values(rest)) {
    if (value === undefined || value === null || text.isFull) continue;
    text.add(" ");
    writeValue(text, value, 1);
  }
}

// The steps of a transaction, which may be the value of a call.
function stepsOf(input: unknown): unknown {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return input;
  const { f, value } = input as { readonly f?: unknown; readonly value?: unknown };
  return f === "txn" || f === undefined ? value : undefined;
}

function isSteps(value: unknown): value is readonly (readonly unknown[])[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    Array.isArray(value[0]) &&
    typeof value[0][0] === "string"
  );
}

function withoutNull(step: unknown): unknown {
  return Array.isArray(step) && step[step.length - 1] === null ? step.slice(0, -1) : step;
}

function writeSteps(text: ShortText, steps: unknown): void {
  for (const [place, step] of (steps as readonly unknown[]).entries()) {
    if (text.isFull) return;
    if (place > 0) text.add(" · ");
    if (!Array.isArray(step)) {
      writeValue(text, step, 1);
      continue;
    }
    for (const [part, value] of step.entries()) {
      if (part > 0) text.add(" ");
      writeValue(text, value, 1);
    }
  }
}

function writeValue(text: ShortText, value: unknown, depth: number): void {
  if (text.isFull) return;
  if (typeof value === "string") {
    const isWord = value !== "" && !/[\s"'[\](){},:·]/u.test(value.slice(0, descriptionLengthMax));
    text.add(isWord ? value : JSON.stringify(value.slice(0, descriptionLengthMax + 1)));
  } else if (typeof value !== "object" || value === null) {
    text.add(typeof value === "bigint" ? `${value}n` : String(value));
  } else if (depth >= depthMax) text.add("…");
  else if (value instanceof Map) writeFields(text, value.entries(), depth);
  else if (Array.isArray(value) || value instanceof Set || ArrayBuffer.isView(value)) {
    writeList(text, value as Iterable<unknown>, depth);
  } else writeFields(text, Object.entries(value), depth);
}

function writeList(text: ShortText, values: Iterable<unknown>, depth: number): void {
  text.add("[");
  let isFirst = true;
  for (const value of values) {
    if (text.isFull) return;
    if (!isFirst) text.add(" ");
    isFirst = false;
    writeValue(text, value, depth + 1);
  }
  text.add("]");
}

function writeFields(
  text: ShortText,
  fields: Iterable<readonly [unknown, unknown]>,
  depth: number,
): void {
  text.add("{");
  let isFirst = true;
  for (const [name, value] of fields) {
    if (text.isFull) return;
    if (!isFirst) text.add(", ");
    isFirst = false;
    writeValue(text, name, depth + 1);
    text.add(": ");
    writeValue(text, value, depth + 1);
  }
  text.add("}");
}
