// What a measuring process is told to do, and what it answers.

/** Of a task of saving, the number counts the library's formats, from 0. */
export type TaskName =
  | "local"
  | "merge"
  | "stream"
  | "load"
  | "load-edit"
  | "load-merge"
  | `save-history-${number}`
  | `save-text-${number}`;

export interface Job {
  readonly type: "format" | "convert" | "time" | "memory";
  readonly peer: string;
  /** The trace's file. */
  readonly trace: string;
  /** The conversion's folder. */
  readonly folder: string;
  readonly task: TaskName;
}

/**
 * What was measured. Times are of the main thread on a processor, where the system tells,
 * else of the clock.
 */
export interface Figures {
  /** The first time in the process. */
  readonly coldMs?: number;
  /** Median of the later half of repetitions, where the first did not take too long for any. */
  readonly warmMs?: number;
  /** What a task of saving made. */
  readonly sizeBytes?: number;
  /** Heap and external memory, that one more document takes. */
  readonly retainedBytes?: number;
  readonly peakRssBytes?: number;
}

/** No figures: the library can't do the task. A format is answered by a word that changes with it. */
export type Answer =
  | { readonly ok: true; readonly figures: Figures | null; readonly format?: string }
  | { readonly ok: false; readonly error: string };
