// A planted bug: one change of the product's sources that a scenario has to find.

/** A source patch, and what is known of its bug. */
export interface Mutant {
  /** Names it, in words joined by underscores. */
  readonly id: string;
  /** The bug, in one sentence. */
  readonly bug: string;
  /** The file, from the repository's root. */
  readonly file: string;
  /** Text that is in the file exactly once. */
  readonly find: string;
  /** What takes its place. */
  readonly replace: string;
  /** The scenario that has to find it. */
  readonly scenario: string;
  /** A seed that found it, which is played first. Where it does no more, that costs time alone. */
  readonly seed: number;
  /**
   * What a run may fail with to count as having found it: ids of promises, or codes
   * of errors. A run that fails with anything else does not count.
   */
  readonly breaks: readonly string[];
}

/** The text of the mutant's file with the bug in it. @throws {Error} Where the patch does not apply. */
export function planted({ id, file, find, replace }: Mutant, source: string): string {
  const pieces = source.split(find);
  if (find !== replace && pieces.length === 2) return pieces.join(replace);
  const times = pieces.length - 1;
  throw new Error(`mutant ${id}: its text is ${times} times in ${file}, and has to be once`);
}
