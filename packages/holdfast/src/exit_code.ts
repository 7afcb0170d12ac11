// What the command's exit code says; part of its contract with scripts.

/** How a run of the command ended. */
export const exitCodes = {
  /** It did what was asked. */
  ok: 0,
  /** It looked, and what it looked at is wrong. */
  failed: 1,
  /** It was called wrongly. */
  usage: 2,
  /** The machine refused: a port or a folder is in use, access is denied, the disk is full. */
  environment: 3,
  /** It is broken itself; what it says then is for its makers. As sysexits.h has it. */
  defect: 70,
} as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
