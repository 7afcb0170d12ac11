// One attempt to connect: a knock that travels to the listener's machine, and an
// answer that travels back.
//
//   knock ──► taken ─────────────────► word of it: connected
//     ▲  └──► nobody listens ────────► refusal: unavailable
//     │  └──► a cut, or a machine without power: silence
//     └──────── again, after 1, 2, 4... seconds, until connectTimeoutMs

import { HoldfastError } from "@holdfast/std";
import type { Connection, Timer } from "@holdfast/world";
import type { Host } from "../run/host.ts";
import type { ConnectionEnd } from "./connection_end.ts";
import type { Ground } from "./ground.ts";
import type { Link } from "./link.ts";
import { Retries } from "./retries.ts";
import type { SimListener } from "./sim_listener.ts";

/** How long an attempt to connect goes on without an answer. */
export const connectTimeoutMs = 20_000;

/** How long after the first knock the second one follows. */
export const knockDelayMs = 1_000;

/** What an attempt asks of the network. */
export interface DialOptions {
  readonly ground: Ground;
  readonly host: Host;
  readonly address: string;
  readonly signal: AbortSignal | undefined;
  /** Who listens at the address now. */
  readonly listener: () => SimListener | null;
  /** From the caller's machine to the one where the address is, and back. */
  readonly links: readonly [there: Link, back: Link];
  /** Has the kernel of `listener` take the connection; answers with the caller's end. */
  readonly take: (listener: SimListener) => ConnectionEnd;
}

/** One attempt. */
export class Dial {
  /** Rejects with `unavailable` or `cancelled`. */
  readonly connection: Promise<Connection>;
  readonly #options: DialOptions;
  readonly #retries: Retries;
  #deadline: Timer;
  #near: ConnectionEnd | null = null;
  #isSettled = false;
  #isNoted = false;
  #resolve!: (connection: Connection) => void;
  #reject!: (error: HoldfastError) => void;
  readonly #onAbort = (): void => {
    const { address, signal } = this.#options;
    const sentence = `the connection to ${address} was cancelled`;
    this.#fail(new HoldfastError("cancelled", sentence, { cause: signal?.reason }));
  };

  constructor(options: DialOptions) {
    this.#options = options;
    const { host, ground, signal } = options;
    this.connection = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#retries = new Retries(ground.nature.nowMs, knockDelayMs, connectTimeoutMs);
    this.#deadline = host.after(connectTimeoutMs, () => this.#refuse("no answer"));
    signal?.addEventListener("abort", this.#onAbort);
    this.#knock();
  }

  #knock(): void {
    const { ground, host, links } = this.#options;
    if (this.#isSettled || !host.isAlive) return;
    const latencyMs = links[0].drawLatencyMs();
    const arriveMs = ground.nature.nowMs + latencyMs;
    ground.nature.after(latencyMs, () => this.#reach(arriveMs));
  }

  #reach(arriveMs: number): void {
    const { ground, host, links } = this.#options;
    const there = links[0];
    if (this.#isSettled || !host.isAlive) return;
    const listener = this.#options.listener();
    if (there.isCutAt(arriveMs)) this.#knockAgain(there);
    else if (ground.isDark(there.to)) this.#knockAgain(null);
    else if (listener?.host.machine === there.to && !listener.full) this.#take(listener);
    else this.#refuseFrom(arriveMs);
  }

  #refuseFrom(arriveMs: number): void {
    const { host, links } = this.#options;
    const back = links[1];
    const latencyMs = back.drawLatencyMs();
    host.after(latencyMs, () => {
      if (back.isCutAt(arriveMs + latencyMs)) this.#knockAgain(back);
      else this.#refuse("nobody answers");
    });
  }

  #take(listener: SimListener): void {
    const near = this.#options.take(listener);
    this.#near = near;
    near.onOpen = () => {
      if (this.#settle()) this.#resolve(near);
    };
    void near.closed.then(({ reason }) => this.#refuse(reason));
  }

  #knockAgain(cut: Link | null): void {
    const { ground } = this.#options;
    if (cut !== null && !this.#isNoted) {
      this.#isNoted = true;
      ground.bites.note(
        "partition",
        cut.from,
        `stopped a connection attempt on its way to ${cut.to}`,
      );
    }
    const delayMs = this.#retries.next(ground.nature.nowMs);
    if (delayMs !== null) ground.nature.after(delayMs, () => this.#knock());
  }

  #refuse(why: string): void {
    this.#fail(new HoldfastError("unavailable", `connect to ${this.#options.address}: ${why}`));
  }

  #fail(error: HoldfastError): void {
    if (!this.#options.host.isAlive || !this.#settle()) return;
    this.#near?.breakOff("the attempt to connect was given up");
    this.#reject(error);
  }

  #settle(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    this.#deadline.cancel();
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    return true;
  }
}
