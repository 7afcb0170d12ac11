// A machine in a network, as the explorer drives it: plain functions over plain data.

/** A message on its way. */
export interface Envelope<Message> {
  readonly from: string;
  readonly to: string;
  readonly message: Message;
}

/** Everything that can happen to a machine. */
export type MachineInput<Message> =
  /** A message came. */
  | { readonly type: "message"; readonly from: string; readonly message: Message }
  /** Something from outside of the network that {@link Machine.prompts} named: a timeout, a call of its user. */
  | { readonly type: "prompt"; readonly prompt: string }
  /** A connection to `peer` stands. Only where the network has channels. */
  | { readonly type: "connected"; readonly peer: string }
  /** The connection to `peer` ended, and what was sent on it may be lost. Only where the network has channels. */
  | { readonly type: "disconnected"; readonly peer: string };

/** What a machine answers to an input. */
export interface MachineOutput<State, Message, Saved> {
  readonly state: State;
  /**
   * What a restart after a crash begins with, from now on; null where that stays
   * as it was. It counts as durable before anything of `send` leaves: that a
   * driver keeps to this order is not explored.
   */
  readonly persist: Saved | null;
  /** Messages that leave, in order. */
  readonly send: readonly { readonly to: string; readonly message: Message }[];
  /** Peers whose connections are closed after `send` left. Only where the network has channels. */
  readonly close?: readonly string[];
}

/**
 * One node's behaviour. States, messages and what is saved are plain data that
 * nobody changes: null, booleans, numbers, strings, bigints, bytes, arrays, maps, sets,
 * objects without a class, and `Replayed`; the functions are pure, and know the
 * node by the name that they are given. What they throw is a violation.
 */
export interface Machine<State, Message, Saved> {
  /** The node begins, `saved` being what it persisted last; null where it never did. */
  start(name: string, saved: Saved | null): MachineOutput<State, Message, Saved>;
  /** Takes one input. */
  step(
    name: string,
    state: State,
    input: MachineInput<Message>,
  ): MachineOutput<State, Message, Saved>;
  /** What may come to the node now from outside of the network, each by a name of its own that has no meaning here, and contains no node's name where nodes are symmetric. */
  prompts(name: string, state: State): readonly string[];
}
