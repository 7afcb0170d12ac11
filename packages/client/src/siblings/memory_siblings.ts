// Siblings inside of one process: for tests and simulations of tabs.
//
// What is posted is heard in a later step, in the order in which it was posted, and
// whoever asked first leads first: a run is the same each time.

import type { AgentId } from "@holdfast/causality";
import { HoldfastError } from "@holdfast/std";
import type { LeadOptions, Siblings } from "./siblings.ts";

interface Candidate {
  readonly member: MemorySiblings;
  readonly resolve: () => void;
  /** Called when another takes the lead by force. */
  readonly onLost: () => void;
}

/** Those who have one copy in memory open. */
export class SiblingGroup {
  readonly #members = new Set<MemorySiblings>();
  #candidates: Candidate[] = [];
  #leader: Candidate | null = null;

  /** Lets one more in. */
  join(agent: AgentId): MemorySiblings {
    const member: MemorySiblings = new MemorySiblings(agent, this);
    this.#members.add(member);
    return member;
  }

  /** Those who are there. */
  get members(): ReadonlySet<MemorySiblings> {
    return this.#members;
  }

  /** Lets all but `sender` hear `message`. */
  post(sender: MemorySiblings, message: Uint8Array): void {
    const copy = message.slice();
    void Promise.resolve().then(() => {
      for (const member of [...this.#members]) if (member !== sender) member.hear(copy);
    });
  }

  /** Lines up to lead. */
  lineUp(candidate: Candidate): void {
    this.#candidates.push(candidate);
    this.#next();
  }

  /** Has `candidate` lead, whoever did before. */
  seize(candidate: Candidate): void {
    const former = this.#leader;
    this.#leader = candidate;
    candidate.resolve();
    if (former !== null) void Promise.resolve().then(() => former.member.lose(former.onLost));
  }

  /** Has `member` lead no more, nor wait to. */
  stepDown(member: MemorySiblings): void {
    this.#candidates = this.#candidates.filter((candidate) => candidate.member !== member);
    if (this.#leader?.member === member) this.#leader = null;
    this.#next();
  }

  /** Lets `member` out. */
  leave(member: MemorySiblings): void {
    this.#members.delete(member);
    this.stepDown(member);
  }

  #next(): void {
    if (this.#leader !== null) return;
    const candidate = this.#candidates.shift();
    if (candidate === undefined) return;
    this.#leader = candidate;
    candidate.resolve();
  }
}

/** One place in a {@link SiblingGroup}. */
export class MemorySiblings implements Siblings {
  /** Whom it is known as. */
  readonly agent: AgentId;
  readonly #group: SiblingGroup;
  readonly #listeners = new Set<(message: Uint8Array) => void>();
  // What happened while it was asleep; null while it is awake.
  #missed: (() => void)[] | null = null;
  isShown = true;

  /** Use {@link SiblingGroup.join}. */
  constructor(agent: AgentId, group: SiblingGroup) {
    this.agent = agent;
    this.#group = group;
  }

  post(message: Uint8Array): void {
    if (this.#group.members.has(this)) this.#group.post(this, message);
  }

  subscribe(listener: (message: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  lead({ signal, byForce, onLost }: LeadOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancelled = (): HoldfastError =>
        new HoldfastError("cancelled", "it leads no more", { cause: signal.reason });
      if (signal.aborted) reject(cancelled());
      else {
        const end = (): void => {
          this.#group.stepDown(this);
          reject(cancelled());
        };
        signal.addEventListener("abort", end, { once: true });
        const candidate: Candidate = { member: this, resolve, onLost };
        if (byForce) this.#group.seize(candidate);
        else this.#group.lineUp(candidate);
      }
    });
  }

  async present(): Promise<ReadonlySet<AgentId>> {
    return new Set([...this.#group.members].map(({ agent }) => agent));
  }

  /** Ends, with or without a word before: hears nothing more, and is heard no more. */
  leave(): void {
    this.#group.leave(this);
    this.#listeners.clear();
  }

  /** Hears nothing until {@link wake}, as a page that the device has put to sleep. */
  sleep(): void {
    this.#missed ??= [];
  }

  /** Hears what it has missed, and all that comes. */
  wake(): void {
    const missed = this.#missed ?? [];
    this.#missed = null;
    for (const happen of missed) happen();
  }

  /** Takes what another posted. */
  hear(message: Uint8Array): void {
    this.#happen(() => {
      for (const listener of [...this.#listeners]) listener(message.slice());
    });
  }

  /** Learns that another took the lead. */
  lose(onLost: () => void): void {
    this.#happen(onLost);
  }

  #happen(act: () => void): void {
    if (this.#missed === null) act();
    else this.#missed.push(act);
  }
}
