// A machine's two clocks: how they stand to true time, which no process sees.
//
// Both run at one rate. The wall clock may also jump. A timer is set by the machine's
// own measure of time: where its clock runs fast, it fires early by everybody else's.

/** Where the wall clocks of all machines start, give or take each machine's own offset: 2026-01-01. */
const wallStartMs = 1_767_225_600_000;

/** What a new machine's clocks show. */
export interface ClockStart {
  /** What {@link MachineClock.now} shows when the run begins. */
  readonly nowMs: number;
  /** How far the wall clock is off. */
  readonly wallOffsetMs: number;
}

/** Offset, rate and jumps of one machine. */
export class MachineClock {
  readonly #trueNow: () => number;
  // Both clocks are straight lines of true time, which begin anew when the rate changes.
  #sinceMs = 0;
  #baseMs: number;
  #wallOffsetMs: number;
  #rate = 1;
  // Told once, when somebody first sees what a jump, or a drift, did.
  #onJumpSeen: (() => void) | null = null;
  #onDriftSeen: (() => void) | null = null;

  constructor(trueNow: () => number, start: ClockStart) {
    this.#trueNow = trueNow;
    this.#baseMs = start.nowMs;
    this.#wallOffsetMs = wallStartMs + start.wallOffsetMs - start.nowMs;
  }

  /** How fast the clocks run; 1 is right. */
  get rate(): number {
    return this.#rate;
  }

  /** Monotonic milliseconds. */
  now(): number {
    this.#tellOfDrift();
    return this.#read();
  }

  /** Milliseconds since 1970, as this machine believes. */
  wall(): number {
    const tell = this.#onJumpSeen;
    this.#onJumpSeen = null;
    tell?.();
    return Math.round(this.now() + this.#wallOffsetMs);
  }

  /** The true time in which this clock moves on by at least `durationMs`, if its rate stays. */
  trueDurationMs(durationMs: number): number {
    if (durationMs <= 0) return 0;
    this.#tellOfDrift();
    // A thousandth more than rounding could take away: a program that is woken a
    // breath too early would wait for that breath again, for ever.
    return durationMs / this.#rate + 0.001;
  }

  /** Has both clocks run `rate` times as fast as true time from now on; `onSeen` hears when somebody first reads one. */
  drift(rate: number, onSeen: () => void): void {
    this.#baseMs = this.#read();
    this.#sinceMs = this.#trueNow();
    this.#rate = rate;
    this.#onDriftSeen = onSeen;
  }

  /** Puts the wall clock forward, or back; `onSeen` hears when somebody first reads it. */
  jump(byMs: number, onSeen: () => void): void {
    this.#wallOffsetMs += byMs;
    this.#onJumpSeen = onSeen;
  }

  #read(): number {
    return this.#baseMs + (this.#trueNow() - this.#sinceMs) * this.#rate;
  }

  #tellOfDrift(): void {
    const tell = this.#onDriftSeen;
    this.#onDriftSeen = null;
    tell?.();
  }
}
