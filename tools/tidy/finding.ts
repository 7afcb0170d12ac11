// What a rule of the house linter reports.

/** A place where the tree breaks a rule. */
export interface Finding {
  /** The rule, by the name of its file. */
  readonly rule: string;
  /** Path from the root of the tree. */
  readonly file: string;
  /** Line from 1, or 0 for the file as a whole. */
  readonly line: number;
  /** What is wrong and, where it isn't plain, what would be right. */
  readonly message: string;
}

/** A finding as one line, in the form that editors and terminals turn into a link. */
export function formatFinding({ rule, file, line, message }: Finding): string {
  return `${file}${line > 0 ? `:${line}` : ""}  ${rule}: ${message}`;
}
