// A model of machines in a network: every order in which messages arrive, are
// lost and doubled, connections break, nodes crash, and prompts are given.
//
// A state of it is a handful of numbers. Nodes' states, messages and what the
// witness knows are numbered as they are met, and what a node does in one state
// with one input is worked out once, however many states of the whole it is part
// of. That is why machines must be pure.
//
// Of states that differ only in who is who among symmetric nodes one is looked at:
// the fingerprint is the least one over all exchanges of their names.
//
// Invariants:
//   MM1  What a node does depends on its name, its state and the input alone.
//   MM2  Symmetric nodes begin alike.
//
// Not modelled: time, but as prompts; disks, but as `persist`, which is atomic;
// crashes between the messages of one output, but as these being late or lost.

import { HoldfastError } from "@holdfast/std";
import { renamings } from "./canonical.ts";
import { Channels } from "./channels.ts";
import { type Book, Cluster } from "./cluster.ts";
import { Interner } from "./interner.ts";
import type { Deed, MachineAction, MachineModel, MachineModelOptions } from "./machine_options.ts";
import { MessageSet } from "./message_set.ts";
import { Directory, type Network } from "./network.ts";
import { describeAction } from "./show.ts";
import { type Transition, Transitions } from "./transitions.ts";

// A loss is one too, but where it can happen, an arrival can.
const faults: ReadonlySet<MachineAction["type"]> = new Set(["break", "crash"]);

/**
 * Puts machines into a network. It begins with each node started, in the order in
 * which they are named, and nothing else done.
 *
 * @throws {HoldfastError} `invalid_argument` where nodes that are called symmetric
 *   do not begin alike, or what is given is no plain data.
 *
 * @example
 * const model = machineModel({ nodes: { a: voter, b: voter, c: voter }, ...more });
 * const exploration = explore(model, { statesMax: 1_000_000, depthMax: 100 });
 * if (!exploration.passed) throw new Error(explorationText(model, exploration));
 */
export function machineModel<State, Message, Saved, Known = null>(
  options: MachineModelOptions<State, Message, Saved, Known>,
): MachineModel<State, Message, Saved, Known> {
  const driver = new Driver(options);
  const { invariants, endings = {}, goals = {} } = options;
  return {
    initial: [driver.start()],
    actions: (state) => driver.actions(state),
    next: (state, action) => driver.carryOut(state, action),
    fingerprint: (state) => driver.fingerprint(state),
    isFault: ({ type }) => faults.has(type),
    invariants,
    endings,
    goals,
    describe: (before, action, after) => driver.describe(before, action, after),
  };
}

class Driver<State, Message, Saved, Known> {
  readonly #options: MachineModelOptions<State, Message, Saved, Known>;
  readonly #book: Book<State, Message, Saved, Known>;
  readonly #transitions: Transitions<State, Message, Saved>;
  // What the witness knows after a deed, by what it knew.
  readonly #seen = new Map<Deed<State, Message, Saved>, Map<number, number>>();

