// Records of merge logs in a few words, and what a log breaks.

import { judgeMerge, type MergeIds, type MergePromise, type MergeRecord } from "@holdfast/check";

/** The promises that a log breaks. */
export const promisesOf = (records: readonly MergeRecord[]): MergePromise[] => [
  ...new Set(judgeMerge(records).faults.map(({ promise }) => promise)),
];

/** A replica shows a list. */
export const list = (replica: string, ...elements: MergeIds[]): MergeRecord => ({
  type: "state",
  replica,
  list: elements,
});

/** A replica applies events. */
export const event = (replica: string, id: MergeIds, what: object = {}): MergeRecord => ({
  type: "event",
  replica,
  id,
  ...what,
});
