// What tells a commit that is asked for twice from two commits.
//
// Whoever asks for commits over connections that break opens a session, counts its
// commits, and asks again with the same number until it is answered. Those who decide
// remember which numbers took effect, and at which version; what was answered, and is
// said to be, is forgotten.
//
// Source: Ongaro 2014 (thesis), section 6.3.

import type { CommitVersion } from "./store.ts";

/** Bytes of a session's name; random. */
export const sessionSizeBytes = 16;

/** Names one commit for ever. */
export interface CommitToken {
  /** {@link sessionSizeBytes} bytes, as text of one unit for each. */
  readonly session: string;
  /** Counts up from 1 in a session. */
  readonly sequence: number;
  /** All through this number were answered, and are never asked for again. */
  readonly answered: number;
}

/** A token, and the version at which its transaction took effect. */
export interface CommittedToken extends CommitToken {
  readonly version: CommitVersion;
}
