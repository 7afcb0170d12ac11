// Names for events in a log, where ids may be given out twice.
//
// What a client made and had not kept when its process died is gone, and nobody else has
// seen it: so its ids are given out again, to other events. In a log both stand, and
// need two names: from the first id that was lost on, the writer counts from 0 under
// another name.
//
//   ids of a     0 1 2 3 4    lost from 3 on    3 4 5
//   names        a0 ... a4                      a~1 0, a~1 1, a~1 2

import type { VersionVector } from "@holdfast/causality";
import type { MergeIds } from "@holdfast/check";

interface Stretch {
  readonly name: string;
  /** The first sequence number of it. */
  readonly from: number;
}

/** The names of one document's events. */
export class EventNames {
  /** By agent, where more than one name is in use. */
  readonly #stretches = new Map<string, Stretch[]>();
  #cuts = 0;

  /** What `agent` made from `from` on is lost; those that come are others. */
  cut(agent: string, from: number): void {
    this.#cuts += 1;
    const kept = this.#of(agent).filter((stretch) => stretch.from < from || stretch.from === 0);
    this.#stretches.set(agent, [...kept, { name: `${agent}~${this.#cuts}`, from }]);
  }

  /** The name of one event. */
  id(agent: string, sequence: number): readonly [string, number] {
    const { name, from } = this.#of(agent)
      .filter((stretch) => stretch.from <= sequence)
      .at(-1)!;
    return [name, sequence - from];
  }

  /** The names of all events of `vector`. */
  ids(vector: VersionVector): readonly MergeIds[] {
    return vector.entries().flatMap(([agent, next]) => this.upTo(agent, next));
  }

  /** The names of the events of `agent` before `next`. */
  upTo(agent: string, next: number): readonly MergeIds[] {
    const stretches = this.#of(agent);
    return stretches.flatMap(({ name, from }, index): MergeIds[] => {
      const end = Math.min(next, stretches[index + 1]?.from ?? next);
      return end > from ? [[name, 0, end - from]] : [];
    });
  }

  #of(agent: string): readonly Stretch[] {
    return this.#stretches.get(agent) ?? [{ name: agent, from: 0 }];
  }
}
