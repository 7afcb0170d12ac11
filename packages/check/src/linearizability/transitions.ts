// A model in integers: states and sorts of operations have numbers, and what was asked
// of the model once is remembered.

import { HoldfastError } from "@holdfast/std";
import { IntegerTable } from "./integer_table.ts";
import type { SequentialModel } from "./model.ts";
import type { OperationSort } from "./timeline.ts";

const none: readonly number[] = [];

/** The states that a search has met, and the steps between them. */
export class Transitions<State, Input, Output> {
  readonly #model: SequentialModel<State, Input, Output>;
  readonly #sorts: readonly OperationSort<Input, Output>[];
  readonly #states: State[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #known = new IntegerTable();
  readonly #successors: (readonly number[])[] = [none];

  constructor(
    model: SequentialModel<State, Input, Output>,
    sorts: readonly OperationSort<Input, Output>[],
  ) {
    this.#model = model;
    this.#sorts = sorts;
    this.#number(model.init());
  }

  /** The state with a number; 0 is the first one. */
  state(number: number): State {
    return this.#states[number]!;
  }

  /** What can follow state `from` when an operation of sort `sort` takes effect. */
  after(from: number, sort: number): readonly number[] {
    const known = this.#known.get(from, sort, 0);
    return known >= 0 ? this.#successors[known]! : this.#ask(from, sort);
  }

  #ask(from: number, sort: number): readonly number[] {
    const { input, output, isRead } = this.#sorts[sort]!;
    const states = this.#model.step(this.#states[from]!, input, output);
    if (states.length === 0) {
      this.#known.set(from, sort, 0, 0);
      return none;
    }
    const successors =
      states.length === 1
        ? [this.#number(states[0]!)]
        : [...new Set(states.map((state) => this.#number(state)))];
    if (isRead && (successors.length > 1 || successors[0] !== from)) {
      const sentence = `the model ${this.#model.name} calls an operation a read that changes the state`;
      throw new HoldfastError("invalid_argument", sentence);
    }
    this.#known.set(from, sort, 0, this.#successors.length);
    this.#successors.push(successors);
    return successors;
  }

  #number(state: State): number {
    const key = this.#model.key(state);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#states.length;
      this.#numbers.set(key, number);
      this.#states.push(state);
    }
    return number;
  }
}
