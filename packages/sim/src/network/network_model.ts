// The simulated network: one for a run, with all machines on it and all faults.
//
//   HostNetwork ─ connect ─► Dial ─► SimListener
//        (one process)        │          │
//                       ConnectionEnd ═ Stream ═ ConnectionEnd
//                                        │
//                                      Link      (one direction between two machines)
//
// It acts in virtual time alone: what concerns a process goes through its host's
// `after`, what kernels do by themselves through nature's. Chance comes from a
// stream for each link.
//
// An address belongs to the machine that listens there, or did last. Where nobody
// ever did, the address itself stands for that machine: it refuses, a round trip later.

import type { Random } from "@holdfast/std";
import type { Connection, Network } from "@holdfast/world";
import type { Bites } from "../faults/bites.ts";
import type { Host, Nature } from "../run/host.ts";
import type { ConnectionNumber, Happening, MessageNumber } from "../run/trace_record.ts";
import { ConnectionEnd } from "./connection_end.ts";
import { Dial } from "./dial.ts";
import { type Disturbance, Disturbances } from "./disturbance.ts";
import type { Ground } from "./ground.ts";
import { type Exchange, HostNetwork } from "./host_network.ts";
import { Link } from "./link.ts";
import {
  type LinkProfile,
  loopbackProfile,
  networkProfiles,
  requireProfile,
} from "./link_profile.ts";
import type { SimListener } from "./sim_listener.ts";

/** What a run gives its network. */
export interface NetworkModelOptions {
  readonly nature: Nature;
  /** A stream of chance by its name; the same one for the same name and seed. */
  readonly random: (name: string) => Random;
  readonly bites: Bites;
  readonly record: (happening: Happening) => void;
}

type Pair = readonly [near: ConnectionEnd, far: ConnectionEnd];

/** All machines' network. */
export class NetworkModel {
  readonly #options: NetworkModelOptions;
  readonly #ground: Ground;
  readonly #exchange: Exchange;
  readonly #disturbances = new Disturbances();
  readonly #links = new Map<string, Map<string, Link>>();
  readonly #connections = new Set<Pair>();
  readonly #dark = new Set<string>();
  readonly #ownProfiles = new Set<Link>();
  #profile: LinkProfile = networkProfiles.lan;
  #connectionCount = 0;
  #messageCount = 0;

  constructor(options: NetworkModelOptions) {
    this.#options = options;
    this.#ground = {
      nature: options.nature,
      bites: options.bites,
      record: options.record,
      nextMessage: () => {
        this.#messageCount += 1;
        return this.#messageCount as MessageNumber;
      },
      isDark: (machine) => this.#dark.has(machine),
    };
    this.#exchange = {
      listeners: new Map(),
      homes: new Map(),
      dial: (host, address, signal) => this.#dial(host, address, signal),
    };
  }

  /** What the process `host` has for a network. Its machine has power from now on. */
  networkOf(host: Host): Network {
    this.#dark.delete(host.machine);
    return new HostNetwork(this.#exchange, host);
  }

  /**
   * The process `host` has ended. With "exit" its kernel resets its connections. With
   * "power" nobody is told: a peer finds out when it sends, and the machine has a new
   * process that resets, or its own kernel's patience ends.
   */
  ended(host: Host, how: "exit" | "power"): void {
    const { listeners } = this.#exchange;
    for (const [address, listener] of listeners) {
      if (listener.host === host) listeners.delete(address);
    }
    if (how === "power") this.#dark.add(host.machine);
    for (const pair of this.#connections) {
      for (const end of pair) if (end.host === host) end.hostEnded(how);
    }
  }

  /** What all links are like from now on that have no profile of their own. */
  setProfile(profile: LinkProfile): void {
    requireProfile(profile);
    this.#profile = profile;
    for (const links of this.#links.values()) {
      for (const link of links.values()) {
        if (link.from !== link.to && !this.#ownProfiles.has(link)) link.profile = profile;
      }
    }
  }

  /** What the link from one machine to another is like, in this direction. */
  setLink(from: string, to: string, profile: LinkProfile): void {
    requireProfile(profile);
    const link = this.#link(from, to);
    link.profile = profile;
    this.#ownProfiles.add(link);
  }

  /** Lets nothing pass in this direction. Cuts may overlap. Returns the way to undo it. */
  cut(from: string, to: string): () => void {
    return this.#link(from, to).cut();
  }

  /** Troubles all links but those of machines to themselves. Returns the way to undo it. */
  disturb(disturbance: Disturbance): () => void {
    return this.#disturbances.add(disturbance);
  }

  /**
   * Breaks all connections between two machines at once, at both ends; what travels is lost.
   *
   * @returns How many there were.
   */
  reset(left: string, right: string): number {
    let count = 0;
    for (const pair of this.#between(left, right)) {
      for (const end of pair) end.breakOff("the connection was reset on its way");
      this.#options.bites.note("reset", left, `reset a connection with ${right}`);
      count += 1;
    }
    return count;
  }

  /**
   * Has `machine` forget its connections with `other`, whose ends learn nothing until they send.
   *
   * @returns How many there were.
   */
  halfOpen(machine: string, other: string): number {
    let count = 0;
    for (const pair of this.#between(machine, other)) {
      const end = pair.find(({ host, isKnown }) => isKnown && host.machine === machine);
      if (end === undefined) continue;
      end.breakOff("the connection was forgotten on its way");
      this.#options.bites.note("half_open", machine, `forgot a connection with ${other}`);
      count += 1;
    }
    return count;
  }

  #between(left: string, right: string): readonly Pair[] {
    return [...this.#connections].filter(([near, far]) => {
      const [from, to] = [near.host.machine, far.host.machine];
      return (from === left && to === right) || (from === right && to === left);
    });
  }

  #dial(host: Host, address: string, signal: AbortSignal | undefined): Promise<Connection> {
    const home = this.#exchange.homes.get(address) ?? address;
    const links = [this.#link(host.machine, home), this.#link(home, host.machine)] as const;
    const dial = new Dial({
      ground: this.#ground,
      host,
      address,
      signal,
      links,
      listener: () => this.#exchange.listeners.get(address) ?? null,
      take: (listener) => this.#take(host, listener, links),
    });
    return dial.connection;
  }

  #take(host: Host, listener: SimListener, links: readonly [Link, Link]): ConnectionEnd {
    this.#connectionCount += 1;
    const connection = this.#connectionCount as ConnectionNumber;
    const onForgotten = (): void => {
      if (!near.isKnown && !far.isKnown) this.#connections.delete(pair);
    };
    const common = { ground: this.#ground, connection, onForgotten };
    const near = new ConnectionEnd({ ...common, host, remote: listener.address });
    const far = new ConnectionEnd({ ...common, host: listener.host, remote: host.machine });
    const pair: Pair = [near, far];
    this.#connections.add(pair);
    const [from, to] = [host.machine, listener.host.machine];
    this.#options.record({ type: "connect", connection, from, to });
    ConnectionEnd.join(near, far, links);
    listener.offer(far);
    return near;
  }

  #link(from: string, to: string): Link {
    const links = this.#links.get(from) ?? new Map<string, Link>();
    this.#links.set(from, links);
    let link = links.get(to);
    if (link === undefined) {
      link = new Link({
        from,
        to,
        profile: from === to ? loopbackProfile : this.#profile,
        ground: this.#ground,
        disturbances: this.#disturbances,
        random: this.#options.random,
      });
      links.set(to, link);
    }
    return link;
  }
}
