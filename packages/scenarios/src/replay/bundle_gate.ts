// A network for one client that holds inbound bundles back, and lets single
// runs of events through when told to: so that a test decides which version of
// a document the client sees, while real bytes cross a real connection.
//
// Everything but bundles passes at once. What a connection held is dropped when
// it ends: the server sends it again on the next one.

import type { AgentId, EventRun } from "@holdfast/causality";
import { VersionVector } from "@holdfast/causality";
import { clipBundle, decodeBundle } from "@holdfast/doc";
import { assert } from "@holdfast/std";
import { type ChannelId, decodeFrame, encodeFrame } from "@holdfast/sync";
import {
  type CloseReason,
  type Connection,
  type Listener,
  type Network,
  Queue,
} from "@holdfast/world";

interface HeldRun extends EventRun {
  readonly channel: ChannelId;
  readonly bytes: Uint8Array;
}

interface Waiter {
  readonly run: EventRun;
  readonly resolve: () => void;
}

/** Holds one client's inbound bundles. */
export class BundleGate implements Network {
  readonly #network: Network;
  #connection: GatedConnection | null = null;
  readonly #held = new Map<AgentId, HeldRun[]>();
  #waiters: Waiter[] = [];
  /** Resolves when the server has first answered that a document is open. */
  readonly opened: Promise<void>;
  readonly #resolveOpened: () => void;
  /** Bundles that the client sent. */
  bundlesSent = 0;

  /** @param network - What really connects. */
  constructor(network: Network) {
    this.#network = network;
    let resolveOpened = (): void => {};
    this.opened = new Promise((resolve) => {
      resolveOpened = resolve;
    });
    this.#resolveOpened = resolveOpened;
  }

  listen(address: string): Promise<Listener> {
    return this.#network.listen(address);
  }

  async connect(address: string, signal?: AbortSignal): Promise<Connection> {
    const inner = await this.#network.connect(address, signal);
    this.#held.clear();
    this.#connection = new GatedConnection(inner, this);
    return this.#connection;
  }

  /** Lets exactly the events of `run` through, once they are here. Resolves when they are handed to the client. */
  release(run: EventRun): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push({ run, resolve });
      this.#letThrough();
    });
  }

  /** Takes a message from the network; answers whether it may pass. */
  admit(message: Uint8Array): boolean {
    const frame = decodeFrame(message);
    if (frame.type === "opened") this.#resolveOpened();
    if (frame.type !== "bundles") return true;
    for (const bytes of frame.bundles) {
      for (const { agent, from, to } of decodeBundle(bytes).sections.flatMap(({ runs }) => runs)) {
        const runs = this.#held.get(agent) ?? [];
        this.#held.set(agent, runs);
        runs.push({ agent, from, to, channel: frame.channel, bytes });
      }
    }
    this.#letThrough();
    return false;
  }

  /** Counts what the client sends. */
  observe(message: Uint8Array): void {
    const frame = decodeFrame(message);
    if (frame.type === "bundles") this.bundlesSent += frame.bundles.length;
  }

  #letThrough(): void {
    this.#waiters = this.#waiters.filter(({ run, resolve }) => {
      if (!this.#holds(run)) return true;
      this.#pass(run);
      resolve();
      return false;
    });
  }

  #holds(run: EventRun): boolean {
    let next = run.from;
    for (const held of this.#held.get(run.agent) ?? []) {
      if (held.from <= next && held.to > next) next = held.to;
    }
    return next >= run.to;
  }

  #pass(run: EventRun): void {
    const runs = this.#held.get(run.agent)!;
    let next = run.from;
    for (const held of runs) {
      if (next >= run.to || held.from > next || held.to <= next) continue;
      const to = Math.min(held.to, run.to);
      const clipped = clipBundle(
        held.bytes,
        new VersionVector([[run.agent, next]]),
        new VersionVector([[run.agent, to]]),
      );
      assert(clipped !== null, "a held bundle has the events that its envelope names");
      this.#deliver(held.channel, clipped);
      next = to;
    }
    this.#held.set(
      run.agent,
      runs.filter((held) => held.to > run.to),
    );
  }

  #deliver(channel: ChannelId, bytes: Uint8Array): void {
    this.#connection?.deliver(encodeFrame({ type: "bundles", channel, bundles: [bytes] }));
  }
}

/** A connection whose inbound messages pass the gate first. */
class GatedConnection implements Connection {
  readonly #inner: Connection;
  readonly #gate: BundleGate;
  readonly #inbound = new Queue<Uint8Array>(Number.POSITIVE_INFINITY);

  constructor(inner: Connection, gate: BundleGate) {
    this.#inner = inner;
    this.#gate = gate;
    void this.#pump();
  }

  get remote(): string {
    return this.#inner.remote;
  }

  get bufferedBytes(): number {
    return this.#inner.bufferedBytes;
  }

  get closed(): Promise<CloseReason> {
    return this.#inner.closed;
  }

  send(message: Uint8Array): void {
    this.#gate.observe(message);
    this.#inner.send(message);
  }

  drained(lowBytes: number): Promise<void> {
    return this.#inner.drained(lowBytes);
  }

  receive(): Promise<Uint8Array | null> {
    return this.#inbound.take();
  }

  close(reason: string): void {
    this.#inner.close(reason);
  }

  /** Hands a message to the client as if it had come just now. */
  deliver(message: Uint8Array): void {
    this.#inbound.push(message);
  }

  async #pump(): Promise<void> {
    for (;;) {
      const message = await this.#inner.receive();
      if (message === null) break;
      if (this.#gate.admit(message)) this.deliver(message);
    }
    this.#inbound.end();
  }
}
