// A planted bug: one change of the product's source that a simulation has to find.

/** A source patch, and what is known of its bug. */
export interface Mutant {
  /** Names it, in words joined by underscores. */
  readonly name: string;
  /** What a user would meet. */
  readonly story: string;
  /** The scenario that finds it. */
  readonly scenario: string;
  /** Promises that a run may break for it, by their ids; whatever else fails a run does not count. */
  readonly breaks: readonly string[];
  /** The file, from the repository's root. */
  readonly file: string;
  /** Text that is in the file exactly once. */
  readonly find: string;
  /** What takes its place. */
  readonly replace: string;
}

/** The mutant's source. @throws {Error} Where the patch does not apply any more. */
export function applied({ name, file, find, replace }: Mutant, source: string): string {
  const pieces = source.split(find);
  if (pieces.length === 2) return pieces.join(replace);
  throw new Error(
    `mutant ${name}: its text is ${pieces.length - 1} times in ${file}, once is needed`,
  );
}