  constructor(options: MachineModelOptions<State, Message, Saved, Known>) {
    this.#options = options;
    const exchanges = renamings(options.symmetric ?? []);
    const directory = new Directory<Message>(Object.keys(options.nodes), exchanges);
    this.#book = {
      directory,
      locals: new Interner(exchanges),
      witnesses: new Interner(exchanges),
    };
    this.#transitions = new Transitions({
      machines: Object.values(options.nodes),
      directory,
      locals: this.#book.locals,
      promptsMax: options.promptsMax,
    });
  }

  start(): Cluster<State, Message, Saved, Known> {
    const { network, witness } = this.#options;
    const directory = this.#book.directory as Directory<unknown>;
    let cluster: Cluster<State, Message, Saved, Known> | null = new Cluster(this.#book, {
      locals: [],
      network:
        network.kind === "messages"
          ? new MessageSet(directory, network)
          : Channels.down(directory, network),
      witnessed: this.#book.witnesses.number(witness?.start ?? (null as Known)),
      crashes: 0,
    });
    for (const node of directory.names.keys()) {
      if (cluster !== null)
        cluster = this.#apply(cluster, node, this.#transitions.start(node, null));
    }
    if (cluster === null) {
      throw new HoldfastError("invalid_argument", "more in flight from the start than inFlightMax");
    }
    for (const renaming of directory.renamings.keys()) {
      if (this.#text(cluster, renaming) === this.#text(cluster, 0)) continue;
      throw new HoldfastError("invalid_argument", "symmetric nodes begin differently");
    }
    return cluster;
  }

  actions({ locals, network, crashes }: Cluster<State, Message, Saved, Known>): MachineAction[] {
    const actions: MachineAction[] = [...network.actions()];
    for (const [node, local] of locals.entries()) {
      for (const prompt of this.#transitions.prompts(node, local)) {
        actions.push({ type: "prompt", node, prompt });
      }
    }
    if (crashes < this.#options.crashesMax) {
      for (const node of locals.keys()) actions.push({ type: "crash", node });
    }
    return actions;
  }

  /** What comes of `action`; null beyond the bounds. Tells `onDeed` what each node did. */
  carryOut(
    before: Cluster<State, Message, Saved, Known>,
    action: MachineAction,
    onDeed: (deed: Deed<State, Message, Saved>) => void = () => {},
  ): Cluster<State, Message, Saved, Known> | null {
    const { locals, witnessed, crashes } = before;
    switch (action.type) {
      case "prompt": {
        const { node, prompt } = action;
        const transition = this.#transitions.prompt(node, locals[node]!, prompt);
        onDeed(transition.deed);
        return this.#apply(before, node, transition);
      }
      case "crash": {
        const { node } = action;
        const transition = this.#transitions.start(node, locals[node]!);
        onDeed(transition.deed);
        const network = before.network.crashed(node);
        const parts = { locals, network, witnessed, crashes: crashes + 1 };
        return this.#apply(new Cluster(this.#book, parts), node, transition);
      }
      default: {
        const { network, told } = before.network.after(action);
        const parts = { locals, network, witnessed, crashes };
        let cluster: Cluster<State, Message, Saved, Known> | null = new Cluster(this.#book, parts);
        for (const each of told) {
          if (cluster === null) return null;
          const transition = this.#transitions.tell(cluster.locals[each.node]!, each);
          onDeed(transition.deed);
          cluster = this.#apply(cluster, each.node, transition);
        }
        return cluster;
      }
    }
  }

  fingerprint(state: Cluster<State, Message, Saved, Known>): string {
    const { length } = this.#book.directory.renamings;
    let least = this.#text(state, 0);
    for (let renaming = 1; renaming < length; renaming += 1) {
      const text = this.#text(state, renaming);
      if (text < least) least = text;
    }
    return least;
  }

  describe(
    before: Cluster<State, Message, Saved, Known>,
    action: MachineAction,
    after: Cluster<State, Message, Saved, Known> | null,
  ): string {
    const deeds: Deed<State, Message, Saved>[] = [];
    if (after !== null) this.carryOut(before, action, (deed) => deeds.push(deed));
    return describeAction({
      action,
      before,
      deeds,
      directory: this.#book.directory,
      show: this.#options.show,
    });
  }

  #apply(
    cluster: Cluster<State, Message, Saved, Known>,
    node: number,
    { local, sent, closed, deed }: Transition<State, Message, Saved>,
  ): Cluster<State, Message, Saved, Known> | null {
    let network: Network | null = cluster.network.sent(sent);
    if (network === null) return null;
    network = network.closed(node, closed);
    const locals = cluster.locals.slice();
    locals[node] = local;
    const witnessed = this.#see(cluster.witnessed, deed);
    return new Cluster(this.#book, { locals, network, witnessed, crashes: cluster.crashes });
  }

  #see(witnessed: number, deed: Deed<State, Message, Saved>): number {
    const { witness } = this.#options;
    if (witness === undefined) return witnessed;
    let seen = this.#seen.get(deed);
    if (seen === undefined) {
      seen = new Map();
      this.#seen.set(deed, seen);
    }
    let after = seen.get(witnessed);
    if (after === undefined) {
      const { witnesses } = this.#book;
      after = witnesses.number(witness.see(witnesses.value(witnessed), deed));
      seen.set(witnessed, after);
    }
    return after;
  }

  #text(cluster: Cluster<State, Message, Saved, Known>, renaming: number): string {
    const { directory, locals, witnesses } = this.#book;
    const places: number[] = [];
    for (const [node, local] of cluster.locals.entries()) {
      places[directory.renamed(node, renaming)] = locals.renamed(local, renaming);
    }
    const witness = witnesses.renamed(cluster.witnessed, renaming);
    const network = cluster.network.fingerprint(renaming);
    return `${places.join(",")};${witness};${cluster.crashes};${network}`;
  }
}
