// How often each thing happens in a run. Each seed leaves out some kinds and makes
// others frequent: what all kinds at once bury, a few of them bring about.

import { randomItem, type SeededRandom } from "@holdfast/std";

/** Weights of what may happen next, by name. */
export type Weights = Readonly<Record<Happening, number>>;

/** What may happen in a step. */
export type Happening =
  | "deliver"
  | "write"
  | "apply"
  | "pass"
  | "propose"
  | "read"
  | "compact"
  | "change"
  | "transfer"
  | "usurp"
  | "unreachable"
  | "crash"
  | "restart"
  | "pause"
  | "cut"
  | "mend";

/** How a run ends, so that it can be seen to go on. */
export const calmWeights: Weights = {
  deliver: 50,
  write: 15,
  apply: 12,
  pass: 14,
  propose: 2,
  read: 2,
  compact: 0.2,
  change: 0,
  transfer: 0,
  usurp: 0,
  unreachable: 0,
  crash: 0,
  restart: 0,
  pause: 0,
  cut: 0,
  mend: 0,
};

/**
 * How often what happens while there is trouble. With leases nobody is overthrown
 * before the time; so more time passes, and more goes wrong for the leader alone.
 */
export function troubledWeights(random: SeededRandom, hasLeases: boolean): Weights {
  const weight = (...weights: number[]) => randomItem(random, weights);
  return {
    ...calmWeights,
    write: weight(4, 10, 30),
    apply: weight(2, 10),
    pass: hasLeases ? weight(14, 30) : weight(4, 14),
    propose: weight(1, 5),
    read: weight(2, 6),
    compact: weight(0, 0.3, 1.5),
    change: weight(0, 0.3, 2),
    transfer: weight(0, 0, 0.2, 1),
    usurp: weight(0, 0.3, 1, 3),
    unreachable: weight(0, 0.2),
    crash: weight(0, 0.05, 0.2, 1),
    restart: weight(3, 10),
    pause: hasLeases ? weight(0.2, 0.8) : weight(0, 0.1, 0.4),
    cut: weight(0, 0.1, 0.4),
    mend: weight(0.5, 2),
  };
}

/** Elections one after another, few commands, and nothing that would hide what they leave behind. */
export function electionWeights(random: SeededRandom): Weights {
  const weight = (...weights: number[]) => randomItem(random, weights);
  return {
    ...calmWeights,
    write: weight(2, 5, 15, 30),
    apply: weight(2, 10),
    pass: 4,
    propose: weight(1, 3),
    usurp: weight(2, 4, 8),
    crash: weight(0, 0.2, 1),
    restart: 10,
    cut: weight(0, 0.4),
    mend: weight(0.5, 2, 5),
  };
}

/** The membership changes all the time, and whoever decided is lost or overthrown soon after. */
export function memberWeights(random: SeededRandom): Weights {
  const weight = (...weights: number[]) => randomItem(random, weights);
  return {
    ...calmWeights,
    write: weight(10, 30),
    apply: weight(4, 10),
    pass: weight(4, 14),
    propose: weight(0.5, 2),
    compact: weight(0, 0.5, 2),
    change: weight(2, 5),
    usurp: weight(0.3, 1, 3),
    crash: weight(0.2, 1),
    restart: weight(1, 10),
    cut: weight(0.1, 0.5),
    mend: weight(0.5, 2),
  };
}

/** What may happen, and how often, made ready to draw from. */
export class Draw {
  readonly #all: readonly [Happening, number][];
  readonly #sum: number;

  constructor(weights: Weights) {
    this.#all = Object.entries(weights).filter(([, weight]) => weight > 0) as [Happening, number][];
    this.#sum = this.#all.reduce((sum, [, weight]) => sum + weight, 0);
  }

  /** Draws what happens next. */
  next(random: SeededRandom): Happening {
    let rest = random.next() * this.#sum;
    for (const [happening, weight] of this.#all) {
      rest -= weight;
      if (rest < 0) return happening;
    }
    return "deliver";
  }
}
