// Where along its bar each operation of an order takes effect: as early as the order allows.
//
// An operation takes effect after it was asked for, and after all that the order has
// before it. So each point follows the latest call so far, and never an answer of its own:
// an order that respects real time has room for all of them.

import type { PageOperation } from "../page_data.ts";

/** An operation takes effect just after the moment `after`, as the `index`-th that does. */
export interface Point {
  readonly place: number;
  readonly after: number;
  readonly index: number;
}

/** The points of an order. Linear. */
export function pointsOf(order: readonly PageOperation[], earliest: number): Point[] {
  let after = earliest;
  let index = -1;
  return order.map(({ place, from }) => {
    if (from !== null && from > after) {
      after = from;
      index = -1;
    }
    index += 1;
    return { place, after, index };
  });
}
