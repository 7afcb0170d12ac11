// What each node does in each state it was seen in, with each input: worked out
// once, and looked up from then on.

import type { Local } from "./cluster.ts";
import type { Interner } from "./interner.ts";
import type { Machine, MachineInput } from "./machine.ts";
import type { Deed } from "./machine_options.ts";
import type { Directory, Told } from "./network.ts";

/** What a node did, in numbers where it goes into a state. */
export interface Transition<State, Message, Saved> {
  /** The number of what the node is now. */
  readonly local: number;
  /** The numbers of the messages that it sent. */
  readonly sent: readonly number[];
  /** Peers whose connections it closed. */
  readonly closed: readonly number[];
  readonly deed: Deed<State, Message, Saved>;
}

/** Options for {@link Transitions}. */
export interface TransitionsOptions<State, Message, Saved> {
  readonly machines: readonly Machine<State, Message, Saved>[];
  readonly directory: Directory<Message>;
  readonly locals: Interner<Local<State, Saved>>;
  readonly promptsMax: Readonly<Record<string, number>>;
}

/** The machines of a model. Keeps every transition for ever. */
export class Transitions<State, Message, Saved> {
  readonly #options: TransitionsOptions<State, Message, Saved>;
  // By node, by input, by the number of what it was before.
  readonly #known: Map<string, Map<number, Transition<State, Message, Saved>>>[];
  // By node, by the number of what it is.
  readonly #prompts: Map<number, readonly string[]>[];

  constructor(options: TransitionsOptions<State, Message, Saved>) {
    this.#options = options;
    this.#known = options.machines.map(() => new Map());
    this.#prompts = options.machines.map(() => new Map());
  }

  /** A node begins; `local` is the number of what it was before a crash, or null. */
  start(node: number, local: number | null): Transition<State, Message, Saved> {
    return this.#lookUp(node, local ?? -1, "start", () => {
      const was = local === null ? null : this.#options.locals.value(local);
      const name = this.#options.directory.names[node]!;
      const output = this.#options.machines[node]!.start(name, was?.saved ?? null);
      return this.#transition(was, { name, before: null, input: { type: "start" }, output });
    });
  }

  /** A node is given a prompt. */
  prompt(node: number, local: number, prompt: string): Transition<State, Message, Saved> {
    const key = `prompt ${prompt}`;
    return this.#lookUp(node, local, key, () =>
      this.#step(node, local, { type: "prompt", prompt }),
    );
  }

  /** A node is told something by the network. */
  tell(local: number, told: Told): Transition<State, Message, Saved> {
    const { node } = told;
    const key = told.type === "message" ? `${told.envelope}` : `${told.type} ${told.peer}`;
    return this.#lookUp(node, local, key, () => this.#step(node, local, this.#input(told)));
  }

  /** What may come to a node from outside of the network. */
  prompts(node: number, local: number): readonly string[] {
    const known = this.#prompts[node]!.get(local);
    if (known !== undefined) return known;
    const { machines, directory, locals, promptsMax } = this.#options;
    const { state, prompted } = locals.value(local);
    const prompts = machines[node]!.prompts(directory.names[node]!, state).filter(
      (prompt) => (prompted[prompt] ?? 0) < (promptsMax[prompt] ?? Number.POSITIVE_INFINITY),
    );
    this.#prompts[node]!.set(local, prompts);
    return prompts;
  }

  #lookUp(
    node: number,
    local: number,
    key: string,
    make: () => Transition<State, Message, Saved>,
  ): Transition<State, Message, Saved> {
    let known = this.#known[node]!.get(key);
    if (known === undefined) {
      known = new Map();
      this.#known[node]!.set(key, known);
    }
    let transition = known.get(local);
    if (transition === undefined) {
      transition = make();
      known.set(local, transition);
    }
    return transition;
  }

  #input(told: Told): MachineInput<Message> {
    const { directory } = this.#options;
    if (told.type !== "message") return { type: told.type, peer: directory.names[told.peer]! };
    const { from, message } = directory.envelopes.value(told.envelope);
    return { type: "message", from, message };
  }

  #step(
    node: number,
    local: number,
    input: MachineInput<Message>,
  ): Transition<State, Message, Saved> {
    const { machines, directory, locals } = this.#options;
    const was = locals.value(local);
    const name = directory.names[node]!;
    const output = machines[node]!.step(name, was.state, input);
    return this.#transition(was, { name, before: was.state, input, output });
  }

  #transition(
    was: Local<State, Saved> | null,
    deed: Deed<State, Message, Saved>,
  ): Transition<State, Message, Saved> {
    const { directory, locals, promptsMax } = this.#options;
    const { name: from, input, output } = deed;
    const { state, persist, send, close = [] } = output;
    let prompted = was?.prompted ?? {};
    if (input.type === "prompt" && input.prompt in promptsMax) {
      prompted = { ...prompted, [input.prompt]: (prompted[input.prompt] ?? 0) + 1 };
    }
    return {
      local: locals.number({ state, saved: persist ?? was?.saved ?? null, prompted }),
      sent: send.map(({ to, message }) => {
        directory.index(to);
        return directory.envelopes.number({ from, to, message });
      }),
      closed: close.map((peer) => directory.index(peer)),
      deed,
    };
  }
}
