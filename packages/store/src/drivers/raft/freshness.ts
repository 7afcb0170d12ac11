// How old the rows of a node may be.
//
// A read barrier that was begun and passed shows that all that was acknowledged before it
// began is applied here. So the age of the rows is the time since the last such beginning,
// by this node's own clock. No other clock is asked, and it does not matter how long messages
// travelled: to go by when the leader was last heard would be wrong by just that.
//
// Invariant:
//   FR1  Whatever was acknowledged, anywhere, longer ago than `staleMsMax` is applied here.

/** A clock loses or gains at most this part of the time. */
export const clockDriftMax = 0.1;

/** See the head of this file. */
export class Freshness {
  #asOfMs = Number.NEGATIVE_INFINITY;

  /** A barrier that began at `beganMs` was passed, and its rows are applied. */
  passed(beganMs: number): void {
    if (beganMs > this.#asOfMs) this.#asOfMs = beganMs;
  }

  /** How old the rows may be at `nowMs`, in true time; infinite before the first barrier. */
  staleMsMax(nowMs: number): number {
    return (nowMs - this.#asOfMs) / (1 - clockDriftMax);
  }
}
