// What a server is known to have of one document, and what it said against it.
//
// Whoever holds the connection learns it from the session. Its siblings, who hold the
// same copy, are told (see sibling_message.ts): of the writers of that copy only, for
// nobody else's events are sent or waited for here.
//
// Invariants:
//   RE3  `saved` is of the store that said so; another store begins from what it says.

import { type AgentId, type EventRun, VersionVector } from "@holdfast/causality";
import { equalBytes, type HoldfastError } from "@holdfast/std";
import type { StoreName } from "@holdfast/sync";
import type { ServerKnowledge } from "../copy/persistence.ts";
import { Milestones } from "./milestones.ts";

/** Why the server does not save. */
export interface ServerProblem {
  readonly error: HoldfastError;
  /** Whether it saves nothing more, until there is another connection. */
  readonly isFinal: boolean;
}

/** How a document stands with the server, to tell siblings. */
export interface ToldStanding {
  /** Null where no server has said anything. */
  readonly store: StoreName | null;
  /** Of writers of the copy only, as `saved`. */
  readonly sent: VersionVector;
  readonly saved: VersionVector;
  readonly problem: ServerProblem | null;
}

/** How one document stands with the server. */
export class Standing {
  #store: StoreName | null = null;
  #sent = new VersionVector();
  #saved = new VersionVector();
  #problem: ServerProblem | null = null;
  #isNews = false;
  readonly #reach = new Milestones();

  /** What was handed to the transport. Not to be changed. */
  get sent(): VersionVector {
    return this.#sent;
  }

  /** What is durable at the server. Not to be changed. */
  get saved(): VersionVector {
    return this.#saved;
  }

  /** What stands in the way, if the server said so. */
  get problem(): ServerProblem | null {
    return this.#problem;
  }

  /** Tells whether it is `store` that {@link saved} refers to. */
  isOf(store: StoreName): boolean {
    if (this.#store === null) return false;
    return this.#store.epoch === store.epoch && equalBytes(this.#store.identity, store.identity);
  }

  /** Takes what was written down, as far as it is of `all`. */
  recall({ store, sent, saved }: ServerKnowledge, all: VersionVector): void {
    this.#store = store;
    this.#sent = sent.meet(all);
    this.#saved = saved.meet(all);
  }

  /** Takes what a session begins with. */
  opened(store: StoreName, saved: VersionVector): void {
    this.#store = store;
    this.#saved = saved.clone();
    this.#sent = saved.clone();
    this.#problem = null;
    this.#saidMore();
  }

  /** Notes what was sent. */
  wasSent(vector: VersionVector): void {
    this.#sent.merge(vector);
  }

  /** Notes what the store acknowledged. */
  wasSaved(vector: VersionVector): void {
    this.#saved.merge(vector);
    if (this.#problem?.isFinal === false) this.#problem = null;
    this.#saidMore();
  }

  /** Notes what the server sent itself. */
  wasReceived(runs: readonly EventRun[]): void {
    for (const { agent, to } of runs) {
      this.#saved.advance(agent, to);
      this.#sent.advance(agent, to);
    }
    this.#saidMore();
  }

  /** Notes why nothing is saved. */
  refused(problem: ServerProblem): void {
    this.#problem = problem;
    if (!problem.isFinal) return;
    // Nothing is on its way any more.
    this.#sent = this.#saved.clone();
    this.#reach.fail(problem.error);
  }

  /** What to tell siblings. */
  told(writers: ReadonlySet<AgentId>): ToldStanding {
    const own = (vector: VersionVector): VersionVector =>
      new VersionVector([...writers].map((agent) => [agent, vector.next(agent)]));
    const problem = this.#problem;
    return { store: this.#store, sent: own(this.#sent), saved: own(this.#saved), problem };
  }

  /** Takes what the sibling who holds the connection tells. */
  learn({ store, sent, saved, problem }: ToldStanding): void {
    this.#store = store;
    this.#sent = sent;
    this.#saved = saved;
    this.#problem = problem;
    this.#reach.reach(saved);
    if (problem?.isFinal) this.#reach.fail(problem.error);
  }

  /** Resolves once `run` is saved; throws the problem where nothing will be. */
  async whenSaved(run: EventRun): Promise<void> {
    if (this.#saved.next(run.agent) >= run.to) return;
    if (this.#problem?.isFinal) throw this.#problem.error;
    await this.#reach.wait(run);
  }

  /** Tells all who wait that it won't happen. */
  fail(error: HoldfastError): void {
    this.#reach.fail(error);
  }

  /** Has it written down again, though it is no news. */
  forgetWritten(): void {
    this.#isNews = true;
  }

  /** Hands what is news since the last call to `write`. */
  async writeDown(write: (knowledge: ServerKnowledge) => Promise<void>): Promise<void> {
    if (!this.#isNews || this.#store === null) return;
    this.#isNews = false;
    try {
      await write({ store: this.#store, sent: this.#sent.clone(), saved: this.#saved.clone() });
    } catch (error) {
      this.#isNews = true;
      throw error;
    }
  }

  #saidMore(): void {
    this.#isNews = true;
    this.#reach.reach(this.#saved);
  }
}
