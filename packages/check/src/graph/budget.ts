// How much a search may still do.

/** Steps that are left, and somebody who may call it off. */
export class Budget {
  #left: number;
  #untilAsked = stepsBetweenQuestions;
  readonly #shouldStop: () => boolean;
  readonly #whole: Budget | null;
  /** Whether it was refused something. */
  ended = false;

  constructor(steps: number, shouldStop: () => boolean = () => false, whole: Budget | null = null) {
    this.#left = steps;
    this.#shouldStop = shouldStop;
    this.#whole = whole;
  }

  /** Takes some steps; false once there are no more, or it was called off. */
  spend(steps: number): boolean {
    if (this.ended) return false;
    this.#left -= steps;
    this.#untilAsked -= steps;
    if (this.#untilAsked <= 0) {
      this.#untilAsked = stepsBetweenQuestions;
      if (this.#shouldStop()) this.ended = true;
    }
    if (this.#left < 0 || this.#whole?.spend(steps) === false) this.ended = true;
    return !this.ended;
  }

  /** A smaller one: what it spends, this one spends too. */
  part(steps: number): Budget {
    return new Budget(steps, undefined, this);
  }
}

const stepsBetweenQuestions = 65_536;
