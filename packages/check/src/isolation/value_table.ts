// Numbers for keys and values, so that everything after the reading of a history works on
// arrays of integers.

import { HoldfastError } from "@holdfast/std";
import { textLengthMax } from "./transaction.ts";

const integerMax = 2 ** 29;

/** Can say where in a history it is; no closure, since one is asked for at every step. */
export interface Place {
  where(): string;
}

/** Numbers scalars. Small integers are their own number, so most histories need no lookup. */
export class ScalarTable {
  readonly #codes = new Map<string | number | boolean, number>();
  readonly #scalars: (string | number | boolean)[] = [];

  /** The number of a scalar; `at` says in an error which one it was. @throws {HoldfastError} */
  code(scalar: unknown, at: Place): number {
    if (typeof scalar === "number" && scalar >= 0 && scalar < integerMax && scalar % 1 === 0) {
      return scalar * 2;
    }
    const known = this.#codes.get(scalar as string);
    if (known !== undefined) return known;
    this.#refuse(scalar, at);
    const code = (this.#scalars.push(scalar as string) - 1) * 2 + 1;
    this.#codes.set(scalar as string, code);
    return code;
  }

  scalar(code: number): string | number | boolean {
    return code % 2 === 0 ? code / 2 : this.#scalars[(code - 1) / 2]!;
  }

  #refuse(scalar: unknown, at: Place): void {
    if (typeof scalar === "string") {
      if (scalar.length <= textLengthMax) return;
      const sentence = `${at.where()}: a text of ${scalar.length} characters; at most ${textLengthMax}`;
      throw new HoldfastError("too_large", sentence);
    }
    if (typeof scalar === "boolean" || (typeof scalar === "number" && !Number.isNaN(scalar)))
      return;
    const sort = scalar === null ? "null" : typeof scalar;
    throw new HoldfastError(
      "invalid_argument",
      `${at.where()}: a text, a number or a boolean was expected, and ${sort} found`,
    );
  }
}
