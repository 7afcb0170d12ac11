// Durations in buckets that are 1/64 of their size wide: any quantile within 1.6 %.

const stepsInOctave = 64;
const octaves = 40;

/** Durations in nanoseconds, 1 to 2^40. */
export class Histogram {
  readonly #counts = new Float64Array(stepsInOctave * octaves);
  #count = 0;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  get max(): number {
    return this.#max;
  }

  add(nanoseconds: number): void {
    const duration = Math.max(1, nanoseconds);
    const octave = Math.min(octaves - 1, Math.floor(Math.log2(duration)));
    const step = Math.min(
      stepsInOctave - 1,
      Math.floor((duration / 2 ** octave - 1) * stepsInOctave),
    );
    this.#counts[octave * stepsInOctave + step]! += 1;
    this.#count += 1;
    if (nanoseconds > this.#max) this.#max = nanoseconds;
  }

  /** The least bucket's end that `share` (0 to 1) of all durations do not exceed. */
  quantile(share: number): number {
    let left = share * this.#count;
    for (const [index, count] of this.#counts.entries()) {
      left -= count;
      if (count > 0 && left <= 0) {
        const octave = Math.floor(index / stepsInOctave);
        const end = 2 ** octave * (1 + ((index % stepsInOctave) + 1) / stepsInOctave);
        return Math.min(end, this.#max);
      }
    }
    return this.#max;
  }
}
