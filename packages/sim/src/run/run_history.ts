// A history that a run leaves behind: what was asked for and answered, as text that a
// judge reads.

/** See the head of this file. */
export interface RunHistory {
  /** The name of its file, without a folder. */
  readonly file: string;
  /** What `holdfast check` wants to be told before the file's name. */
  readonly judge: string;
  /** Writes it, as it is now. */
  readonly text: () => string;
}
