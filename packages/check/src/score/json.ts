// Files of expectations are JSON that a stranger wrote.

import { HoldfastError } from "@holdfast/std";

type Fields = Readonly<Record<string, unknown>>;

/** The object that a file is. @throws {HoldfastError} `corrupt` where it is none. */
export function parseFile(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new HoldfastError("corrupt", "it is no JSON", { cause });
  }
  return objectOf(value, "the file");
}

/** A value as an object. @throws {HoldfastError} `corrupt` where it is none. */
export function objectOf(value: unknown, what: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new HoldfastError("corrupt", `${what} is no object`);
}

/** A value as a list. @throws {HoldfastError} `corrupt` where it is none. */
export function listOf(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new HoldfastError("corrupt", `${what} is no list`);
}

/** A value as a list of texts. @throws {HoldfastError} `corrupt` where it is none. */
export function textsOf(value: unknown, what: string): readonly string[] {
  const list = listOf(value, what);
  if (list.every((each) => typeof each === "string")) return list as readonly string[];
  throw new HoldfastError("corrupt", `${what} is no list of names`);
}
