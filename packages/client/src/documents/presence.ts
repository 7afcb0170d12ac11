// Who else has a document open, and what they show of themselves.
//
// Siblings tell each other directly. To the server one session shows what all tabs of
// the copy show, packed into one value (presence_pack.ts); what it says of others is
// unpacked here, by whoever holds the connection and by its siblings alike.
//
// Tabs are known by their agents. So who comes back over another connection replaces
// what is still shown for the one that broke, and nobody meets their own ghost.

import type { AgentId } from "@holdfast/causality";
import { decodeValue, encodeValue, type Value } from "@holdfast/doc";
import { HoldfastError, isHoldfastError } from "@holdfast/std";
import { presenceIntervalMs, type SessionId } from "@holdfast/sync";
import type { Clock, Timer } from "@holdfast/world";
import { packPresence, presenceValueSizeBytesMax, unpackPresence } from "./presence_pack.ts";
import { tellAll } from "./tell_all.ts";

/** Parts of {@link Presence}. */
export interface PresenceParts {
  readonly clock: Clock;
  /** The tab that this one is. */
  readonly agent: AgentId;
  /** Shows what this tab shows to its siblings; null for nothing. */
  readonly tellSiblings: (state: Uint8Array | null) => void;
  /** Shows the server what all tabs show, where this one holds the connection. */
  readonly tellServer: (pack: Uint8Array | null) => void;
}

interface RemotePeer {
  readonly pack: Uint8Array;
  readonly values: ReadonlyMap<AgentId, Value>;
}

/** Presence in one document. Best effort: nothing of it is kept. */
export class Presence {
  readonly #parts: PresenceParts;
  // Of siblings who have the document open; null where they show nothing.
  readonly #siblings = new Map<AgentId, Value | null>();
  // What each tab of this copy shows, encoded; what was set last comes last.
  readonly #shown = new Map<AgentId, Uint8Array>();
  // Who was heard of last comes last.
  readonly #remote = new Map<SessionId, RemotePeer>();
  readonly #listeners = new Set<() => void>();
  #isOwnNews = false;
  #pause: Timer | null = null;
  #toldAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
  }

  /**
   * Shows `value` to the others, until it is set again; null shows nothing. Others
   * get at most ten updates a second: the latest one always.
   *
   * @throws {HoldfastError} `too_large` where it takes more than
   *   `presenceValueSizeBytesMax` encoded; `invalid_argument` where it is no value.
   */
  set(value: Value | null): void {
    const state = value === null ? null : encodeValue(value);
    if (state !== null && state.length > presenceValueSizeBytesMax) {
      const sentence = `presence of ${state.length} bytes, at most ${presenceValueSizeBytesMax}`;
      throw new HoldfastError("too_large", sentence);
    }
    this.#show(this.#parts.agent, state);
    this.#isOwnNews = true;
    this.#tellSoon();
  }

  /**
   * What others show, other tabs of one's own among them, by a key for each tab that
   * lasts as long as the tab. Where there are more tabs of one peer than fit, those
   * that changed least lately are left out.
   */
  peers(): ReadonlyMap<string, Value> {
    const peers = new Map<string, Value>();
    for (const { values } of this.#remote.values()) {
      for (const [agent, value] of values) {
        const isOurs = agent === this.#parts.agent || this.#siblings.has(agent);
        if (!isOurs) peers.set(agent, value);
      }
    }
    for (const [agent, value] of this.#siblings) if (value !== null) peers.set(agent, value);
    return peers;
  }

  /** Calls `listener` when {@link peers} changed; what it throws is dropped. Returns the way to stop. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** What this tab shows, encoded. */
  get shown(): Uint8Array | null {
    return this.#shown.get(this.#parts.agent) ?? null;
  }

  /** What the server said of other peers. */
  get remote(): ReadonlyMap<SessionId, { readonly pack: Uint8Array }> {
    return this.#remote;
  }

  /** Takes what the server says of another peer. What makes no sense is ignored. */
  receive(peer: SessionId, pack: Uint8Array | null): void {
    if (pack === null) {
      if (!this.#remote.delete(peer)) return;
    } else {
      const values = unpack(pack);
      if (values === null) return;
      this.#remote.delete(peer);
      this.#remote.set(peer, { pack, values });
    }
    this.#tell();
  }

  /** Takes what a sibling shows, who has the document open. */
  receiveSibling(agent: AgentId, state: Uint8Array | null): void {
    const value = state === null ? null : decode(state);
    if (state !== null && value === null) return;
    this.#siblings.set(agent, value);
    this.#show(agent, state);
    this.#tellSoon();
    this.#tell();
  }

  /** Notes that a sibling has the document open no more. */
  forgetSibling(agent: AgentId): void {
    if (!this.#siblings.delete(agent)) return;
    this.#show(agent, null);
    this.#tellSoon();
    this.#tell();
  }

  /** Shows again, to a server that knows nothing yet. */
  connected(): void {
    const pack = this.#pack();
    if (pack !== null) this.#parts.tellServer(pack);
  }

  /** Forgets those who are seen through the server. */
  disconnected(): void {
    if (this.#remote.size === 0) return;
    this.#remote.clear();
    this.#tell();
  }

  /** Shows nothing more of this tab, and hears no more. */
  close(): void {
    this.#pause?.cancel();
    this.#pause = null;
    this.#listeners.clear();
    if (this.#shown.delete(this.#parts.agent)) this.#parts.tellServer(this.#pack());
  }

  #show(agent: AgentId, state: Uint8Array | null): void {
    this.#shown.delete(agent);
    if (state !== null) this.#shown.set(agent, state);
  }

  #tellSoon(): void {
    if (this.#pause !== null) return;
    const { clock } = this.#parts;
    const waitMs = this.#toldAtMs + presenceIntervalMs - clock.now();
    if (waitMs <= 0) this.#tellOthers();
    else this.#pause = clock.timer(waitMs, () => this.#tellOthers());
  }

  #tellOthers(): void {
    this.#pause = null;
    this.#toldAtMs = this.#parts.clock.now();
    if (this.#isOwnNews) this.#parts.tellSiblings(this.shown);
    this.#isOwnNews = false;
    this.#parts.tellServer(this.#pack());
  }

  #pack(): Uint8Array | null {
    const entries = [...this.#shown].map(([agent, state]) => ({ agent, state }));
    return packPresence(entries.reverse());
  }

  #tell(): void {
    tellAll(this.#listeners, undefined);
  }
}

function unpack(pack: Uint8Array): ReadonlyMap<AgentId, Value> | null {
  try {
    const values = new Map<AgentId, Value>();
    for (const { agent, state } of unpackPresence(pack)) {
      const value = decode(state);
      if (value !== null) values.set(agent, value);
    }
    return values;
  } catch (error) {
    if (isHoldfastError(error)) return null;
    throw error;
  }
}

// Null is shown by nobody.
function decode(state: Uint8Array): Value | null {
  try {
    return decodeValue(state);
  } catch (error) {
    if (isHoldfastError(error)) return null;
    throw error;
  }
}
