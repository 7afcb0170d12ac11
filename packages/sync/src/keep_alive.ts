// Whether the other side is still there.
//
// After `pingIntervalMs` of silence a side asks, and again after as long; after
// `silenceMsMax` it leaves. Any frame breaks the silence. Where its device doubts the
// connection, it asks at once, and leaves after `doubtMsMax`.

import type { Frame } from "./frame.ts";
import { doubtMsMax, pingIntervalMs, silenceMsMax } from "./session.ts";

type Ping = Extract<Frame, { type: "ping" }>;

/** Watches for silence. */
export class KeepAlive {
  #heardAtMs: number;
  #askedAtMs: number;
  // Since when it waits for an answer with less patience.
  #doubtedAtMs: number | null = null;
  #nonce = 0;

  constructor(nowMs: number) {
    this.#heardAtMs = nowMs;
    this.#askedAtMs = nowMs;
  }

  /** Notes that something came. */
  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#doubtedAtMs = null;
  }

  /** Asks at once. */
  doubt(nowMs: number): Ping {
    this.#doubtedAtMs ??= nowMs;
    return this.#ask(nowMs);
  }

  /** What silence calls for: a ping to send, leaving, or nothing. */
  tick(nowMs: number): Ping | "leave" | null {
    const doubtedAtMs = this.#doubtedAtMs ?? Number.POSITIVE_INFINITY;
    if (nowMs - this.#heardAtMs >= silenceMsMax || nowMs - doubtedAtMs >= doubtMsMax) {
      return "leave";
    }
    if (nowMs - Math.max(this.#heardAtMs, this.#askedAtMs) < pingIntervalMs) return null;
    return this.#ask(nowMs);
  }

  #ask(nowMs: number): Ping {
    this.#askedAtMs = nowMs;
    this.#nonce += 1;
    return { type: "ping", nonce: this.#nonce };
  }
}
