// How one transaction can depend on another, as bits of one byte.
//
//   ww   the second overwrote what the first wrote
//   wr   the second read what the first wrote
//   rw   the second overwrote what the first read (an anti-dependency)
//
// Each of these three also exists through a predicate. Process and real-time edges say
// which came first; they are no dependency of data.
// Source: Adya 1999, section 3.1; Alvaro & Kingsbury 2020, section 3.

export const ww = 1;
export const wr = 2;
export const rw = 4;
export const wwPredicate = 8;
export const wrPredicate = 16;
export const rwPredicate = 32;
export const processOrder = 64;
export const realTime = 128;

/** Writes over writes. */
export const anyWw = ww | wwPredicate;
/** Information that flowed from one transaction to another. */
export const flow = ww | wr | wwPredicate | wrPredicate;
/** Anti-dependencies. */
export const anyRw = rw | rwPredicate;

/** What an edge is called in a verdict. */
export type EdgeType =
  | "ww"
  | "wr"
  | "rw"
  | "ww-predicate"
  | "wr-predicate"
  | "rw-predicate"
  | "process"
  | "real-time";

/** Names of the bits, the strongest reason first: an edge is called by the first that it has. */
export const edgeTypes: readonly (readonly [number, EdgeType])[] = [
  [ww, "ww"],
  [wwPredicate, "ww-predicate"],
  [wr, "wr"],
  [wrPredicate, "wr-predicate"],
  [processOrder, "process"],
  [realTime, "real-time"],
  [rw, "rw"],
  [rwPredicate, "rw-predicate"],
];
