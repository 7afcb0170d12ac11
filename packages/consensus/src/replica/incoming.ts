// The ways from peers: connections that they dialled, over which come their messages and calls.

import { isHoldfastError } from "@holdfast/std";
import type { Connection, Scope } from "@holdfast/world";
import type { Message } from "../raft/message.ts";
import type { NodeId } from "../raft/types.ts";
import {
  callFrame,
  callSizeBytesMax,
  type Frame,
  FrameReceiver,
  type Hello,
  helloSizeBytesMax,
  pulseFrame,
  type Rebuff,
  rebuffFrame,
  sendFrame,
} from "./frame.ts";
import type { ReplicaOptions } from "./options.ts";

/** Whoever dials says who it is within this time. */
const helloMs = 5_000;
/** How often a peer that speaks is shown that it is heard. */
const pulseMs = 1_000;
const closing = "the node is closing";

/** What becomes of what is heard. */
export interface IncomingParts {
  /** Says why whoever says this is not let in, or goes on no more; null where it is. */
  readonly judge: (hello: Hello, connection: Connection) => Rebuff | null;
  /** Answers an order of another node. */
  readonly onOrder: (bytes: Uint8Array) => Promise<Uint8Array>;
  /** A peer is there. */
  readonly onPeer: (from: NodeId) => void;
  readonly onMessage: (from: NodeId, message: Message) => void;
  /** Answering a call failed for a reason of this program's own. */
  readonly onFailure: (error: unknown) => void;
}

/** See the head of this file. */
export class Incoming {
  readonly #options: ReplicaOptions;
  readonly #parts: IncomingParts;
  readonly #connections = new Set<Connection>();
  /** The latest of each node that was let in. */
  readonly #peers = new Map<NodeId, { readonly hello: Hello; readonly connection: Connection }>();
  #isClosed = false;

  constructor(options: ReplicaOptions, parts: IncomingParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** Takes connections until `scope` ends. */
  run(scope: Scope): void {
    const { listener } = this.#options;
    scope.daemon("accept", () => this.#accept(scope));
    scope.daemon("listener", async (signal) => {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      await listener.close();
    });
  }

  /** Hears nothing more, at once. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#connections) connection.close(closing);
  }

  /** Looks again who may go on: the membership changed. O(peers). */
  review(): void {
    for (const { hello, connection } of this.#peers.values()) {
      const rebuff = this.#parts.judge(hello, connection);
      if (rebuff !== null) this.#rebuff(connection, rebuff);
    }
  }

  async #accept(scope: Scope): Promise<void> {
    for (;;) {
      const connection = await this.#options.listener.accept();
      if (connection === null) return;
      if (this.#isClosed) connection.close(closing);
      else scope.daemon("a peer", () => this.#hear(connection));
    }
  }

  async #hear(connection: Connection): Promise<void> {
    this.#connections.add(connection);
    try {
      await this.#listen(connection);
      connection.close("done");
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      this.#refuse(connection, `${error.code}: ${error.message}`);
    } finally {
      this.#connections.delete(connection);
    }
  }

  async #listen(connection: Connection): Promise<void> {
    const { id, cluster } = this.#options;
    const frames = new FrameReceiver(connection);
    const { clock } = this.#options.world;
    const timer = clock.timer(helloMs, () => this.#refuse(connection, "protocol: no hello"));
    const hello = await frames.receive(helloSizeBytesMax).finally(() => timer.cancel());
    if (hello === null) return;
    if (hello.kind !== "hello") {
      this.#refuse(connection, "protocol: no hello");
      return;
    }
    if (hello.cluster !== cluster || hello.to !== id) {
      this.#refuse(
        connection,
        `this is ${id} of cluster ${cluster}, not ${hello.to} of ${hello.cluster}`,
      );
      return;
    }
    const { from } = hello;
    if (from === id) {
      this.#refuse(connection, `another node calls itself ${id}`);
      return;
    }
    const rebuff = this.#parts.judge(hello, connection);
    if (rebuff !== null) {
      this.#rebuff(connection, rebuff);
      return;
    }
    // A connection may have broken without a word, to this side.
    this.#peers.get(from)?.connection.close("a later connection took its place");
    this.#peers.set(from, { hello, connection });
    this.#parts.onPeer(from);
    sendFrame(connection, pulseFrame());
    try {
      await this.#take(connection, frames, from);
    } finally {
      if (this.#peers.get(from)?.connection === connection) this.#peers.delete(from);
    }
  }

  async #take(connection: Connection, frames: FrameReceiver, from: NodeId): Promise<void> {
    const { clock } = this.#options.world;
    let pulsedMs = clock.now();
    for (;;) {
      const frame = await frames.receive();
      if (frame === null || this.#isClosed) return;
      const nowMs = clock.now();
      if (nowMs - pulsedMs >= pulseMs) {
        sendFrame(connection, pulseFrame());
        pulsedMs = nowMs;
      }
      if (frame.kind === "raft") {
        for (const message of frame.messages) this.#parts.onMessage(from, message);
      } else if (frame.kind === "call" || frame.kind === "order") {
        void this.#answer(connection, from, frame);
      } else {
        this.#refuse(connection, "protocol: only messages and calls come this way");
        return;
      }
    }
  }

  async #answer(
    connection: Connection,
    from: NodeId,
    { kind, number, bytes }: Extract<Frame, { readonly kind: "call" | "order" }>,
  ): Promise<void> {
    try {
      const answer = await (kind === "order"
        ? this.#parts.onOrder(bytes)
        : this.#options.onCall?.(from, bytes));
      if (answer !== undefined && answer.length <= callSizeBytesMax) {
        sendFrame(connection, callFrame("answer", number, answer));
        return;
      }
      sendFrame(connection, callFrame("failure", number, new Uint8Array(0)));
    } catch (error) {
      sendFrame(connection, callFrame("failure", number, new Uint8Array(0)));
      if (!isHoldfastError(error)) this.#parts.onFailure(error);
    }
  }

  #rebuff(connection: Connection, rebuff: Rebuff): void {
    sendFrame(connection, rebuffFrame(rebuff));
    this.#refuse(connection, rebuff.sentence);
  }

  #refuse(connection: Connection, reason: string): void {
    this.#options.onEvent?.({ type: "refused", remote: connection.remote, reason });
    connection.close(reason);
  }
}
