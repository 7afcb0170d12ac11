// Streams of chance, each named after what it is for.
//
// Were all chance of a run one stream, one draw more anywhere would change all
// that follows everywhere, and a schedule with one fault less would be another
// world. With a stream for each place only what the fault touched changes.

import { type Random, SeededRandom } from "@holdfast/std";

/** A stream that is a function of `seed` and `name` alone. */
export function namedRandom(seed: number, name: string): Random {
  // FNV-1a over the name, in two lanes, so that names of one seed don't meet.
  let low = 0x811c9dc5 ^ (seed >>> 0);
  let high = 0x050c5d1f ^ (Math.floor(seed / 0x1_0000_0000) >>> 0);
  for (let index = 0; index < name.length; index += 1) {
    const unit = name.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit ^ (low >>> 15), 0x01000193);
  }
  return new SeededRandom((high >>> 11) * 0x1_0000_0000 + (low >>> 0));
}
