// A set of events: of each writer, the runs that are in it; and a text that is the same for
// equal sets, kept up to date with every run.
//
//   a  [0, 120)                  mostly one run from 0: a version vector
//   b  [0, 7) [9, 12)            more where events were left out
//
// Runs of one writer never touch, so equal sets have equal runs, and the text is made of
// the exclusive-or of a hash of each run. Other sets may have the same text: who finds
// that two sets differ in nothing but what they led to compares them by `equals`.

/** A run of events of a writer that is known by number. */
export interface EventRun {
  readonly agent: number;
  readonly from: number;
  readonly to: number;
}

/** The set. */
export class EventSet {
  // Of each agent: from, to, from, to and so on, ascending.
  readonly #bounds = new Map<number, number[]>();
  #left = 0;
  #right = 0;
  #size = 0;

  /** How many events are in it. */
  get size(): number {
    return this.#size;
  }

  /** The same for equal sets, and hardly ever for others. */
  get key(): string {
    return `${this.#size}:${this.#left}:${this.#right}`;
  }

  has(agent: number, sequence: number): boolean {
    const bounds = this.#bounds.get(agent);
    return bounds !== undefined && placeIn(bounds, sequence) % 2 === 1;
  }

  /** The parts of a run that are in the set, or those that are not, in order. */
  *parts({ agent, from, to }: EventRun, inside: boolean): Generator<EventRun> {
    const bounds = this.#bounds.get(agent) ?? [];
    let place = placeIn(bounds, from);
    for (let start = from; start < to; place += 1) {
      const end = Math.min(to, bounds[place] ?? to);
      if ((place % 2 === 1) === inside) yield { agent, from: start, to: end };
      start = end;
    }
  }

  /** Adds a run. Logarithmic in the runs of its writer, and linear in those that it meets. */
  add({ agent, from, to }: EventRun): void {
    let bounds = this.#bounds.get(agent);
    if (bounds === undefined) {
      bounds = [];
      this.#bounds.set(agent, bounds);
    }
    // All runs that it overlaps or touches become one with it.
    let first = placeIn(bounds, from - 1);
    first -= first % 2;
    let last = placeIn(bounds, to);
    last += last % 2;
    let start = from;
    let end = to;
    for (let place = first; place < last; place += 2) {
      this.#turn(agent, bounds[place]!, bounds[place + 1]!, -1);
      start = Math.min(start, bounds[place]!);
      end = Math.max(end, bounds[place + 1]!);
    }
    bounds.splice(first, last - first, start, end);
    this.#turn(agent, start, end, 1);
  }

  *runs(): Generator<EventRun> {
    for (const [agent, bounds] of this.#bounds) {
      for (let place = 0; place < bounds.length; place += 2) {
        yield { agent, from: bounds[place]!, to: bounds[place + 1]! };
      }
    }
  }

  /** The runs in this set that are not in another. */
  *without(other: EventSet): Generator<EventRun> {
    for (const run of this.runs()) yield* other.parts(run, false);
  }

  copy(): EventSet {
    return eventSetOf(this.runs());
  }

  equals(other: EventSet): boolean {
    return this.#size === other.size && this.without(other).next().done === true;
  }

  #turn(agent: number, from: number, to: number, sign: 1 | -1): void {
    const mixed = mix(mix(mix(agent + 1) ^ from) ^ to);
    this.#left ^= mixed;
    this.#right ^= mix(mixed ^ 0x5bd1e995) + Math.imul(to - from, 0x9e3779b1) + agent;
    this.#size += sign * (to - from);
  }
}

/** A set of some runs. */
export function eventSetOf(runs: Iterable<EventRun>): EventSet {
  const set = new EventSet();
  for (const run of runs) set.add(run);
  return set;
}

// How many bounds are at most `sequence`: odd where it lies in a run.
function placeIn(bounds: readonly number[], sequence: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bounds[middle]! <= sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}

function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
