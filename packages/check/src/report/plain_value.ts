// A stranger's value as JSON can hold it.

import { describeValue } from "../explain/describe.ts";

const depthMax = 64;

/** Values in one value. */
const partsMax = 10_000;

/**
 * The same value in plain arrays and objects. Maps whose keys are texts become objects, and
 * what JSON can't hold becomes a text, as does all of a value that has over 10,000 parts or
 * nests more than 64 deep.
 */
export function plainValue(value: unknown): unknown {
  const parts = { left: partsMax };
  const plain = convert(value, 0, parts);
  return parts.left < 0 ? describeValue(value) : plain;
}

function convert(value: unknown, depth: number, parts: { left: number }): unknown {
  parts.left -= 1;
  if (depth > depthMax) parts.left = -1;
  if (parts.left < 0) return null;
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value !== "object") return describeValue(value);
  if (Array.isArray(value) || value instanceof Set) {
    return Array.from(value as Iterable<unknown>, (item) => convert(item, depth + 1, parts));
  }
  if (ArrayBuffer.isView(value)) return describeValue(value);
  const fields = value instanceof Map ? [...value] : Object.entries(value);
  if (fields.some(([name]) => typeof name !== "string")) return describeValue(value);
  // Defined, not assigned: a stranger's field may be called __proto__.
  return Object.fromEntries(
    fields.map(([name, field]) => [name as string, convert(field, depth + 1, parts)]),
  );
}
