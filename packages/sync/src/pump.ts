// Reads from the holdings what goes out, document after document, and only as
// fast as the other side takes it. One for each session.
//
// A document that has much to send lets the others have their turn after
// `turnSizeBytes`, so that a keystroke never waits for a long history.

import type { VersionVector } from "@holdfast/causality";
import type { DocumentId } from "@holdfast/doc";
import { isHoldfastError } from "@holdfast/std";
import { Queue } from "@holdfast/world";
import type { ChannelId } from "./frame.ts";
import type { Arrival, HeldBundle, Holdings } from "./holdings.ts";
import type { Refusal } from "./session.ts";
import type { Wire } from "./wire.ts";

/** What to read for one channel. */
export interface ReadRequest {
  readonly channel: ChannelId;
  readonly document: DocumentId;
  readonly since: VersionVector;
  readonly after: Arrival;
}

/** Where what was read goes to. */
export interface PumpSink {
  /** Takes the next piece; false where no more should be read for now. */
  held(channel: ChannelId, piece: HeldBundle): boolean;
  /** A request is done; `more` where it had its turn and is not at its end. */
  readEnded(channel: ChannelId, more: boolean): void;
  /** A request failed. */
  readFailed(channel: ChannelId, refusal: Refusal): void;
  /** What was gathered must leave: the reader is about to wait. */
  flush(): void;
}

/** Bytes after which a document's turn ends. */
const turnSizeBytes = 262_144;

/** Carries out read requests, one at a time. */
export class Pump {
  readonly #holdings: Holdings;
  readonly #wire: Wire;
  readonly #sink: PumpSink;
  // Each channel has at most one request under way, so this holds few.
  readonly #requests = new Queue<ReadRequest>(Number.POSITIVE_INFINITY);
  #stopped = false;

  constructor(holdings: Holdings, wire: Wire, sink: PumpSink) {
    this.#holdings = holdings;
    this.#wire = wire;
    this.#sink = sink;
  }

  /** Has `request` carried out after those that wait. */
  read(request: ReadRequest): void {
    this.#requests.push(request);
  }

  /** Ends {@link run} before its next piece. */
  stop(): void {
    this.#stopped = true;
    this.#requests.end();
  }

  /** Works until {@link stop}. Rejects only with what is not a HoldfastError. */
  async run(): Promise<void> {
    for (
      let next = await this.#requests.take();
      next !== null;
      next = await this.#requests.take()
    ) {
      if (this.#stopped) return;
      try {
        const more = await this.#carryOut(next);
        if (!this.#stopped) this.#sink.readEnded(next.channel, more);
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
        const refusal = { code: error.code, sentence: error.message };
        if (!this.#stopped) this.#sink.readFailed(next.channel, refusal);
      }
    }
  }

  async #carryOut({ channel, document, since, after }: ReadRequest): Promise<boolean> {
    let turnBytes = 0;
    for await (const piece of this.#holdings.read(document, since, after)) {
      if (this.#stopped) return false;
      if (!this.#sink.held(channel, piece)) return false;
      turnBytes += piece.bytes.length;
      if (this.#wire.congested) {
        this.#sink.flush();
        await this.#wire.room();
      }
      if (turnBytes >= turnSizeBytes) return true;
    }
    return false;
  }
}
