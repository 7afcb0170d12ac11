// A network of connections: messages of each arrive in the order of sending, and
// none is lost but by the end of the connection.
//
//   down --connect--> up --break--> broken --notice, notice--> down
//                      \--close by one end--> closing --notice--> down
//
// A connection that breaks may still hand over what was under way, up to any
// point; each end learns of it in its own time, and what it sends meanwhile is
// lost. One that an end closed in good order hands over all of it first.

import { assert, HoldfastError } from "@holdfast/std";
import type { Directory, Network, NetworkAction, Told } from "./network.ts";

/** Bounds of a network of connections. */
export interface ChannelsOptions {
  readonly kind: "channels";
  /** Who connects to whom: at most one connection at a time for each pair. */
  readonly links: readonly (readonly [dialer: string, listener: string])[];
  /** How many connections each link may have one after another. */
  readonly connectionsMax: number;
  /** How many connections may break, in all. A crash breaks its node's beside these. */
  readonly breaksMax: number;
  /** Most messages under way in one direction of a connection: an action that would make more is cut off. */
  readonly inFlightMax: number;
}

type Pair<T> = readonly [dialer: T, listener: T];
type End = 0 | 1;

interface Link {
  readonly nodes: Pair<number>;
  /** Whether each end takes its connection for standing. */
  readonly open: Pair<boolean>;
  readonly broken: boolean;
  /** Messages on their way to each end, the next one first. */
  readonly queues: Pair<readonly number[]>;
  /** How many connections were made. */
  readonly connections: number;
}

const ends: readonly End[] = [0, 1];

/** Connections, and what is under way on each. */
export class Channels implements Network {
  readonly #directory: Directory<unknown>;
  readonly #options: ChannelsOptions;
  readonly #links: readonly Link[];
  readonly #breaks: number;

  private constructor(
    directory: Directory<unknown>,
    options: ChannelsOptions,
    links: readonly Link[],
    breaks: number,
  ) {
    this.#directory = directory;
    this.#options = options;
    this.#links = links;
    this.#breaks = breaks;
  }

  /** No connection stands. Throws {@link HoldfastError} `invalid_argument` where two links join the same nodes. */
  static down(directory: Directory<unknown>, options: ChannelsOptions): Channels {
    const pairs = options.links.map((link) => [...link].sort().join(" "));
    if (new Set(pairs).size < pairs.length) {
      throw new HoldfastError("invalid_argument", "two links between the same nodes");
    }
    const links = options.links.map(([dialer, listener]): Link => {
      const nodes = [directory.index(dialer), directory.index(listener)] as const;
      return { nodes, open: [false, false], broken: false, queues: [[], []], connections: 0 };
    });
    return new Channels(directory, options, links, 0);
  }

  get inFlight(): readonly number[] {
    return this.#links.flatMap(({ queues }) => queues.flat());
  }

  linkEnds(link: number): Pair<number> {
    return this.#links[link]!.nodes;
  }

