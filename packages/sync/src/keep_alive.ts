// Whether the other side is still there.
//
// After `pingIntervalMs` of silence a side asks, and again after as long; after
// `silenceMsMax` it leaves. Any frame breaks the silence.

import type { Frame } from "./frame.ts";
import { pingIntervalMs, silenceMsMax } from "./session.ts";

/** Watches for silence. */
export class KeepAlive {
  #heardAtMs: number;
  #askedAtMs: number;
  #nonce = 0;

  constructor(nowMs: number) {
    this.#heardAtMs = nowMs;
    this.#askedAtMs = nowMs;
  }

  /** Notes that something came. */
  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
  }

  /** What silence calls for: a ping to send, leaving, or nothing. */
  tick(nowMs: number): Extract<Frame, { type: "ping" }> | "leave" | null {
    if (nowMs - this.#heardAtMs >= silenceMsMax) return "leave";
    if (nowMs - Math.max(this.#heardAtMs, this.#askedAtMs) < pingIntervalMs) return null;
    this.#askedAtMs = nowMs;
    this.#nonce += 1;
    return { type: "ping", nonce: this.#nonce };
  }
}
