// The other tabs of this browser that have the copy open: a BroadcastChannel to reach
// them, Web Locks to see who is there and to have one lead.

import type { AgentId } from "@holdfast/causality";
import { HoldfastError } from "@holdfast/std";
import { tellAll } from "../documents/tell_all.ts";
import type { LeadOptions, Siblings } from "../siblings/siblings.ts";
import { agentLockPrefix } from "./agent_claim.ts";

/** This tab's way to the others. Close it at the end. */
export class BrowserSiblings implements Siblings {
  readonly #database: string;
  readonly #channel: BroadcastChannel;
  readonly #listeners = new Set<(message: Uint8Array) => void>();
  #closed = false;

  /** @param database - Name of the copy; whoever has it open is a sibling. */
  constructor(database: string) {
    this.#database = database;
    this.#channel = new BroadcastChannel(`holdfast:${database}:siblings`);
    this.#channel.addEventListener("message", ({ data }) => {
      if (data instanceof Uint8Array) tellAll(this.#listeners, data);
    });
  }

  post(message: Uint8Array): void {
    // The clone of a view is one of all that lies beneath it.
    if (!this.#closed) this.#channel.postMessage(message.slice());
  }

  subscribe(listener: (message: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  get isShown(): boolean {
    // A worker has no document.
    return typeof document === "undefined" || document.visibilityState === "visible";
  }

  lead({ signal, byForce, onLost }: LeadOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      let isLeading = false;
      const aborted = new Promise<void>((leave) => {
        if (signal.aborted) leave();
        signal.addEventListener("abort", () => leave(), { once: true });
      });
      const name = `holdfast:${this.#database}:leader`;
      navigator.locks
        .request(name, byForce ? { steal: true } : { signal }, async () => {
          isLeading = true;
          resolve();
          await aborted;
        })
        .catch((cause) => {
          // The wait was ended, or the lock was stolen.
          if (isLeading) onLost();
          else reject(new HoldfastError("cancelled", "no longer waits to lead", { cause }));
        });
    });
  }

  async present(): Promise<ReadonlySet<AgentId>> {
    const prefix = agentLockPrefix(this.#database);
    const { held = [] } = await navigator.locks.query().catch((cause) => {
      throw new HoldfastError("io", "who else is there can't be found out", { cause });
    });
    const names = held.map(({ name = "" }) => name).filter((name) => name.startsWith(prefix));
    return new Set(names.map((name) => name.slice(prefix.length) as AgentId));
  }

  /** Hears and says nothing more. */
  close(): void {
    this.#closed = true;
    this.#listeners.clear();
    this.#channel.close();
  }
}
