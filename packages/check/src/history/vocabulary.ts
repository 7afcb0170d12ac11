// What a system can be asked for and can answer: what a reader of histories holds the
// values against that a stranger wrote.

import { HoldfastError } from "@holdfast/std";

/** Makes inputs and outputs of what a history says. */
export interface Vocabulary<Input, Output> {
  /** What `process` asked for. @throws {HoldfastError} `invalid_argument` where nobody can. */
  input(said: unknown, process: string): Input;
  /** The answer to `input`. @throws {HoldfastError} `invalid_argument` where it can be none. */
  output(said: unknown, input: Input): Output | undefined;
}

/** Whatever a history says. */
export const anything: Vocabulary<unknown, unknown> = {
  input: (said) => said,
  output: (said) => said,
};

/** Refuses what was said. */
export function unheardOf(sentence: string): never {
  throw new HoldfastError("invalid_argument", sentence);
}
