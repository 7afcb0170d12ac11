// A text for a value: the same for equal values, different for different ones.
// Names can be exchanged on the way, for states that are alike but for who is who.
//
// Values are plain data: null, booleans, numbers, strings, bigints, bytes, arrays,
// maps, sets, objects without a class, and {@link Replayed}. The order of a map's,
// a set's or an object's entries doesn't count. A string that is a node's name
// counts as the name wherever it stands: as value, as key, in a set.

import { HoldfastError, toHex } from "@holdfast/std";
import { Replayed } from "./replayed.ts";

/** Which name to write for which; names that are absent stay. */
export type Renaming = ReadonlyMap<string, string>;

/** Most nodes that may be exchanged for each other in one set: 5 have 120 orders. */
export const symmetricMax = 5;

/** Writes `value`. Throws {@link HoldfastError} `invalid_argument` for what is not plain data. O(size). */
export function canonicalText(value: unknown, renaming: Renaming): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(renaming.get(value) ?? value);
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "boolean":
    case "undefined":
      return String(value);
    case "bigint":
      return `${value}n`;
    case "object":
      return value === null ? "null" : objectText(value, renaming);
    default:
      throw new HoldfastError("invalid_argument", `a ${typeof value} in a state is not plain data`);
  }
}

function objectText(value: object, renaming: Renaming): string {
  const text = (part: unknown): string => canonicalText(part, renaming);
  if (Array.isArray(value)) return `[${value.map(text).join(",")}]`;
  if (value instanceof Uint8Array) return `x${toHex(value)}`;
  if (value instanceof Replayed) return `R${text(value.inputs)}`;
  if (value instanceof Set) return `S{${[...value].map(text).sort().join(",")}}`;
  if (value instanceof Map) return `M{${entriesText([...value], text)}}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    return `{${entriesText(Object.entries(value), text)}}`;
  }
  const sentence = `a ${value.constructor.name} in a state is not plain data; keep it in a Replayed`;
  throw new HoldfastError("invalid_argument", sentence);
}

function entriesText(
  entries: readonly (readonly [unknown, unknown])[],
  text: (part: unknown) => string,
): string {
  const texts = entries.map(([key, value]) => `${text(key)}:${text(value)}`);
  return texts.sort().join(",");
}

/**
 * All ways to exchange the names of each set among themselves, the one that
 * changes nothing first. The product of the factorials of their sizes.
 *
 * @throws {HoldfastError} `invalid_argument` where a set is larger than
 *   {@link symmetricMax}, or two share a name.
 */
export function renamings(sets: readonly (readonly string[])[]): readonly Renaming[] {
  const names = sets.flat();
  if (new Set(names).size < names.length) {
    throw new HoldfastError("invalid_argument", "a node is in two symmetric sets, or twice in one");
  }
  let all: [string, string][][] = [[]];
  for (const set of sets) {
    if (set.length > symmetricMax) {
      const sentence = `${set.length} symmetric nodes, at most ${symmetricMax}`;
      throw new HoldfastError("invalid_argument", sentence);
    }
    const orders = permutations(set);
    all = all.flatMap((before) =>
      orders.map((order) => [
        ...before,
        ...set.map((name, index): [string, string] => [name, order[index]!]),
      ]),
    );
  }
  return all.map((pairs) => new Map(pairs));
}

function permutations(names: readonly string[]): string[][] {
  if (names.length === 0) return [[]];
  return names.flatMap((first) =>
    permutations(names.filter((name) => name !== first)).map((rest) => [first, ...rest]),
  );
}
