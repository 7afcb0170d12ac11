// The ways to all peers, one for each that something is to be said to.

import type { Scope } from "@holdfast/world";
import type { NodeId } from "../raft/types.ts";
import type { Rebuff } from "./frame.ts";
import { Link } from "./link.ts";
import type { Members } from "./members.ts";
import type { ReplicaOptions } from "./options.ts";

/** A connection to somebody who is no member is given up after so long without a word. */
const strangerMsMax = 5_000;

/** What becomes of what peers say of the way to them. */
export interface LinksParts {
  readonly onUnreachable: (peer: NodeId) => void;
  readonly onRebuff: (rebuff: Rebuff) => void;
}

/** See the head of this file. */
export class Links {
  readonly #options: ReplicaOptions;
  readonly #members: Members;
  readonly #scope: Scope;
  readonly #parts: LinksParts;
  readonly #links = new Map<NodeId, Link>();

  constructor(options: ReplicaOptions, members: Members, scope: Scope, parts: LinksParts) {
    this.#options = options;
    this.#members = members;
    this.#scope = scope;
    this.#parts = parts;
  }

  /** The way to `node`; dialled from now on, where it was not. */
  to(node: NodeId): Link {
    const known = this.#links.get(node);
    if (known !== undefined) return known;
    const { world, onEvent } = this.#options;
    const link = new Link({
      ...{ world, to: node, onRebuff: this.#parts.onRebuff },
      hello: () => this.#members.helloTo(node),
      address: () => this.#members.addressOf(node),
      judge: (connection, address) => this.#members.provenOther(connection, node, address),
      onUnreachable: () => this.#parts.onUnreachable(node),
      onConnected: () => onEvent?.({ type: "connected", peer: node }),
      onRefused: (remote, reason) => onEvent?.({ type: "refused", remote, reason }),
    });
    this.#links.set(node, link);
    link.run(this.#scope);
    return link;
  }

  /** Has all that was said leave now. O(links). */
  flush(): void {
    for (const link of this.#links.values()) link.flush();
  }

  /** Dials `node` at once, where it waits to be dialled again: it was heard. */
  hurry(node: NodeId): void {
    this.#links.get(node)?.hurry();
  }

  /** Gives up those to nodes that are no members, and to whom nothing is said any more. O(links). */
  prune(): void {
    for (const [node, link] of this.#links) {
      if (this.#members.isMember(node) || link.idleMs < strangerMsMax) continue;
      link.end();
      this.#links.delete(node);
    }
  }
}
