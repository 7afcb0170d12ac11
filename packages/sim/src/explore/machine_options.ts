// What a model of machines is made of: nodes, a network, bounds, and what must hold.

import type { ChannelsOptions } from "./channels.ts";
import type { Cluster } from "./cluster.ts";
import type { Machine, MachineInput, MachineOutput } from "./machine.ts";
import type { MessageSetOptions } from "./message_set.ts";
import type { Model, Predicates } from "./model.ts";
import type { NetworkAction } from "./network.ts";

/** Something that can happen in a model of machines. Nodes are indices of its names. */
export type MachineAction =
  | NetworkAction
  /** Something comes to a node from outside of the network. */
  | { readonly type: "prompt"; readonly node: number; readonly prompt: string }
  /** A node loses all but what it persisted, and begins anew at once. */
  | { readonly type: "crash"; readonly node: number };

/** One thing that a machine did, for a {@link Witness}. */
export interface Deed<State, Message, Saved> {
  readonly name: string;
  /** Null where the node has just begun, or begun anew. */
  readonly before: State | null;
  readonly input: MachineInput<Message> | { readonly type: "start" };
  readonly output: MachineOutput<State, Message, Saved>;
}

/** Remembers what no single state shows, as who ever led in which term. Plain data, part of each state. */
export interface Witness<Known, State, Message, Saved> {
  readonly start: Known;
  /** What is known after `deed`; `known` itself where it makes no difference. Pure. */
  see(known: Known, deed: Deed<State, Message, Saved>): Known;
}

/** How to write parts of a model, for people. */
export interface Show<State, Message, Saved> {
  /** What follows a node's name: `@0 follower` in `a@0 follower`. */
  state(state: State): string;
  message(message: Message): string;
  /** What follows `persist`. */
  saved(saved: Saved): string;
}

/** Options for `machineModel`. */
export interface MachineModelOptions<State, Message, Saved, Known> {
  /** The machines, by the names of their nodes. */
  readonly nodes: Readonly<Record<string, Machine<State, Message, Saved>>>;
  readonly network: MessageSetOptions | ChannelsOptions;
  /** How many crashes there may be, in all. */
  readonly crashesMax: number;
  /** How often each node may be given these prompts. Others are given as often as it names them. */
  readonly promptsMax: Readonly<Record<string, number>>;
  /** Sets of nodes that may be exchanged for each other in every state; machines and predicates must treat them alike. */
  readonly symmetric?: readonly (readonly string[])[];
  readonly witness?: Witness<Known, State, Message, Saved>;
  readonly invariants: Predicates<Cluster<State, Message, Saved, Known>>;
  readonly endings?: Predicates<Cluster<State, Message, Saved, Known>>;
  readonly goals?: Predicates<Cluster<State, Message, Saved, Known>>;
  /** How to write states and messages, for people. */
  readonly show: Show<State, Message, Saved>;
}

/** A model of machines in a network. */
export type MachineModel<State, Message, Saved, Known> = Model<
  Cluster<State, Message, Saved, Known>,
  MachineAction
>;
