// What a request's URL says: which key, or that a range is meant, and the parameters.
//
// Keys are bytes. In a URL each byte stands for itself or as %XX; so any key can be
// written, and a slash in a key needs no escape. Node hands over one unit for each byte.

import { HoldfastError } from "@holdfast/std";

/** Where keys are. What follows is the key; nothing, for a range. */
export const keysPath = "/v1/kv/";
/** Where several operations are done at once. */
export const transactionPath = "/v1/txn";

const percent = 0x25;

/** Parameters by name. None is there twice. */
export type Parameters = ReadonlyMap<string, Uint8Array>;

/** A URL in its parts. */
export interface RequestUrl {
  readonly path: string;
  /** What follows the `?`; null where there is none. */
  readonly query: string | null;
}

/** Divides a request's target. */
export function requestUrl(target: string): RequestUrl {
  const at = target.indexOf("?");
  return at < 0
    ? { path: target, query: null }
    : { path: target.slice(0, at), query: target.slice(at + 1) };
}

/** The key in a path below {@link keysPath}; empty for a range. @throws {HoldfastError} `invalid_argument`. */
export function keyOfPath(path: string): Uint8Array {
  return decodePercent(path, keysPath.length, path.length);
}

/**
 * The parameters.
 *
 * @param names - Those that may be there.
 * @throws {HoldfastError} `invalid_argument` on another, on one that is there twice, and
 *   on a % that no two hexadecimal digits follow.
 */
export function parametersOf(query: string | null, names: readonly string[]): Parameters {
  const parameters = new Map<string, Uint8Array>();
  if (query === null || query === "") return parameters;
  for (const part of query.split("&")) {
    const at = part.indexOf("=");
    const name = at < 0 ? part : part.slice(0, at);
    if (!names.includes(name)) {
      const known = names.length === 0 ? "there are none here" : `there are ${names.join(", ")}`;
      throw invalid(`no parameter is called ${JSON.stringify(name.slice(0, 40))}; ${known}`);
    }
    if (parameters.has(name)) throw invalid(`the parameter ${name} is there twice`);
    parameters.set(name, at < 0 ? new Uint8Array(0) : decodeForm(part, at + 1));
  }
  return parameters;
}

/** Whether a parameter without a meaning of its own is there: as `name`, or with `true`. */
export function flagOf(parameters: Parameters, name: string): boolean {
  const text = textOf(parameters, name);
  if (text === null || text === "false") return false;
  if (text === "" || text === "true") return true;
  throw invalid(`${name} is given as such, or as true or false`);
}

/** A parameter as text of single bytes, or null. */
export function textOf(parameters: Parameters, name: string): string | null {
  const bytes = parameters.get(name);
  return bytes === undefined ? null : Buffer.from(bytes).toString("latin1");
}

function decodeForm(text: string, start: number): Uint8Array {
  const spaced = text.indexOf("+", start) < 0 ? text : text.replaceAll("+", "%20");
  return decodePercent(spaced, start, spaced.length);
}

function decodePercent(text: string, start: number, end: number): Uint8Array {
  const raw = Buffer.from(
    start === 0 && end === text.length ? text : text.slice(start, end),
    "latin1",
  );
  let size = raw.indexOf(percent);
  if (size < 0) return raw;
  for (let at = size; at < raw.length; at += 1, size += 1) {
    const byte = raw[at]!;
    if (byte !== percent) raw[size] = byte;
    else {
      raw[size] = (digit(raw[at + 1]) << 4) | digit(raw[at + 2]);
      at += 2;
    }
  }
  return raw.subarray(0, size);
}

function digit(code: number | undefined): number {
  if (code !== undefined) {
    if (code >= 0x30 && code <= 0x39) return code - 0x30;
    const letter = code | 0x20;
    if (letter >= 0x61 && letter <= 0x66) return letter - 0x57;
  }
  throw invalid("a % in the URL has no two hexadecimal digits behind it");
}

function invalid(sentence: string): HoldfastError {
  return new HoldfastError("invalid_argument", sentence);
}
