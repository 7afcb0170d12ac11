// One direction between two machines: all that goes from the one to the other.
//
// A message is not cut into packets that travel each on its own: that would cost
// an event for 1,460 bytes. How many packets it would be is counted, and what
// befalls any of them is drawn for the message as a whole:
// - a packet that is lost costs a retransmission timeout, twice as long while nothing passes;
// - one that is overtaken arrives a latency later, and what follows waits for it;
// - one that comes twice takes room on the link, and is thrown away.
// Not modelled: slow start and congestion, and the room that retransmissions take.
//
// What the profile does by nature and what a disturbance does beside it are drawn
// from two streams: leaving a fault out changes nothing of what nature does.
//
// Invariant:
//   L1  Bytes leave one after the other, at most `bytesPerSecond`.

import type { Random } from "@holdfast/std";
import type { Disturbances } from "./disturbance.ts";
import type { Ground } from "./ground.ts";
import { drawLatencyMs, type LinkProfile } from "./link_profile.ts";
import { retransmissionDelayMs, retransmissionTimeoutMs } from "./retries.ts";

const packetSizeBytes = 1_460;
const overheadSizeBytes = 64;

/** When something leaves, and when it is there. */
export interface Transit {
  /** When its last byte left for good: by then its sender may die. */
  departMs: number;
  /** Infinite where it is lost more often than its sender has patience. */
  arriveMs: number;
}

/** What a link needs to know. */
export interface LinkOptions {
  readonly from: string;
  readonly to: string;
  readonly profile: LinkProfile;
  readonly ground: Ground;
  readonly disturbances: Disturbances;
  readonly random: (name: string) => Random;
}

/** One direction between two machines. */
export class Link {
  readonly from: string;
  readonly to: string;
  profile: LinkProfile;
  readonly #ground: Ground;
  readonly #disturbances: Disturbances;
  readonly #isLoopback: boolean;
  readonly #random: Random;
  readonly #faultRandom: Random;
  #busyUntilMs = 0;
  #cutCount = 0;
  #cutSinceMs = 0;
  #slowNotedEpoch = 0;
  #narrowNotedEpoch = 0;

  constructor(options: LinkOptions) {
    const { from, to, random } = options;
    this.from = from;
    this.to = to;
    this.profile = options.profile;
    this.#ground = options.ground;
    this.#disturbances = options.disturbances;
    this.#isLoopback = from === to;
    this.#random = random(`link ${from} > ${to}`);
    this.#faultRandom = random(`disturbed link ${from} > ${to}`);
  }

  /** How long after it was sent something counts as lost. */
  get retransmissionDelayMs(): number {
    return retransmissionDelayMs + 2 * this.profile.latencyMsMedian;
  }

  /** Whether what arrives at `timeMs`, now or a while ago, is stopped by a cut. */
  isCutAt(timeMs: number): boolean {
    return this.#cutCount > 0 && this.#cutSinceMs <= timeMs;
  }

