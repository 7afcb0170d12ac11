// The configurations that a search has met, as rows of integers.

const width = 8;

/** One row: where a search can be, and how it came there. */
export interface Configuration {
  /** How many answers are behind it. */
  readonly level: number;
  readonly state: number;
  /** The set of open operations that took effect. */
  readonly taken: number;
  /** How many operations of unknown outcome took effect. */
  readonly usage: number;
  /** The set of those in `taken` that took effect unseen, and still can be seen later. */
  readonly unseen: number;
}

/** How a configuration came from another. */
export interface Step {
  /** The configuration before it; -1 for the first one. */
  readonly parent: number;
  /** The operation that took effect; -1: none did. */
  readonly operation: number;
  /** The sort of unknown outcome that took effect; -1: none did. */
  readonly unknown: number;
}

/** A growing list of configurations. */
export class Configurations {
  #rows = new Int32Array(width * 32);
  #count = 0;

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** Adds one, in front of the list `next`, and returns its number. */
  add(configuration: Configuration, step: Step, next: number): number {
    const place = this.#count * width;
    if (place === this.#rows.length) {
      const grown = new Int32Array(this.#rows.length * 2);
      grown.set(this.#rows);
      this.#rows = grown;
    }
    const rows = this.#rows;
    rows[place] = configuration.level;
    rows[place + 1] = configuration.state;
    rows[place + 2] = configuration.taken;
    rows[place + 3] = configuration.usage;
    rows[place + 4] = step.parent;
    // At most one of the two is there.
    rows[place + 5] = step.unknown < 0 ? step.operation : -2 - step.unknown;
    rows[place + 6] = configuration.unseen;
    rows[place + 7] = next;
    this.#count += 1;
    return this.#count - 1;
  }

  get(number: number): Configuration {
    const place = number * width;
    const rows = this.#rows;
    return {
      level: rows[place]!,
      state: rows[place + 1]!,
      taken: rows[place + 2]!,
      usage: rows[place + 3]!,
      unseen: rows[place + 6]!,
    };
  }

  step(number: number): Step {
    const place = number * width;
    const rows = this.#rows;
    const made = rows[place + 5]!;
    return {
      parent: rows[place + 4]!,
      operation: Math.max(made, -1),
      unknown: Math.max(-2 - made, -1),
    };
  }

  /** The next one of the list that it was put in front of; -1 at its end. */
  next(number: number): number {
    return this.#rows[number * width + 7]!;
  }

  level(number: number): number {
    return this.#rows[number * width]!;
  }

  usage(number: number): number {
    return this.#rows[number * width + 3]!;
  }

  unseen(number: number): number {
    return this.#rows[number * width + 6]!;
  }
}
