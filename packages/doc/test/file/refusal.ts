// How tests ask for a refusal.

import { type ErrorCode, isHoldfastError } from "@holdfast/std";

/** What `act` throws, or null. */
export function failureOf(act: () => unknown): unknown {
  try {
    act();
    return null;
  } catch (error) {
    return error;
  }
}

/** `act` is refused with one of `codes`. */
export function expectCode(act: () => unknown, ...codes: readonly ErrorCode[]): void {
  const error = failureOf(act);
  if (!isHoldfastError(error, ...codes)) throw new Error(`not ${codes}`, { cause: error });
}
