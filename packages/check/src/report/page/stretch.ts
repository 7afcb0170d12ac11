// Which stretch of a timeline is in view: zoomed, and moved, within its bounds.

/** Units of a timeline that are in view, and the pixels that they have. */
export class Stretch {
  readonly #length: number;
  #from: number;
  #until: number;

  /** All of a timeline of `length` units. */
  constructor(length: number) {
    this.#length = length;
    [this.#from, this.#until] = [-margin, length + margin];
  }

  get from(): number {
    return this.#from;
  }

  get until(): number {
    return this.#until;
  }

  /** Whether there is more than what is in view. */
  get isPart(): boolean {
    return this.#until - this.#from < this.#length + 2 * margin - 1e-9;
  }

  /** Shows all. */
  showAll(): void {
    this.#set(-margin, this.#length + margin);
  }

  /** Shows from one place to another, and something around them, at least `unitsMin`. */
  show(from: number, until: number, unitsMin: number): void {
    const width = Math.max(unitsMin, until - from + 2 * margin);
    const middle = (from + until) / 2;
    this.#set(middle - width / 2, middle + width / 2);
  }

  /** Makes what is in view larger by `factor`, and leaves `centre` where it is. */
  zoom(factor: number, centre = (this.#from + this.#until) / 2): void {
    const width = Math.max(unitsMin, (this.#until - this.#from) / factor);
    const share = (centre - this.#from) / (this.#until - this.#from);
    this.#set(centre - share * width, centre + (1 - share) * width);
  }

  /** Goes on by so many units. */
  move(units: number): void {
    this.#set(this.#from + units, this.#until + units);
  }

  /** Moves only as far as it takes to have a place in view. */
  reveal(from: number, until: number): void {
    if (from < this.#from) this.move(from - margin - this.#from);
    else if (until > this.#until)
      this.move(Math.min(until + margin - this.#until, from - this.#from));
  }

  #set(from: number, until: number): void {
    const width = Math.min(until - from, this.#length + 2 * margin);
    this.#from = Math.min(Math.max(from, -margin), this.#length + margin - width);
    this.#until = this.#from + width;
  }
}

/** Room on both sides, in units. */
const margin = 0.4;

/** The shortest stretch. */
const unitsMin = 1;
