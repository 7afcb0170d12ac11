// What lies between the nodes of a model: the seam between those and the two
// kinds of network. Nodes are indices here, messages numbers.

import { assert } from "@holdfast/std";
import type { Renaming } from "./canonical.ts";
import { Interner } from "./interner.ts";
import type { Envelope } from "./machine.ts";

/** Something that the network does. */
export type NetworkAction =
  /** A message arrives. */
  | { readonly type: "deliver"; readonly envelope: number }
  /** A message arrives, and is still under way. */
  | { readonly type: "duplicate"; readonly envelope: number }
  /** A message is lost. */
  | { readonly type: "lose"; readonly envelope: number }
  /** A connection is made. */
  | { readonly type: "connect"; readonly link: number }
  /** A connection breaks, which neither end knows of yet. */
  | { readonly type: "break"; readonly link: number }
  /** One end learns that its connection is over; what it had not received is lost. */
  | { readonly type: "notice"; readonly link: number; readonly end: 0 | 1 };

/** What a node must be told because of an action. */
export type Told =
  | { readonly node: number; readonly type: "message"; readonly envelope: number }
  | { readonly node: number; readonly type: "connected"; readonly peer: number }
  | { readonly node: number; readonly type: "disconnected"; readonly peer: number };

/** All that is under way. A value: each change makes a new one. */
export interface Network {
  /** Messages that may yet arrive. */
  readonly inFlight: readonly number[];
  /** Which nodes a link joins, the one that connects first. */
  linkEnds(link: number): readonly [dialer: number, listener: number];
  /** What can happen now. */
  actions(): readonly NetworkAction[];
  /** What is left after `action`, and whom to tell what, in this order. */
  after(action: NetworkAction): { readonly network: Network; readonly told: readonly Told[] };
  /** Takes messages on their way; null where that would be more than the model looks at. */
  sent(envelopes: readonly number[]): Network | null;
  /** A node closed its connections with these peers. */
  closed(node: number, peers: readonly number[]): Network;
  /** A node lost all its connections, by a crash. */
  crashed(node: number): Network;
  /** A text for it, with names exchanged by the renaming of that index. */
  fingerprint(renaming: number): string;
}

/** Who is who, and what the numbers of messages stand for. One for each model. */
export class Directory<Message> {
  readonly names: readonly string[];
  readonly renamings: readonly Renaming[];
  readonly envelopes: Interner<Envelope<Message>>;
  readonly #indices: ReadonlyMap<string, number>;

  constructor(names: readonly string[], renamings: readonly Renaming[]) {
    this.names = names;
    this.renamings = renamings;
    this.envelopes = new Interner(renamings);
    this.#indices = new Map(names.map((name, index) => [name, index]));
  }

  /** The index of a node. Throws for a name that no node has: the machine addressed nobody. */
  index(name: string): number {
    const index = this.#indices.get(name);
    assert(index !== undefined, `a message or connection to ${name}, which no node is called`);
    return index;
  }

  /** The index of the node that this one becomes by a renaming. */
  renamed(node: number, renaming: number): number {
    const name = this.names[node]!;
    return this.index(this.renamings[renaming]!.get(name) ?? name);
  }

  /** Whom a message is from, and for. */
  ends(envelope: number): { readonly from: number; readonly to: number } {
    const { from, to } = this.envelopes.value(envelope);
    return { from: this.index(from), to: this.index(to) };
  }
}
