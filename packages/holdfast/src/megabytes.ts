// A size as the command line has it.

import { InvalidArgumentError } from "commander";

/** How much history to keep, for {@link parseMegabytes}. */
export const historyFlag = "--history <megabytes>";

/** A whole number of megabytes, from 1 on. @throws {InvalidArgumentError} */
export function parseMegabytes(text: string): number {
  const megabytes = Number(text);
  if (!/^\d{1,7}$/.test(text) || megabytes < 1) {
    throw new InvalidArgumentError("A size is a whole number of megabytes, from 1 on.");
  }
  return megabytes;
}
