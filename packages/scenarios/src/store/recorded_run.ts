// One run of a transaction's function: what it stood on, did, found and answered.

import type { CommitVersion } from "@holdfast/store";
import type { Answer } from "./judged_work.ts";
import type { Call } from "./store_history.ts";
import type { Step } from "./store_model.ts";

/** See the head of this file. */
export interface RecordedRun {
  /** The operation that it is a run of. */
  readonly call: Call;
  /** What it stood on. */
  readonly snapshotVersion: CommitVersion;
  readonly steps: Step[];
  /** When its function had returned, as a place in the order of all; 0 where it has not. */
  handedIn: number;
  /** What its function answered. */
  answer: Answer;
}
