// Keeps one link to one of several servers of a store: connects, and after a link has
// ended waits, a random while that grows, and connects to the next.
//
// Invariants:
//   DI1  All links of one dialer are to servers of one store: of one identity.
//   DI2  Whoever waits for a link gets one, or an error once his time is over.

import { type ErrorCode, equalBytes, HoldfastError, isHoldfastError } from "@holdfast/std";
import { Backoff, Scope, type Timer } from "@holdfast/world";
import { Link, type LinkOptions } from "./link.ts";

/** The span of the first wait. */
export const redialMsBase = 20;
/** The longest span. */
export const redialMsMax = 2_000;
/** A link that lived so long counts as a success. */
const steadyMs = 5_000;

/** What a server says that would not have us, and would not have us later. */
const refusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(["unauthenticated", "forbidden", "unsupported_version", "invalid_argument"] as const),
]);

interface Waiting {
  readonly resolve: (link: Link) => void;
  readonly reject: (error: HoldfastError) => void;
}

/** See the head of this file. */
export class Dialer {
  readonly #urls: readonly string[];
  readonly #options: LinkOptions;
  readonly #onLink: (link: Link) => void;
  readonly #scope: Scope;
  readonly #backoff: Backoff;
  readonly #waiting = new Set<Waiting>();
  #link: Link | null = null;
  #identity: Uint8Array | null = null;
  #failure: HoldfastError = new HoldfastError("unavailable", "no server was reached");
  /** How many servers in a row would not have us. */
  #refusals = 0;
  #isClosed = false;

  /**
   * @param urls - At least one.
   * @param onLink - Hears of each new link, before anybody else gets it.
   */
  constructor(urls: readonly string[], options: LinkOptions, onLink: (link: Link) => void) {
    this.#urls = urls;
    this.#options = options;
    this.#onLink = onLink;
    const { clock, random } = options.world;
    this.#backoff = new Backoff(random, { baseMs: redialMsBase, capMs: redialMsMax });
    this.#scope = Scope.open(clock, { name: "dialer" });
    this.#scope.daemon("dial", (signal) => this.#dial(signal));
  }

  /** The link there is, or null. */
  get present(): Link | null {
    return this.#link?.end === null ? this.#link : null;
  }

  /** Leaves a server that can't serve, for another one, if there is another. */
  leave(link: Link, error: HoldfastError): void {
    if (this.#urls.length > 1) link.close(error);
  }

  /**
   * A link, as soon as there is one.
   *
   * @throws {HoldfastError} `cancelled`; `closed`; why there was none by `untilMs`, or, at
   *   once, why no server would have us.
   */
  async link(untilMs: number, signal?: AbortSignal): Promise<Link> {
    if (signal?.aborted) throw cancelled();
    if (this.#isClosed) throw closed();
    if (this.present !== null) return this.present;
    const { clock } = this.#options.world;
    let timer: Timer | null = null;
    let abort = () => {};
    const waiting = new Promise<Link>((resolve, reject) => {
      const entry = { resolve, reject };
      const fail = (error: HoldfastError) => {
        this.#waiting.delete(entry);
        reject(error);
      };
      this.#waiting.add(entry);
      timer = clock.timer(Math.max(0, untilMs - clock.now()), () => fail(this.#failure));
      abort = () => fail(cancelled());
      signal?.addEventListener("abort", abort, { once: true });
    });
    try {
      return await waiting;
    } finally {
      (timer as Timer | null)?.cancel();
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Ends the link, and those who wait for one. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#link?.close(closed());
    this.#refuse(closed());
    await this.#scope.close();
  }

  #refuse(error: HoldfastError): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }

  async #dial(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.world;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const url = this.#urls[attempt % this.#urls.length]!;
      try {
        const link = await Link.open(url, this.#options, signal);
        this.#requireSameStore(link, url);
        const atMs = clock.now();
        this.#use(link);
        this.#failure = await link.ended;
        this.#link = null;
        if (clock.now() - atMs >= steadyMs) this.#backoff.reset();
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
        this.#failure = error;
        this.#refusals = refusals.has(error.code) ? this.#refusals + 1 : 0;
        if (this.#refusals >= this.#urls.length) this.#refuse(error);
      }
      if (signal.aborted) return;
      await clock.sleep(this.#backoff.next(), signal);
    }
  }

  #use(link: Link): void {
    this.#link = link;
    this.#refusals = 0;
    this.#onLink(link);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { resolve } of waiting) resolve(link);
  }

  #requireSameStore(link: Link, url: string): void {
    const { identity } = link.welcome;
    this.#identity ??= identity;
    if (equalBytes(this.#identity, identity)) return;
    const error = new HoldfastError("invalid_argument", `${url} serves another store than before`);
    link.close(error);
    throw error;
  }
}

function cancelled(): HoldfastError {
  return new HoldfastError("cancelled", "the transaction");
}

function closed(): HoldfastError {
  return new HoldfastError("closed", "the store");
}
