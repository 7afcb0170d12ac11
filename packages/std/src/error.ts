// Failures that a caller can meet, as one class with a closed list of codes.
//
// Three sorts of failure exist, in three shapes. Expected refusals are values in
// a return type. Failures of the outside world, bytes of a stranger that do not
// decode, and misuse by a caller are a HoldfastError. Broken invariants are
// `assert`'s, and end whatever was running.

/**
 * Every code that can cross a boundary, and what the one who meets it must do.
 * The list is closed: code on the other side of a wire may switch over it.
 */
export const errorActions = {
  /** An argument is outside of its documented range. */
  invalid_argument: "fix the call",
  /** Bytes do not decode, or a checksum or a hash does not match. */
  corrupt: "discard the bytes; fetch them again or restore a backup",
  /** Bytes end before their content does. */
  truncated: "discard the bytes; fetch them again",
  /** A length, depth or count is over its limit. */
  too_large: "send less at once",
  /** The format or protocol version is not one this release reads. */
  unsupported_version: "upgrade the older side",
  /** A bundle belongs to another document. */
  wrong_document: "apply it to the document that it names",
  /** Events refer to events that are not here. */
  missing_dependency: "send the missing events first",
  /** One event id stands for two different contents. */
  equivocation: "stop: this writer's identity was used twice; start a new agent",
  /** An event can't have happened on the version that it names. */
  invalid_operation: "discard the bundle",
  /** A peer broke the sync protocol. */
  protocol: "close the connection; report the peer",
  /** The thing named does not exist. */
  not_found: "check the name",
  /** Other transactions kept winning until the deadline or the retry limit. */
  conflict: "run the transaction again later",
  /** A transaction is older than the snapshots that are kept. */
  too_old: "start a new transaction",
  /** The thing was closed. */
  closed: "open it again",
  /** The caller, or the scope around it, cancelled the work. */
  cancelled: "nothing; this was asked for",
  /** A deadline passed. */
  timeout: "try again with a back-off; the outcome may be unknown",
  /** Whether a commit took effect is not known, and nobody is left who could tell. */
  unknown_outcome: "look whether it took effect before doing it again",
  /** The other side can't be reached, or can't serve now. */
  unavailable: "try again with a back-off",
  /** The credential is missing or not valid. */
  unauthenticated: "send a valid credential",
  /** The principal may not do this. */
  forbidden: "ask whoever owns the document",
  /** A peer reads more slowly than it is written to. */
  too_slow: "reconnect; what was missed is sent again",
  /** A limit on rate or number is reached. */
  overloaded: "try again with a back-off",
  /** No room is left on the disk, or the file reached its size limit. */
  disk_full: "free room; nothing of this write was kept",
  /** The operating system reported a failure of a file or a device. */
  io: "look at the disk; what was acknowledged before is kept",
  /** The folder is in use by another process. */
  locked: "stop the other process, or choose another folder",
  /** The address is in use by another process. */
  address_in_use: "choose another port, or stop the other process",
  /** The operating system refuses access. */
  permission_denied: "grant access, or choose another place",
} as const;

/** One of the codes of {@link errorActions}. */
export type ErrorCode = keyof typeof errorActions;

/** Tells whether `value` is a code of this release's list. */
export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(errorActions, value);
}

/** A failure with a code to switch over, a sentence to read, and what to do about it. */
export class HoldfastError extends Error {
  /** What sort of failure this is. */
  readonly code: ErrorCode;

  /**
   * @param code - One of the closed list.
   * @param sentence - What was wrong, with the number or name that was wrong. No full stop.
   */
  constructor(code: ErrorCode, sentence: string, options?: { readonly cause?: unknown }) {
    super(sentence, options);
    this.name = "HoldfastError";
    this.code = code;
  }

  /** What the one who meets this failure must do. */
  get action(): string {
    return errorActions[this.code];
  }
}

/** Tells whether `error` is a HoldfastError, of any of `codes` where some are given. Works across copies of the library. */
export function isHoldfastError(error: unknown, ...codes: ErrorCode[]): error is HoldfastError {
  if (!(error instanceof Error) || error.name !== "HoldfastError") return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code !== "string" || !isErrorCode(code)) return false;
  return codes.length === 0 || codes.includes(code);
}
