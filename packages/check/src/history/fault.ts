// Faults: what was broken on purpose while a history was made, and when.

/** Something was broken from one moment to another. */
export interface Fault {
  /** What, in a few words: "partition n1 | n2 n3". */
  readonly name: string;
  readonly beginsAt: number;
  /** Infinity where nobody wrote down that it ended. */
  readonly endsAt: number;
}
