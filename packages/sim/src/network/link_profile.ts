// What a link is like: how long it takes, how much it carries, how often it fails.
//
// A latency is a part that never changes and a part that is drawn from a
// log-logistic distribution of shape 2, whose median is 1:
//
//     latency = median * (1 - jitter + jitter * L)      L = sqrt(u / (1 - u)), at most 100
//
// Its tail is long, as that of real networks is: L is 10 in one case of 100, and
// 32 in one of 1,000. It was taken rather than the usual log-normal because it
// needs a square root alone, which every machine rounds alike; exp and log it may
// not, and a run must be the same everywhere.

import { HoldfastError, type Random } from "@holdfast/std";

/** One direction of a link between two machines. */
export interface LinkProfile {
  /** Half of all packets are there after this, the other half later. In milliseconds. */
  readonly latencyMsMedian: number;
  /** Which share of the latency varies, 0 to 1. With 0.5, one packet of 100 takes 5.5 medians. */
  readonly jitter: number;
  /** The probability that a packet gets lost, 0 to 1; what is lost is sent again. */
  readonly lossRate: number;
  /** The probability that a packet comes twice, 0 to 1. */
  readonly duplicationRate: number;
  /** The probability that a packet is overtaken by those behind it, 0 to 1. */
  readonly reorderingRate: number;
  /** What it carries. All connections over it share that. */
  readonly bytesPerSecond: number;
}

/** Links as people know them. */
export const networkProfiles = {
  /** A wire in one building. */
  lan: {
    latencyMsMedian: 0.3,
    jitter: 0.2,
    lossRate: 0,
    duplicationRate: 0,
    reorderingRate: 0,
    bytesPerSecond: 125_000_000,
  },
  /** Between cities. */
  wan: {
    latencyMsMedian: 40,
    jitter: 0.05,
    lossRate: 0.000_1,
    duplicationRate: 0.000_01,
    reorderingRate: 0.000_5,
    bytesPerSecond: 12_500_000,
  },
  /** A telephone that moves. */
  mobile: {
    latencyMsMedian: 60,
    jitter: 0.4,
    lossRate: 0.005,
    duplicationRate: 0.000_1,
    reorderingRate: 0.005,
    bytesPerSecond: 1_250_000,
  },
  /** By way of a satellite that stands still. */
  satellite: {
    latencyMsMedian: 300,
    jitter: 0.05,
    lossRate: 0.005,
    duplicationRate: 0,
    reorderingRate: 0.001,
    bytesPerSecond: 1_250_000,
  },
  /** The last row of a full lecture hall. */
  badWifi: {
    latencyMsMedian: 20,
    jitter: 0.6,
    lossRate: 0.05,
    duplicationRate: 0.005,
    reorderingRate: 0.02,
    bytesPerSecond: 250_000,
  },
} as const satisfies Record<string, LinkProfile>;

/** From a machine to itself. */
export const loopbackProfile: LinkProfile = {
  latencyMsMedian: 0.02,
  jitter: 0.1,
  lossRate: 0,
  duplicationRate: 0,
  reorderingRate: 0,
  bytesPerSecond: 1_000_000_000,
};

const tailMax = 100;

/** Draws how long one packet takes, in milliseconds. Takes one number from `random`. */
export function drawLatencyMs(profile: LinkProfile, random: Random): number {
  const share = random.next();
  const tail = Math.min(Math.sqrt(share / (1 - share)), tailMax);
  return profile.latencyMsMedian * (1 - profile.jitter + profile.jitter * tail);
}

/** @throws {HoldfastError} `invalid_argument` where `profile` describes no link. */
export function requireProfile(profile: LinkProfile): void {
  const { latencyMsMedian, bytesPerSecond } = profile;
  if (!(latencyMsMedian >= 0 && latencyMsMedian < Number.POSITIVE_INFINITY)) {
    throw new HoldfastError("invalid_argument", `a median latency of ${latencyMsMedian} ms`);
  }
  requireBytesPerSecond(bytesPerSecond);
  requireRate("jitter", profile.jitter);
  requireRate("lossRate", profile.lossRate);
  requireRate("duplicationRate", profile.duplicationRate);
  requireRate("reorderingRate", profile.reorderingRate);
}

/** @throws {HoldfastError} `invalid_argument` where `rate` is no probability. */
export function requireRate(name: string, rate: number): void {
  if (rate >= 0 && rate <= 1) return;
  throw new HoldfastError("invalid_argument", `${name} is ${rate}, from 0 to 1`);
}

/** @throws {HoldfastError} `invalid_argument` where nothing would ever pass. */
export function requireBytesPerSecond(bytesPerSecond: number): void {
  if (bytesPerSecond > 0) return;
  throw new HoldfastError("invalid_argument", `a link that carries ${bytesPerSecond} bytes/s`);
}
