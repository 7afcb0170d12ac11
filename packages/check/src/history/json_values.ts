// What formats of JSON lines share: a header, an object on each line, and values that nest
// no deeper than is good for them.

import { HoldfastError } from "@holdfast/std";
import { excerpt, type Line, lineError } from "./lines.ts";

/** Deepest nesting of a value in a line. */
export const depthMax = 64;

/** @throws `corrupt` where a line is no JSON. */
export function parseJson({ number, text }: Line): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw lineError("corrupt", number, `is no JSON: ${excerpt(text)}`);
  }
}

/** The object that a line holds. @throws {HoldfastError} `corrupt` where it holds none. */
export function objectOf(line: Line): Record<string, unknown> {
  const value = parseJson(line);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw lineError("corrupt", line.number, "is no object");
  }
  return value as Record<string, unknown>;
}

/** @throws {HoldfastError} `corrupt` for the header of another format, `unsupported_version` for one of another version. */
export function checkHeader(
  value: Record<string, unknown>,
  { format, version }: { readonly format: string; readonly version: number },
  { number }: Line,
): void {
  if (value.format !== format) {
    throw lineError("corrupt", number, `is not the header of a ${format}`);
  }
  if (value.version !== version) {
    throw lineError("unsupported_version", number, `is of version ${value.version}`);
  }
}

/** Whether a value nests at most `depth` deep. */
export function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  for (const field of Object.values(value)) if (!isShallow(field, depth - 1)) return false;
  return true;
}

/**
 * That JSON gives back what it is given. A text that is no Unicode is escaped, and comes back.
 *
 * @throws {HoldfastError} `invalid_argument` where it does not; `who` has the value, for the sentence.
 */
export function checkJson(value: unknown, who: string, depth = depthMax): void {
  const refuse = (what: string): never => {
    throw new HoldfastError("invalid_argument", `${who} has ${what}, which JSON can't hold`);
  };
  if (value === null || value === undefined || typeof value === "boolean") return;
  if (typeof value === "string") return;
  if (typeof value === "number") {
    if (!Number.isFinite(value) || Object.is(value, -0)) refuse(`the number ${value}`);
    return;
  }
  if (typeof value !== "object") refuse(`a ${typeof value}`);
  if (depth === 0) refuse(`a value that nests over ${depthMax} deep`);
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain) refuse("an object that is not plain");
  if (Array.isArray(value) && value.includes(undefined)) refuse("an array with holes");
  for (const field of Object.values(value as object)) checkJson(field, who, depth - 1);
}
