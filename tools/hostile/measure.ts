// How much memory input makes a decoder take. For scripts that `runProbe` starts:
// each call of `measureDecoder` prints a line of JSON.
//
//   allocated   all that the call allocated: the young generation is large enough
//               that nothing is collected meanwhile. For input that is refused.
//   kept        what the answer, and the document, hold on to after a collection. For
//               input that is dense, but true.
//
// Inputs of more than about 200 KiB fill the young generation, and "allocated" then
// says too little.

import { isHoldfastError } from "@holdfast/std";

/** What is counted of a call. */
export type Measure = "allocated" | "kept";

/** One measurement: a line that a probe prints. */
export interface MeasureRow {
  readonly name: string;
  readonly measure: Measure;
  readonly inputBytes: number;
  /** Of one call. */
  readonly bytes: number;
}

const warmUps = 40;
const batches = 3;
const batchSize = 8;

/** Measures the decoder that `prepare` makes; it is made anew for each call, before the counting. */
export function measureDecoder(
  name: string,
  measure: Measure,
  input: Uint8Array,
  prepare: () => (input: Uint8Array) => unknown,
): void {
  let bytes = Number.POSITIVE_INFINITY;
  const call = (act: (input: Uint8Array) => unknown): unknown => {
    try {
      return act(input);
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      return null;
    }
  };
  // Until the engine's own caches are full; then the mean of a batch, and the least of several.
  if (measure === "allocated") for (let count = 0; count < warmUps; count += 1) call(prepare());
  for (let batch = 0; batch < batches; batch += 1) {
    const acts = Array.from({ length: batchSize }, prepare);
    const answers: unknown[] = [];
    globalThis.gc!();
    const before = used();
    for (const act of acts) answers.push(call(act));
    if (measure === "kept") globalThis.gc!();
    bytes = Math.min(bytes, Math.ceil((used() - before) / batchSize));
    answers.length = 0;
    acts.length = 0;
  }
  const row: MeasureRow = { name, measure, inputBytes: input.length, bytes };
  process.stdout.write(`${JSON.stringify(row)}\n`);
}

function used(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
