// Where a moment lies on the page: time downwards, in pixels from the top.
//
// Linear, each millisecond is as high as any other. Folded, a stretch in which nothing
// is shown to happen, and that is higher than a fold, is drawn as one fold of fixed
// height: between folds the scale is the same everywhere, so slopes can be compared.
//
//   time   |--a--b-------------------------c-d--|
//   page   |--a--b-~-c-d--|                        ~ is the fold
//
// Invariants:
//   TA1  A later moment is never higher than an earlier one.
//   TA2  `timeAt` undoes `yOf`.
//   TA3  No moment that is given lies inside of a fold.

/** A stretch that is folded. */
export interface Fold {
  readonly fromMs: number;
  readonly toMs: number;
  readonly y: number;
}

/** A moment that the axis names. */
export interface Tick {
  readonly atMs: number;
  readonly y: number;
}

/** How an axis is made. */
export interface TimeAxisOptions {
  readonly pxPerMs: number;
  readonly isFolded: boolean;
  /** The first moment and the last. */
  readonly span: readonly [fromMs: number, toMs: number];
  /** When something happens, ascending. */
  readonly timesMs: ArrayLike<number>;
}

/** Height of a fold, whatever it hides. */
export const foldPx = 26;
const foldMarginPx = 14;
const edgePx = 28;
const tickPx = 64;
/** Browsers draw no elements that are higher. */
const heightPxMax = 8_000_000;

/** Moments to heights, and back. */
export class TimeAxis {
  readonly pxPerMs: number;
  readonly folds: readonly Fold[];
  readonly heightPx: number;
  // Between these moments the axis is a straight line.
  readonly #ms: number[];
  readonly #y: number[];

  constructor(options: TimeAxisOptions) {
    let pieces = layOut(options, options.pxPerMs);
    let pxPerMs = options.pxPerMs;
    while (pieces.heightPx > heightPxMax && pxPerMs > Number.MIN_VALUE) {
      pxPerMs *= (0.9 * heightPxMax) / pieces.heightPx;
      pieces = layOut(options, pxPerMs);
    }
    this.pxPerMs = pxPerMs;
    this.folds = pieces.folds;
    this.heightPx = pieces.heightPx;
    this.#ms = pieces.ms;
    this.#y = pieces.y;
  }

  /** The height of a moment; outside of the span, of the nearest inside. */
  yOf(atMs: number): number {
    return between(this.#ms, this.#y, atMs);
  }

  /** The moment at a height. */
  timeAt(y: number): number {
    return between(this.#y, this.#ms, y);
  }

  /** Round moments between two heights, far enough apart to be named. */
  ticks(top: number, bottom: number): Tick[] {
    const stepMs = roundUp(tickPx / this.pxPerMs);
    const ticks: Tick[] = [];
    let lastY = Number.NEGATIVE_INFINITY;
    for (let piece = Math.max(0, above(this.#y, top) - 1); piece < this.#y.length - 1; piece += 1) {
      const [fromMs, toMs] = [this.#ms[piece]!, this.#ms[piece + 1]!];
      const [fromY, toY] = [this.#y[piece]!, this.#y[piece + 1]!];
      if (fromY > bottom) break;
      if (this.#isFold(fromMs, fromY, toMs, toY)) continue;
      const visibleMs = Math.max(fromMs, this.timeAt(top));
      for (let count = Math.max(0, Math.ceil(visibleMs / stepMs - 1e-9)); ; count += 1) {
        const atMs = count * stepMs;
        const y = this.yOf(atMs);
        if (atMs > toMs + 1e-9 || y > bottom) break;
        if (y - lastY >= tickPx / 4) ticks.push({ atMs, y });
        if (y - lastY >= tickPx / 4) lastY = y;
      }
    }
    return ticks;
  }

  #isFold(fromMs: number, fromY: number, toMs: number, toY: number): boolean {
    return (toMs - fromMs) * this.pxPerMs > (toY - fromY) * 1.01;
  }
}

interface Pieces {
  readonly ms: number[];
  readonly y: number[];
  readonly folds: Fold[];
  readonly heightPx: number;
}

function layOut({ span, timesMs, isFolded }: TimeAxisOptions, pxPerMs: number): Pieces {
  const [fromMs, toMs] = span;
  const marginMs = foldMarginPx / pxPerMs;
  const foldFromMs = (2 * foldMarginPx + 1.5 * foldPx) / pxPerMs;
  const pieces = { ms: [fromMs], y: [edgePx], folds: [] as Fold[] };
  const go = (atMs: number): number => {
    const y = pieces.y.at(-1)! + (atMs - pieces.ms.at(-1)!) * pxPerMs;
    pieces.ms.push(atMs);
    pieces.y.push(y);
    return y;
  };
  let lastMs = fromMs;
  for (let index = 0; isFolded && index <= timesMs.length; index += 1) {
    const atMs = index === timesMs.length ? toMs : timesMs[index]!;
    if (atMs - lastMs > foldFromMs) {
      const fold = { fromMs: lastMs + marginMs, toMs: atMs - marginMs };
      const y = go(fold.fromMs);
      pieces.ms.push(fold.toMs);
      pieces.y.push(y + foldPx);
      pieces.folds.push({ ...fold, y });
    }
    lastMs = Math.max(lastMs, atMs);
  }
  const bottom = toMs > fromMs ? go(toMs) : edgePx;
  return { ...pieces, heightPx: bottom + edgePx };
}

/** The least of 1, 2 and 5 times a power of ten that is not below `value`. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((digit) => digit * power >= value * (1 - 1e-9));
  return (step ?? 10) * power;
}

/** The first index whose value is greater; values ascend. */
function above(values: readonly number[], value: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

function between(from: readonly number[], to: readonly number[], value: number): number {
  const next = above(from, value);
  if (next === 0) return to[0]!;
  if (next === from.length) return to[next - 1]!;
  const [low, high] = [from[next - 1]!, from[next]!];
  return to[next - 1]! + ((value - low) / (high - low)) * (to[next]! - to[next - 1]!);
}
