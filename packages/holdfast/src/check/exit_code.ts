// What the exit code of `holdfast check` says; part of its contract with scripts.

/** How a judgement ended. */
export const checkExitCodes = {
  /** Every history kept its promise. */
  ok: 0,
  /** One broke it. */
  violation: 1,
  /** None broke it, of one nobody knows: the budget was used up, or there was nothing to judge by. */
  unknown: 2,
  /** Nothing was judged: a history could not be read, or the command was called wrongly. */
  unreadable: 3,
} as const;

/** One of {@link checkExitCodes}. */
export type CheckExitCode = (typeof checkExitCodes)[keyof typeof checkExitCodes];
