// Where a replay may forget all that came before.
//
// Problem. What happens concurrently is replayed in a structure that remembers it. Most
// histories have points at which nothing is concurrent any more: every event still to come
// builds on all events so far. There the replay can begin anew, as on an empty history.
//
// Method. In an order of replay, a point is critical if no piece after it has a parent
// before it, and what is there has one head. One pass from the end finds the least parent of
// all pieces to come, one from the beginning counts heads. O(pieces log pieces).
//
// Source: Gentle and Kleppmann 2025, section 3.5 (critical versions).

import {
  type EventGraph,
  equalFrontiers,
  type LocalFrontier,
  type LocalRange,
} from "./event_graph.ts";

/** Parents that lie before all pieces, and are not all that is there. */
const before = -2;

/**
 * Which points of a replay are critical.
 *
 * @param order - Pieces in causal order, as `walkOrder` gives them.
 * @param start - The version that is there before the first.
 * @returns At index i: whether the point before piece i is critical; at the length of `order`,
 *   whether the end is.
 */
export function criticalPoints(
  graph: EventGraph,
  order: readonly LocalRange[],
  start: LocalFrontier,
): readonly boolean[] {
  // Places of pieces by their last event: parents are such, or older than all of them.
  const ends = new Map<number, number>();
  order.forEach(({ end }, place) => {
    ends.set(end - 1, place);
  });
  const leasts = new Int32Array(order.length + 1);
  const heads = new Int32Array(order.length + 1);
  const isHead = new Uint8Array(order.length);
  const older = new Set(start);
  heads[0] = start.length;
  order.forEach((range, place) => {
    const parents = graph.parents(range.start);
    let least = place;
    let count = heads[place]! + 1;
    for (const parent of parents) {
      const at = ends.get(parent) ?? before;
      least = Math.min(least, at);
      if (at === before) count -= older.delete(parent) ? 1 : 0;
      else {
        count -= isHead[at]!;
        isHead[at] = 0;
      }
    }
    if (equalFrontiers(parents, start)) least = -1;
    else if (parents.length === 0) least = before;
    leasts[place] = least;
    isHead[place] = 1;
    heads[place + 1] = count;
  });
  const critical = new Array<boolean>(order.length + 1);
  let least = order.length;
  for (let place = order.length; place >= 0; place -= 1) {
    if (place < order.length) least = Math.min(least, leasts[place]!);
    critical[place] = least >= place - 1 && (place === 0 || heads[place] === 1);
  }
  return critical;
}