  /** Lets nothing through until the function that it returns is called; harmless twice. */
  cut(): () => void {
    if (this.#cutCount === 0) this.#cutSinceMs = this.#ground.nature.nowMs;
    this.#cutCount += 1;
    let isCut = true;
    return () => {
      if (isCut) this.#cutCount -= 1;
      isCut = false;
    };
  }

  /** Sends one packet that is too small to count, and says how long it takes. */
  drawLatencyMs(): number {
    const latencyMs = drawLatencyMs(this.profile, this.#random);
    const { latencyFactor, epoch } = this.#disturbances;
    if (latencyFactor === 1 || this.#isLoopback) return latencyMs;
    if (this.#slowNotedEpoch !== epoch) {
      this.#slowNotedEpoch = epoch;
      const text = `made what goes to ${this.to} take ${latencyFactor} times as long`;
      this.#ground.bites.note("slow_network", this.from, text);
    }
    return latencyMs * latencyFactor;
  }

  /** Sends `sizeBytes` and writes into `transit` what comes of it. */
  carry(sizeBytes: number, transit: Transit): void {
    const packets = Math.ceil((sizeBytes + 1) / packetSizeBytes);
    const carryMs = ((sizeBytes + overheadSizeBytes) * 1_000) / this.#bytesPerSecond();
    const departMs = Math.max(this.#ground.nature.nowMs, this.#busyUntilMs) + carryMs;
    this.#busyUntilMs = departMs;
    transit.departMs = departMs;
    transit.arriveMs = departMs + this.drawLatencyMs();
    const { lossRate, duplicationRate, reorderingRate } = this.profile;
    if (lossRate > 0) this.#lose(this.#drawLossMs(packets, lossRate, this.#random), transit);
    if (reorderingRate > 0 && this.#random.next() < anyOf(packets, reorderingRate)) {
      transit.arriveMs += this.drawLatencyMs();
    }
    if (duplicationRate > 0 && this.#random.next() < anyOf(packets, duplicationRate)) {
      this.#busyUntilMs += carryMs;
    }
    if (this.#disturbances.losesOrder && !this.#isLoopback) {
      this.#disturb(sizeBytes, carryMs, transit);
    }
  }

  #disturb(sizeBytes: number, carryMs: number, transit: Transit): void {
    const { lossRate, duplicationRate, reorderingRate } = this.#disturbances;
    const { bites } = this.#ground;
    const packets = Math.ceil((sizeBytes + 1) / packetSizeBytes);
    const random = this.#faultRandom;
    // Always three draws or more, so that one of the three rates disturbs the others little.
    const lossMs = this.#drawLossMs(packets, lossRate, random);
    const isReordered = random.next() < anyOf(packets, reorderingRate);
    const isDoubled = random.next() < anyOf(packets, duplicationRate);
    if (lossMs > 0) {
      this.#lose(lossMs, transit);
      bites.note("packet_loss", this.from, `lost some of ${sizeBytes} bytes to ${this.to}`);
    }
    if (isReordered) {
      transit.arriveMs += this.drawLatencyMs();
      bites.note("reordering", this.from, `held back ${sizeBytes} bytes to ${this.to}`);
    }
    if (isDoubled) {
      this.#busyUntilMs += carryMs;
      bites.note("duplication", this.from, `sent ${sizeBytes} bytes to ${this.to} twice`);
    }
  }

  // How long it takes until nothing of the message is lacking: of what is sent again a
  // part gets lost again. As in TCP, the wait doubles only after a round that got nothing
  // through (RFC 6298, section 5.7), so a large message is not punished for its size.
  #drawLossMs(packets: number, lossRate: number, random: Random): number {
    let delayMs = 0;
    let waitMs = this.retransmissionDelayMs;
    let left = packets;
    while (delayMs < retransmissionTimeoutMs && random.next() < anyOf(left, lossRate)) {
      delayMs += waitMs;
      const lost = Math.max(1, Math.round(left * lossRate));
      waitMs = lost < left ? this.retransmissionDelayMs : waitMs * 2;
      left = lost;
    }
    return delayMs;
  }

  #lose(delayMs: number, transit: Transit): void {
    transit.departMs += delayMs;
    transit.arriveMs += delayMs;
    if (delayMs >= retransmissionTimeoutMs) transit.arriveMs = Number.POSITIVE_INFINITY;
  }

  #bytesPerSecond(): number {
    const { bytesPerSecond } = this.profile;
    const { bytesPerSecondMax, epoch } = this.#disturbances;
    if (bytesPerSecondMax >= bytesPerSecond || this.#isLoopback) return bytesPerSecond;
    if (this.#narrowNotedEpoch !== epoch) {
      this.#narrowNotedEpoch = epoch;
      const text = `let at most ${bytesPerSecondMax} bytes/s through to ${this.to}`;
      this.#ground.bites.note("narrow_network", this.from, text);
    }
    return bytesPerSecondMax;
  }
}

// The probability that at least one of `count` meets what one meets with `rate`.
// By multiplication alone: powers of fractions are not rounded alike everywhere.
function anyOf(count: number, rate: number): number {
  let none = 1;
  let square = 1 - rate;
  for (let left = count; left > 0; left >>= 1) {
    if ((left & 1) === 1) none *= square;
    square *= square;
  }
  return 1 - none;
}
