// The state of the connection as siblings tell it to each other: with spans of time, not
// moments, since their clocks have nothing in common.

import type { SiblingWord } from "../siblings/sibling_message.ts";
import type { ConnectionState } from "./connection_keeper.ts";

/** What who leads says of the connection. */
export type ConnectionWord = Extract<SiblingWord, { readonly type: "connection" }>;

// Spans are told in whole milliseconds, rounded up, and heard a little later.
const toleranceMs = 2;

/** The word for `connection`, at `nowMs`. */
export function connectionWord(connection: ConnectionState, nowMs: number): ConnectionWord {
  const { state, reason, retryAtMs } = connection;
  const retryInMs = retryAtMs === null ? null : retryAtMs - nowMs;
  return { type: "connection", state, reason, retryInMs };
}

/** What `word`, heard at `nowMs`, says. */
export function connectionTold(word: ConnectionWord, nowMs: number): ConnectionState {
  const { state, reason, retryInMs } = word;
  return { state, reason, retryAtMs: retryInMs === null ? null : nowMs + retryInMs };
}

/** Whether two say the same to an application. */
export function areAlike(one: ConnectionState, other: ConnectionState): boolean {
  return (
    one.state === other.state &&
    one.reason?.code === other.reason?.code &&
    one.reason?.message === other.reason?.message &&
    Math.abs((one.retryAtMs ?? -1) - (other.retryAtMs ?? -1)) <= toleranceMs
  );
}
