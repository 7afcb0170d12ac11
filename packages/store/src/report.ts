// What checking a store's files found out.

import type { CommitVersion } from "./store.ts";

/** The outcome of a verification. */
export interface StoreReport {
  /** The file that was checked. */
  readonly path: string;
  /** Its size in bytes. */
  readonly sizeBytes: number;
  /** The version of the last commit; 0 where it could not be read. */
  readonly version: CommitVersion;
  /** Rows that were read and are whole. */
  readonly rows: number;
  /** Bytes of the keys and values of those rows. */
  readonly rowBytes: number;
  /** What is wrong, each in a sentence. Empty where the store is whole. */
  readonly problems: readonly string[];
  /** What is not wrong but worth saying, such as a commit that was cut short and never acknowledged. */
  readonly notes: readonly string[];
}

/** How many problems a report lists before it stops looking. */
export const problemsMax = 100;
