// Bytes in JSON: as text where they are UTF-8, else in base64, under another name. So
// what is text can be read as such, and nothing is lost of what isn't.

import { isUtf8 } from "node:buffer";
import { HoldfastError, isWellFormed } from "@holdfast/std";
import type { Entry, Held } from "../../kv/entry.ts";

/** The fields of one byte string: `name` or `nameBase64`. */
export function bytesField(name: string, bytes: Uint8Array): Record<string, string> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return isUtf8(buffer)
    ? { [name]: buffer.toString("utf8") }
    : { [`${name}Base64`]: buffer.toString("base64") };
}

/** What a key holds: `version`, `contentType` where there is one, and the value. */
export function heldFields({ version, contentType, value }: Held): Record<string, unknown> {
  return {
    version,
    ...(contentType === "" ? {} : { contentType }),
    ...bytesField("value", value),
  };
}

/** A key and what it holds; or only its version. */
export function entryFields(entry: Entry, keysOnly: boolean): Record<string, unknown> {
  const held = keysOnly ? { version: entry.version } : heldFields(entry);
  return { ...bytesField("key", entry.key), ...held };
}

/** An object of a stranger's JSON, with names that are known. */
export type Fields = Readonly<Record<string, unknown>>;

/** @throws {HoldfastError} `invalid_argument` where `value` is no object, or has other fields than `names`. */
export function fieldsOf(value: unknown, what: string, names: readonly string[]): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(`${what} is an object`);
  }
  for (const name of Object.keys(value)) {
    if (!names.includes(name)) {
      throw invalid(`${what} has no field ${JSON.stringify(name.slice(0, 40))}`);
    }
  }
  return value as Fields;
}

/**
 * The bytes under `name` or `nameBase64`; null where neither is there.
 *
 * @throws {HoldfastError} `invalid_argument` where both are, or what is there is no text,
 *   no whole UTF-16, or no base64.
 */
export function bytesOf(fields: Fields, name: string): Uint8Array | null {
  const [text, coded] = [field(fields, name), field(fields, `${name}Base64`)];
  if (text !== undefined && coded !== undefined) throw invalid(`${name} is there twice`);
  if (text !== undefined) {
    if (!isWellFormed(text)) throw invalid(`${name} holds half of a surrogate pair`);
    return Buffer.from(text, "utf8");
  }
  if (coded === undefined) return null;
  const bytes = Buffer.from(coded, "base64");
  if (bytes.toString("base64") !== coded) throw invalid(`${name}Base64 is no base64 with padding`);
  return bytes;
}

function field(fields: Fields, name: string): string | undefined {
  if (!Object.hasOwn(fields, name)) return undefined;
  const value = fields[name];
  if (typeof value !== "string") throw invalid(`${name} is text`);
  return value;
}

function invalid(sentence: string): HoldfastError {
  return new HoldfastError("invalid_argument", sentence);
}
