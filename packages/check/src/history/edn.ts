// Reads EDN, the notation in which Jepsen writes histories.
//
// What of it: nil, booleans, numbers, texts, characters, keywords, symbols, lists, vectors,
// sets, maps, tagged values (of which the tag is dropped), comments and #_ . Keywords and
// symbols become texts without their colon, so that :x and "x" are the same here.
// Source: the format's own description, github.com/edn-format/edn.

import { HoldfastError } from "@holdfast/std";

/** A value. Lists, vectors and sets are arrays. */
export type Edn = null | boolean | number | string | readonly Edn[] | ReadonlyMap<Edn, Edn>;

/** Characters in a text that is read. */
export const ednTextLengthMax = 512 * 1024 * 1024;
/** Values within values. */
export const ednDepthMax = 256;

/**
 * Reads all values of a text.
 *
 * @throws {HoldfastError} `truncated` where it ends in a value, `corrupt` where it is no
 *   EDN, each with line and column; `too_large` over a limit.
 */
export function readEdn(text: string): Edn[] {
  if (text.length > ednTextLengthMax) {
    throw new HoldfastError("too_large", `a text of ${text.length}; at most ${ednTextLengthMax}`);
  }
  const reader = new EdnReader(text);
  const values: Edn[] = [];
  for (;;) {
    const value = reader.next();
    if (value === undefined) return values;
    values.push(value);
  }
}

const names = new Map<string, Edn>([
  ["nil", null],
  ["true", true],
  ["false", false],
  ["##Inf", Infinity],
  ["##-Inf", -Infinity],
]);
const characters = new Map([
  ["newline", "\n"],
  ["return", "\r"],
  ["space", " "],
  ["tab", "\t"],
]);
const escapes = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["b", "\b"],
  ["f", "\f"],
  ["\\", "\\"],
  ['"', '"'],
]);
const numberPattern = /^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?[NM]?$/;
// Which characters end a token; blanks among them.
const ends = new Uint8Array(128);
const blanks = new Uint8Array(128);
for (const character of "\t\n\v\f\r ,") blanks[character.charCodeAt(0)] = 1;
for (const character of '\t\n\v\f\r ,()[]{}";') ends[character.charCodeAt(0)] = 1;
const semicolon = 59;
const hash = 35;
const colon = 58;
// Whole numbers of so many digits are read digit by digit.
const digitsMax = 15;

class EdnReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next value of the top level; undefined at the end. */
  next(): Edn | undefined {
    this.#skip(0);
    return this.#at === this.#text.length ? undefined : this.#value(0);
  }

  #value(depth: number): Edn {
    if (depth > ednDepthMax) this.#fail("too_large", `values within more than ${ednDepthMax}`);
    this.#skip(depth);
    const character = this.#text[this.#at];
    switch (character) {
      case undefined:
        return this.#fail("truncated", "the text ends where a value is expected");
      case '"':
        return this.#string();
      case "(":
        return this.#sequence(")", depth);
      case "[":
        return this.#sequence("]", depth);
      case "{":
        return this.#map(depth);
      case "#":
        return this.#dispatched(depth);
      case "\\":
        return this.#character();
      case ")":
      case "]":
      case "}":
        return this.#fail("corrupt", `${character} closes nothing`);
      default:
        return this.#token();
    }
  }

  #skip(depth: number): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (blanks[code] === 1) {
        this.#at += 1;
      } else if (code === semicolon) {
        const end = this.#text.indexOf("\n", this.#at);
        this.#at = end === -1 ? this.#text.length : end + 1;
      } else if (code === hash && this.#text[this.#at + 1] === "_") {
        this.#at += 2;
        this.#value(depth + 1);
      } else {
        return;
      }
    }
  }

  #sequence(close: string, depth: number): Edn[] {
    const values: Edn[] = [];
    this.#at += 1;
    for (;;) {
      this.#skip(depth);
      if (this.#text[this.#at] === close) break;
      values.push(this.#value(depth + 1));
    }
    this.#at += 1;
    return values;
  }

  #map(depth: number): Map<Edn, Edn> {
    const begin = this.#at;
    const flat = this.#sequence("}", depth);
    if (flat.length % 2 === 1) {
      this.#at = begin;
      return this.#fail("corrupt", "a map with a key without a value");
    }
    const map = new Map<Edn, Edn>();
    for (let place = 0; place < flat.length; place += 2) map.set(flat[place]!, flat[place + 1]!);
    return map;
  }

  #dispatched(depth: number): Edn {
    const after = this.#text[this.#at + 1];
    if (after === "{") {
      this.#at += 1;
      return this.#sequence("}", depth);
    }
    if (after === "#") return this.#token();
    if (after === undefined || !/[A-Za-z]/.test(after)) {
      return this.#fail("corrupt", "# begins nothing that is known");
    }
    this.#at = this.#endOfToken(this.#at + 1);
    return this.#value(depth + 1);
  }

  #endOfToken(from: number): number {
    let at = from;
    while (at < this.#text.length && ends[this.#text.charCodeAt(at)] !== 1) at += 1;
    return at;
  }

  #token(): Edn {
    const begin = this.#at;
    const end = this.#endOfToken(begin + 1);
    const whole = this.#digits(begin, end);
    this.#at = end;
    if (whole !== -1) return whole;
    const token = this.#text.slice(begin, end);
    if (token.charCodeAt(0) === colon) {
      return token.length > 1 ? token.slice(1) : this.#failAt(begin, "a keyword without a name");
    }
    const known = names.get(token);
    if (known !== undefined) return known;
    if (numberPattern.test(token)) return this.#number(begin, token);
    if (/^[+-]?\d/.test(token) || token.startsWith("##")) {
      return this.#failAt(begin, `${token} is no number`);
    }
    return token;
  }

  // A whole number without a sign; -1 where there is something else.
  #digits(begin: number, end: number): number {
    if (end - begin > digitsMax) return -1;
    let value = 0;
    for (let at = begin; at < end; at += 1) {
      const digit = this.#text.charCodeAt(at) - 48;
      if (digit < 0 || digit > 9) return -1;
      value = value * 10 + digit;
    }
    return value;
  }

  #number(begin: number, token: string): number {
    const value = Number(/[NM]$/.test(token) ? token.slice(0, -1) : token);
    if (Number.isSafeInteger(value) || !Number.isInteger(value)) return value;
    this.#at = begin;
    return this.#fail("too_large", `the number ${token}`);
  }

  #failAt(at: number, what: string): never {
    this.#at = at;
    return this.#fail("corrupt", what);
  }

  #character(): string {
    // A character may be one that ends a token, so it is passed over first.
    const end = this.#endOfToken(this.#at + 2);
    const name = this.#text.slice(this.#at + 1, end);
    const unicode = /^u([0-9a-fA-F]{4})$/.exec(name);
    const value =
      characters.get(name) ??
      (unicode === null ? name : String.fromCharCode(Number.parseInt(unicode[1]!, 16)));
    if (value.length !== 1) return this.#fail("corrupt", `\\${name} is no character`);
    this.#at = end;
    return value;
  }

  #string(): string {
    const begin = this.#at;
    let value = "";
    let from = begin + 1;
    for (let at = from; ; at += 1) {
      const character = this.#text[at];
      if (character === undefined) return this.#fail("truncated", "a text that does not end");
      if (character === '"') {
        this.#at = at + 1;
        return value + this.#text.slice(from, at);
      }
      if (character !== "\\") continue;
      const [text, length] = this.#escape(at + 1);
      value += this.#text.slice(from, at) + text;
      at += length;
      from = at + 1;
    }
  }

  #escape(at: number): [text: string, length: number] {
    const known = escapes.get(this.#text[at] ?? "");
    if (known !== undefined) return [known, 1];
    const unicode = /^u([0-9a-fA-F]{4})/.exec(this.#text.slice(at, at + 5));
    if (unicode === null) {
      this.#at = at - 1;
      return this.#fail("corrupt", "an unknown escape in a text");
    }
    return [String.fromCharCode(Number.parseInt(unicode[1]!, 16)), 5];
  }

  #fail(code: "corrupt" | "truncated" | "too_large", what: string): never {
    const before = this.#text.slice(0, this.#at);
    const line = before.split("\n").length;
    const column = this.#at - before.lastIndexOf("\n");
    throw new HoldfastError(code, `line ${line}, column ${column}: ${what}`);
  }
}