  actions(): readonly NetworkAction[] {
    const actions: NetworkAction[] = [];
    const { connectionsMax, breaksMax } = this.#options;
    for (const [link, { open, broken, queues, connections }] of this.#links.entries()) {
      if (!open[0] && !open[1]) {
        if (connections < connectionsMax) actions.push({ type: "connect", link });
        continue;
      }
      for (const end of ends) {
        const [envelope] = queues[end];
        if (!open[end]) continue;
        if (envelope !== undefined) actions.push({ type: "deliver", envelope });
        const over = broken || (!open[other(end)] && envelope === undefined);
        if (over) actions.push({ type: "notice", link, end });
      }
      const matters = (open[0] && open[1]) || queues[0].length + queues[1].length > 0;
      if (!broken && matters && this.#breaks < breaksMax) actions.push({ type: "break", link });
    }
    return actions;
  }

  after(action: NetworkAction): { readonly network: Network; readonly told: readonly Told[] } {
    switch (action.type) {
      case "deliver": {
        const { envelope } = action;
        const { from, to } = this.#directory.ends(envelope);
        const [index, end] = this.#find(from, to);
        const { queues } = this.#links[index]!;
        const network = this.#with(index, { queues: put(queues, end, queues[end].slice(1)) });
        return { network, told: [{ node: to, type: "message", envelope }] };
      }
      case "connect": {
        const { nodes, connections } = this.#links[action.link]!;
        const change = { open: [true, true] as const, connections: connections + 1 };
        const [dialer, listener] = nodes;
        const told: Told[] = [
          { node: listener, type: "connected", peer: dialer },
          { node: dialer, type: "connected", peer: listener },
        ];
        return { network: this.#with(action.link, change), told };
      }
      case "break":
        return { network: this.#with(action.link, { broken: true }, 1), told: [] };
      case "notice": {
        const { link, end } = action;
        const { nodes } = this.#links[link]!;
        const told: Told[] = [{ node: nodes[end], type: "disconnected", peer: nodes[other(end)] }];
        return { network: this.#shut(link, end), told };
      }
      default:
        assert(false, `connections have no ${action.type}`);
    }
  }

  sent(envelopes: readonly number[]): Network | null {
    let network: Channels = this;
    for (const envelope of envelopes) {
      const { from, to } = this.#directory.ends(envelope);
      const [index, end] = this.#find(from, to);
      const { open, broken, queues } = network.#links[index]!;
      // Who sends on a connection that is over sends to nobody.
      if (broken || !open[end] || !open[other(end)]) continue;
      if (queues[end].length >= this.#options.inFlightMax) return null;
      network = network.#with(index, { queues: put(queues, end, [...queues[end], envelope]) });
    }
    return network;
  }

  closed(node: number, peers: readonly number[]): Network {
    let network: Channels = this;
    for (const peer of peers) {
      const [index, far] = this.#find(node, peer);
      if (network.#links[index]!.open[other(far)]) network = network.#shut(index, other(far));
    }
    return network;
  }

  crashed(node: number): Network {
    let network: Channels = this;
    for (const [index, { nodes }] of this.#links.entries()) {
      for (const end of ends) {
        if (nodes[end] !== node || !network.#links[index]!.open[end]) continue;
        network = network.#with(index, { broken: true }).#shut(index, end);
      }
    }
    return network;
  }

  fingerprint(renaming: number): string {
    const { envelopes } = this.#directory;
    const texts = this.#links.map(({ nodes, open, broken, queues, connections }) => {
      const [dialer, listener] = nodes.map((node) => this.#directory.renamed(node, renaming));
      const [down, up] = queues.map((queue) =>
        queue.map((envelope) => envelopes.renamed(envelope, renaming)).join(","),
      );
      const flags = (open[0] ? 1 : 0) + (open[1] ? 2 : 0) + (broken ? 4 : 0);
      return `${dialer}>${listener}:${down}|${up}|${flags}|${connections}`;
    });
    return `${texts.sort().join(";")};${this.#breaks}`;
  }

  // The link of two nodes, and the end of it that `to` is.
  #find(from: number, to: number): readonly [index: number, end: End] {
    for (const [index, { nodes }] of this.#links.entries()) {
      if (nodes[0] === to && nodes[1] === from) return [index, 0];
      if (nodes[1] === to && nodes[0] === from) return [index, 1];
    }
    const { names } = this.#directory;
    assert(
      false,
      `a message or connection from ${names[from]} to ${names[to]}, which no link joins`,
    );
  }

  // An end is over; with the second one, the connection is.
  #shut(index: number, end: End): Channels {
    const { open, queues } = this.#links[index]!;
    if (!open[other(end)]) {
      return this.#with(index, { open: [false, false], broken: false, queues: [[], []] });
    }
    return this.#with(index, { open: put(open, end, false), queues: put(queues, end, []) });
  }

  #with(index: number, change: Partial<Link>, breaks = 0): Channels {
    const links = this.#links.map((link, at) => (at === index ? { ...link, ...change } : link));
    return new Channels(this.#directory, this.#options, links, this.#breaks + breaks);
  }
}

function other(end: End): End {
  return end === 0 ? 1 : 0;
}

function put<T>(pair: Pair<T>, end: End, value: T): Pair<T> {
  return end === 0 ? [value, pair[1]] : [pair[0], value];
}
