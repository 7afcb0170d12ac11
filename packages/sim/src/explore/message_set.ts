// A network of single messages: what is under way arrives in any order, may be
// lost, and may arrive more than once.
//
// That a message is never delivered costs nothing: the others can always come
// before it. A loss makes a difference where there is a limit to what is in
// flight, and at the end, which does not come while a message is under way.

import { assert } from "@holdfast/std";
import type { Directory, Network, NetworkAction, Told } from "./network.ts";

/** Bounds of a network of single messages. */
export interface MessageSetOptions {
  readonly kind: "messages";
  /** How many messages may be lost, in all. */
  readonly lossesMax: number;
  /** How many times a message may arrive and still be under way, in all. */
  readonly duplicatesMax: number;
  /** Most messages under way: an action that would make more is cut off. */
  readonly inFlightMax: number;
}

/** Messages under way, without an order. */
export class MessageSet implements Network {
  /** Numbers of messages, rising; one that is there twice is under way twice. */
  readonly inFlight: readonly number[];
  readonly #directory: Directory<unknown>;
  readonly #options: MessageSetOptions;
  readonly #losses: number;
  readonly #duplicates: number;

  constructor(
    directory: Directory<unknown>,
    options: MessageSetOptions,
    inFlight: readonly number[] = [],
    losses = 0,
    duplicates = 0,
  ) {
    this.#directory = directory;
    this.#options = options;
    this.inFlight = inFlight;
    this.#losses = losses;
    this.#duplicates = duplicates;
  }

  linkEnds(): never {
    assert(false, "single messages have no links");
  }

  actions(): readonly NetworkAction[] {
    const actions: NetworkAction[] = [];
    const { lossesMax, duplicatesMax } = this.#options;
    for (const [index, envelope] of this.inFlight.entries()) {
      if (envelope === this.inFlight[index - 1]) continue;
      actions.push({ type: "deliver", envelope });
      if (this.#duplicates < duplicatesMax) actions.push({ type: "duplicate", envelope });
      if (this.#losses < lossesMax) actions.push({ type: "lose", envelope });
    }
    return actions;
  }

  after(action: NetworkAction): { readonly network: Network; readonly told: readonly Told[] } {
    switch (action.type) {
      case "deliver":
        return { network: this.#without(action.envelope), told: this.#told(action.envelope) };
      case "duplicate":
        return {
          network: this.#with(this.inFlight, this.#losses, this.#duplicates + 1),
          told: this.#told(action.envelope),
        };
      case "lose":
        return { network: this.#without(action.envelope, 1), told: [] };
      default:
        assert(false, `single messages have no ${action.type}`);
    }
  }

  sent(envelopes: readonly number[]): Network | null {
    if (envelopes.length === 0) return this;
    const inFlight = [...this.inFlight, ...envelopes].sort((a, b) => a - b);
    if (inFlight.length > this.#options.inFlightMax) return null;
    return this.#with(inFlight, this.#losses, this.#duplicates);
  }

  closed(_node: number, peers: readonly number[]): Network {
    assert(peers.length === 0, "single messages have no connections to close");
    return this;
  }

  crashed(): Network {
    return this;
  }

  fingerprint(renaming: number): string {
    const { envelopes } = this.#directory;
    const numbers = this.inFlight.map((envelope) => envelopes.renamed(envelope, renaming));
    if (renaming !== 0) numbers.sort((a, b) => a - b);
    return `${numbers.join(",")};${this.#losses};${this.#duplicates}`;
  }

  #told(envelope: number): readonly Told[] {
    return [{ node: this.#directory.ends(envelope).to, type: "message", envelope }];
  }

  #without(envelope: number, lost = 0): MessageSet {
    const at = this.inFlight.indexOf(envelope);
    const left = this.inFlight.filter((_, index) => index !== at);
    return this.#with(left, this.#losses + lost, this.#duplicates);
  }

  #with(inFlight: readonly number[], losses: number, duplicates: number): MessageSet {
    return new MessageSet(this.#directory, this.#options, inFlight, losses, duplicates);
  }
}
