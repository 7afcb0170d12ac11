// Which elements were met in this round; a new round costs nothing.

/** Marks of numbers that may grow. */
export class Stamps {
  #stamps = new Int32Array(1024);
  #round = 0;

  /** Begins a round, in which nothing was met. */
  begin(): void {
    this.#round += 1;
  }

  /** Marks a number; false where it was met in this round already. */
  meet(number: number): boolean {
    if (number >= this.#stamps.length) {
      const larger = new Int32Array(Math.max(number + 1, this.#stamps.length * 2));
      larger.set(this.#stamps);
      this.#stamps = larger;
    }
    if (this.#stamps[number] === this.#round) return false;
    this.#stamps[number] = this.#round;
    return true;
  }

  has(number: number): boolean {
    return number < this.#stamps.length && this.#stamps[number] === this.#round;
  }
}
