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

/** A held run of no more events is not cut in halves before pieces are cut out of it. */
const halvedEventsMin = 64;

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
    while (next < run.to) {
      const index = runs.findIndex((held) => held.from <= next && held.to > next);
      const held = runs[index];
      assert(held !== undefined, "only what is held is let through");
      const to = Math.min(held.to, run.to);
      if (held.to - held.from > Math.max(halvedEventsMin, 2 * (to - next))) {
        runs.splice(index, 1, ...halve(held));
        continue;
      }
      this.#deliver(held.channel, cut(held, next, to));
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

// A server joins what it keeps: a thousand transactions may come as one bundle,
// and cutting each of them out of the whole would decode the whole a thousand times.
function halve(held: HeldRun): HeldRun[] {
  const middle = Math.floor((held.from + held.to) / 2);
  return [cut(held, held.from, middle), cut(held, middle, held.to)].flatMap((bytes) =>
    decodeBundle(bytes)
      .sections.flatMap(({ runs }) => runs)
      .map(({ agent, from, to }) => ({ agent, from, to, channel: held.channel, bytes })),
  );
}

/** Exactly those events of a held bundle, but for a cut that would halve a surrogate pair. */
function cut(held: HeldRun, from: number, to: number): Uint8Array {
  const since = new VersionVector([[held.agent, from]]);
  const clipped = clipBundle(held.bytes, since, new VersionVector([[held.agent, to]]));
  assert(clipped !== null, "a held bundle has the events that its envelope names");
  return clipped;
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
