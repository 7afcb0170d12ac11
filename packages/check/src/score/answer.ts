// What came of holding verdicts against those that are known.

/** How one history, or one case, fared. */
export interface ScoredAnswer {
  readonly name: string;
  /** What differs, a sentence each without its full stop; empty where the answer is right. */
  readonly mismatches: readonly string[];
  /** False where nobody knows the verdict: it had to be answered, and that is all. */
  readonly isScored: boolean;
}
