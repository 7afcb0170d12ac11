// The ways from peers: connections that they dialled, over which come their messages and calls.

import { isHoldfastError } from "@holdfast/std";
import type { Connection, Scope } from "@holdfast/world";
import type { Message } from "../raft/message.ts";
import type { NodeId } from "../raft/types.ts";
import {
  callFrame,
  callSizeBytesMax,
  FrameReceiver,
  helloSizeBytesMax,
  pulseFrame,
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
    this.#parts.onPeer(from);
    sendFrame(connection, pulseFrame());
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
      } else if (frame.kind === "call") void this.#answer(connection, from, frame);
      else {
        this.#refuse(connection, "protocol: only messages and calls come this way");
        return;
      }
    }
  }

  async #answer(
    connection: Connection,
    from: NodeId,
    { number, bytes }: { readonly number: number; readonly bytes: Uint8Array },
  ): Promise<void> {
    try {
      const answer = await this.#options.onCall?.(from, bytes);
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

  #refuse(connection: Connection, reason: string): void {
    this.#options.onEvent?.({ type: "refused", remote: connection.remote, reason });
    connection.close(reason);
  }
}
