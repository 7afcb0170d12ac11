// Which of the siblings leads, which is to say: holds the connection for all.
//
//            +-- suspended --+------------------ lost, suspended ------------------+
//            v               |                                                     |
//   away, until resumed --> waits --its turn, or two calls without an answer--> leads --> over
//
// Who leads may stop without an end: a device puts a page to sleep, and what it holds
// stays held. Such a page gives the lead up when it is told; where it is not, the others
// find out, since it answers nothing. Whoever is being looked at then takes the lead by
// force, and the one who wakes up is told that it has lost it.
//
// Invariants:
//   LE1  Who is not shown takes nothing by force: it may be asleep itself, and wake up late.

import { HoldfastError } from "@holdfast/std";
import type { Siblings } from "./siblings.ts";

/** So many calls without an answer, and who leads is taken to be asleep. */
export const unansweredCallsMax = 2;

/** Parts of {@link Leadership}. */
export interface LeadershipParts {
  readonly siblings: Siblings;
  /** Asks who leads to answer; the answer comes as {@link Leadership.heard}. */
  readonly call: () => void;
}

/** This one's part in leading. */
export class Leadership {
  readonly #parts: LeadershipParts;
  #term: AbortController | null = null;
  // The wait for a turn; aborts when there is another way to wait for it.
  #turn: AbortController | null = null;
  #away: { readonly over: Promise<void>; readonly end: () => void } | null = null;
  #takesByForce = false;
  #unanswered = 0;

  constructor(parts: LeadershipParts) {
    this.#parts = parts;
  }

  /** Whether this one leads. */
  get isLeading(): boolean {
    return this.#term !== null;
  }

  /**
   * Resolves once this one leads, with what aborts when it does no more. It leads until it
   * is made to, also after `signal` aborts: see {@link stepDown}.
   *
   * @throws {HoldfastError} `cancelled` where `signal` aborts first.
   */
  async lead(signal: AbortSignal): Promise<AbortSignal> {
    const leave = (): void => {
      this.#away?.end();
      this.#turn?.abort();
    };
    signal.addEventListener("abort", leave, { once: true });
    try {
      for (;;) {
        await this.#away?.over;
        if (signal.aborted) throw new HoldfastError("cancelled", "it waits to lead no more");
        const term = await this.#waitForTurn();
        if (term !== null) return term;
      }
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  /** Leads no more, and lets the next one. Harmless where it does not lead. */
  stepDown(): void {
    const term = this.#term;
    this.#term = null;
    term?.abort();
  }

  /** Leads no more, nor waits to, until {@link resume}. Takes effect before it returns. */
  suspend(): void {
    if (this.#away !== null) return;
    let end = (): void => undefined;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#away = { over, end };
    this.#turn?.abort();
    this.stepDown();
  }

  /** Waits to lead again. */
  resume(): void {
    this.#away?.end();
    this.#away = null;
    this.#unanswered = 0;
  }

  /** Notes that who leads has spoken. */
  heard(): void {
    this.#unanswered = 0;
  }

  /** Finds out whether who leads is awake. Call it now and then. */
  keepUp(): void {
    if (this.#turn === null || !this.#parts.siblings.isShown) {
      this.#unanswered = 0;
    } else if (this.#unanswered < unansweredCallsMax) {
      this.#unanswered += 1;
      this.#parts.call();
    } else {
      this.#unanswered = 0;
      this.#takesByForce = true;
      this.#turn.abort();
    }
  }

  /** Null where it is to wait in another way. */
  async #waitForTurn(): Promise<AbortSignal | null> {
    const [turn, term] = [new AbortController(), new AbortController()];
    const byForce = this.#takesByForce;
    this.#takesByForce = false;
    this.#turn = turn;
    // One signal for the wait and for what comes after it.
    turn.signal.addEventListener("abort", () => term.abort(), { once: true });
    const onLost = (): void => {
      if (this.#term === term) this.stepDown();
    };
    try {
      await this.#parts.siblings.lead({ signal: term.signal, byForce, onLost });
    } catch (error) {
      if (!turn.signal.aborted) throw error;
      return null;
    } finally {
      this.#turn = null;
    }
    if (turn.signal.aborted) return null;
    this.#term = term;
    return term.signal;
  }
}
