// Which operations can matter for the one that is answered next.
//
// Operations that touch no part in common commute. So of what could take effect before
// an answer, only this matters: what shares a part with the operation answered, or with
// another that does, and so on. All else can as well take effect later.

import type { SequentialModel } from "./model.ts";
import type { Timeline } from "./timeline.ts";

/** What may take effect before an answer. */
export interface Candidates {
  /** Operations that are open, but for reads, by the order of their answers. */
  readonly open: readonly number[];
  /** Sorts of unknown outcome, in the order of the timeline. */
  readonly unknown: readonly number[];
}

/** The candidates of each level, found when they are asked for. */
export class CandidateFinder<State, Input, Output> {
  readonly #timeline: Timeline<Input, Output>;
  readonly #touched: readonly (readonly string[])[] | null;
  readonly #found: (Candidates | undefined)[];

  constructor(timeline: Timeline<Input, Output>, model: SequentialModel<State, Input, Output>) {
    this.#timeline = timeline;
    this.#touched =
      model.touches === undefined ? null : timeline.sorts.map(({ input }) => model.touches!(input));
    this.#found = new Array<Candidates | undefined>(timeline.answered.length);
  }

  /** The candidates before the answer of level `level`. */
  at(level: number): Candidates {
    let found = this.#found[level];
    if (found === undefined) {
      found = this.#find(level);
      this.#found[level] = found;
    }
    return found;
  }

  #find(level: number): Candidates {
    const { answered, open, openFrom, sorts, sortOf, unknown } = this.#timeline;
    const near: number[] = [];
    for (let place = openFrom[level]!; place < openFrom[level + 1]!; place += 1) {
      near.push(open[place]!);
    }
    const called: number[] = [];
    // Sorts are in the order of their first levels.
    while (called.length < unknown.length && unknown[called.length]!.levels[0]! <= level) {
      called.push(called.length);
    }
    const mayMatter =
      this.#touched === null
        ? () => true
        : this.#closure(sortOf[answered[level]!]!, [
            ...near.map((operation) => sortOf[operation]!),
            ...called.map((index) => unknown[index]!.sort),
          ]);
    return {
      open: near.filter((operation) => {
        const sort = sortOf[operation]!;
        return !sorts[sort]!.isRead && mayMatter(sort);
      }),
      unknown: called.filter((index) => mayMatter(unknown[index]!.sort)),
    };
  }

  // Tells the sorts that hang together with `from` by the parts that they touch.
  #closure(from: number, sorts: readonly number[]): (sort: number) => boolean {
    const touched = this.#touched!;
    const parts = new Set(touched[from]);
    let rest = [...new Set(sorts)];
    for (;;) {
      const reached = rest.filter((sort) => touched[sort]!.some((part) => parts.has(part)));
      if (reached.length === 0) break;
      for (const sort of reached) for (const part of touched[sort]!) parts.add(part);
      const isReached = new Set(reached);
      rest = rest.filter((sort) => !isReached.has(sort));
    }
    const isFar = new Set(rest);
    return (sort) => sort === from || !isFar.has(sort);
  }
}
