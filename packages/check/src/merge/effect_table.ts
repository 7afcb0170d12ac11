// What each event does to the elements of lists and trees, as far as the log says, so that
// what a run of events does is found without looking at events that do nothing.

import { HoldfastError } from "@holdfast/std";
import { IntColumn } from "../graph/int_column.ts";
import type { EventRun } from "./event_set.ts";

export const inserts = 0;
export const deletes = 1;
export const moves = 2;

/** No effect, no element: the top of a tree, or nothing known. */
export const none = -1;

/** Effects in a log. */
const effectsMax = 2 ** 26;

/** One effect of one event. */
export interface Effect {
  readonly agent: number;
  readonly sequence: number;
  readonly kind: number;
  readonly element: number;
  /** The node below which it puts one, or `none`. */
  readonly parent: number;
  /** The record that says so. */
  readonly place: number;
}

/** The effects, numbered in the order in which they came. */
export class EffectTable {
  readonly agent = new IntColumn(1024);
  readonly sequence = new IntColumn(1024);
  readonly kind = new IntColumn(1024);
  readonly element = new IntColumn(1024);
  readonly parent = new IntColumn(1024);
  readonly place = new IntColumn(1024);
  // The effect that inserted an element, `none` where none is known.
  readonly #insertion = new IntColumn(1024);
  // Chains of the effects on each element, the newest first.
  readonly #newest = new IntColumn(1024);
  readonly #earlier = new IntColumn(1024);
  readonly #ofAgent: number[][] = [];
  #isSorted = true;

  get size(): number {
    return this.kind.size;
  }

  /** Adds one, and answers its number. @throws {HoldfastError} `too_large` */
  add(effect: Effect): number {
    if (this.size >= effectsMax) {
      throw new HoldfastError("too_large", `the log has over ${effectsMax} effects of events`);
    }
    const { agent, element } = effect;
    while (this.#newest.size <= element) {
      this.#newest.push(none);
      this.#insertion.push(none);
    }
    this.agent.push(agent);
    this.sequence.push(effect.sequence);
    this.kind.push(effect.kind);
    this.element.push(element);
    this.parent.push(effect.parent);
    const number = this.place.push(effect.place);
    this.#earlier.push(this.#newest.at(element));
    this.#newest.set(element, number);
    if (effect.kind === inserts && this.insertionOf(element) === none) {
      this.#insertion.set(element, number);
    }
    this.#file(number, effect);
    return number;
  }

  /** The effect that inserted an element, or `none`. */
  insertionOf(element: number): number {
    return element < this.#insertion.size ? this.#insertion.at(element) : none;
  }

  /** All effects on an element. */
  *on(element: number): Generator<number> {
    let effect = element < this.#newest.size ? this.#newest.at(element) : none;
    for (; effect !== none; effect = this.#earlier.at(effect)) yield effect;
  }

  /** The effects of a run of events, by their sequence numbers. Logarithmic, and linear in these. */
  *of({ agent, from, to }: EventRun): Generator<number> {
    if (!this.#isSorted) this.#sort();
    const own = this.#ofAgent[agent] ?? [];
    for (let place = this.#firstFrom(own, from); place < own.length; place += 1) {
      const effect = own[place]!;
      if (this.sequence.at(effect) >= to) return;
      yield effect;
    }
  }

  #file(number: number, { agent, sequence }: Effect): void {
    const own = this.#ofAgent[agent];
    if (own === undefined) {
      this.#ofAgent[agent] = [number];
      return;
    }
    if (this.sequence.at(own[own.length - 1]!) > sequence) this.#isSorted = false;
    own.push(number);
  }

  #sort(): void {
    const sequence = (effect: number) => this.sequence.at(effect);
    this.#ofAgent.forEach((own) => {
      own.sort((left, right) => sequence(left) - sequence(right) || left - right);
    });
    this.#isSorted = true;
  }

  #firstFrom(own: readonly number[], from: number): number {
    let low = 0;
    let high = own.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.sequence.at(own[middle]!) < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
