// A state of a whole model: where each node is, and what is under way.

import type { Interner } from "./interner.ts";
import type { Envelope } from "./machine.ts";
import type { Directory, Network } from "./network.ts";

/** What is known of one node. */
export interface Local<State, Saved> {
  readonly state: State;
  readonly saved: Saved | null;
  /** How often it was given each prompt that is bounded. */
  readonly prompted: Readonly<Record<string, number>>;
}

/** Where the parts of a cluster are looked up. One for each model. */
export interface Book<State, Message, Saved, Witness> {
  readonly directory: Directory<Message>;
  readonly locals: Interner<Local<State, Saved>>;
  readonly witnesses: Interner<Witness>;
}

/** A state of a model of machines; what predicates are asked about. Never changes. */
export class Cluster<State, Message, Saved, Witness> {
  readonly #book: Book<State, Message, Saved, Witness>;
  /** For the model: the numbers of the nodes' {@link Local}s, by the nodes' order. */
  readonly locals: readonly number[];
  /** For the model. */
  readonly network: Network;
  /** For the model: the number of the witness. */
  readonly witnessed: number;
  /** How many crashes there were. */
  readonly crashes: number;

  constructor(
    book: Book<State, Message, Saved, Witness>,
    parts: {
      readonly locals: readonly number[];
      readonly network: Network;
      readonly witnessed: number;
      readonly crashes: number;
    },
  ) {
    this.#book = book;
    this.locals = parts.locals;
    this.network = parts.network;
    this.witnessed = parts.witnessed;
    this.crashes = parts.crashes;
  }

  /** The nodes' names, in the order in which they were given. */
  get names(): readonly string[] {
    return this.#book.directory.names;
  }

  /** Where that node is. Throws for a name that no node has. */
  state(name: string): State {
    return this.#local(name).state;
  }

  /** Where all nodes are, in the order of {@link names}. */
  get states(): readonly State[] {
    return this.locals.map((local) => this.#book.locals.value(local).state);
  }

  /** What that node would begin with after a crash; null where it persisted nothing. */
  saved(name: string): Saved | null {
    return this.#local(name).saved;
  }

  /** What is under way; a message that is there twice is under way twice. */
  get inFlight(): readonly Envelope<Message>[] {
    const { envelopes } = this.#book.directory;
    return this.network.inFlight.map((envelope) => envelopes.value(envelope));
  }

  /** What the witness knows. */
  get witness(): Witness {
    return this.#book.witnesses.value(this.witnessed);
  }

  #local(name: string): Local<State, Saved> {
    return this.#book.locals.value(this.locals[this.#book.directory.index(name)]!);
  }
}
