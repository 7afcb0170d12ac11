// Judges small histories by the definitions: all partial orders that causality could be are
// tried, and all orders of what is before an operation. The guarantees of sessions are read
// off the closed causal order. Histories that are too large for that are judged by closing
// each order as a matrix.

import type { Guarantee, RegisterStep, TransactionOperation } from "@holdfast/check";

export type SessionOperation = TransactionOperation<RegisterStep>;

interface Access {
  readonly process: string;
  readonly isWrite: boolean;
  readonly key: string | number;
  readonly value: unknown;
}

/** A partial order: of each element, the set of those before it, as bits. */
type PartialOrder = readonly number[];

const ordersOf: PartialOrder[][] = [[[]]];

/** All partial orders of `size` elements. */
export function partialOrders(size: number): PartialOrder[] {
  const known = ordersOf[size];
  if (known !== undefined) return known;
  const last = size - 1;
  const found: PartialOrder[] = [];
  for (const order of partialOrders(last)) {
    for (let below = 0; below < 1 << last; below += 1) {
      for (let above = 0; above < 1 << last; above += 1) {
        if ((below & above) !== 0 || !fits(order, below, above)) continue;
        found.push([...order.map((row, e) => (above & (1 << e) ? row | (1 << last) : row)), below]);
      }
    }
  }
  ordersOf[size] = found;
  return found;
}

// Whether an element can be put above `below` and below `above`.
function fits(order: PartialOrder, below: number, above: number): boolean {
  return order.every((row, element) => {
    const bit = 1 << element;
    if ((below & bit) !== 0 && (row & ~below) !== 0) return false;
    if ((row & above) !== 0 && (above & bit) === 0) return false;
    return (above & bit) === 0 || (below & ~row) === 0;
  });
}

/** The guarantees that a history of single accesses, all answered, breaks. */
export function bruteForce(history: readonly SessionOperation[]): Set<Guarantee> {
  const accesses = history.map(({ process, output }): Access => {
    const [kind, key, value] = output![0]!;
    return { process, isWrite: kind === "w", key, value };
  });
  const broken = sessionsBroken(accesses);
  const sessions = accesses.map(({ process }, place) =>
    accesses.reduce(
      (row, other, earlier) =>
        other.process === process && earlier < place ? row | (1 << earlier) : row,
      0,
    ),
  );
  const causal = partialOrders(accesses.length).filter((order) =>
    order.every((row, place) => (sessions[place]! & ~row) === 0),
  );
  const isExplained = (order: PartialOrder, place: number, kept: number) =>
    linearize(accesses, order, { past: order[place]! | (1 << place), kept });
  const all = [...accesses.keys()];
  if (!causal.some((order) => all.every((place) => isExplained(order, place, 1 << place)))) {
    broken.add("causal");
  }
  const own = (place: number) => sessions[place]! | (1 << place);
  if (!causal.some((order) => all.every((place) => isExplained(order, place, own(place))))) {
    broken.add("causal-memory");
  }
  if (!causal.some((order) => converges(accesses, order))) broken.add("causal-plus");
  return broken;
}

// Whether some order of `past` explains what those of `kept` read.
function linearize(
  accesses: readonly Access[],
  order: PartialOrder,
  { past, kept }: { readonly past: number; readonly kept: number },
): boolean {
  const tryFrom = (done: number, state: ReadonlyMap<string | number, unknown>): boolean => {
    if (done === past) return true;
    return accesses.some(({ isWrite, key, value }, place) => {
      const bit = 1 << place;
      if ((past & bit) === 0 || (done & bit) !== 0) return false;
      if ((order[place]! & past & ~done) !== 0) return false;
      if (!isWrite && (kept & bit) !== 0 && (state.get(key) ?? null) !== value) return false;
      return tryFrom(done | bit, isWrite ? new Map(state).set(key, value) : state);
    });
  };
  return tryFrom(0, new Map());
}

// Whether one order of all explains each read by what is before it.
function converges(accesses: readonly Access[], order: PartialOrder): boolean {
  const full = (1 << accesses.length) - 1;
  const tryFrom = (done: number, sequence: readonly number[]): boolean => {
    if (done === full) return true;
    return accesses.some(({ isWrite, key, value }, place) => {
      const bit = 1 << place;
      if ((done & bit) !== 0 || (order[place]! & ~done) !== 0) return false;
      if (!isWrite) {
        const writes = sequence.filter(
          (other) =>
            (order[place]! & (1 << other)) !== 0 &&
            accesses[other]!.isWrite &&
            accesses[other]!.key === key,
        );
        const last = writes[writes.length - 1];
        if ((last === undefined ? null : accesses[last]!.value) !== value) return false;
      }
      return tryFrom(done | bit, [...sequence, place]);
    });
  };
  return tryFrom(0, []);
}

/** The same by bad patterns: matrices of what is before what, closed by trying each middle. */
export function patternsOf(history: readonly SessionOperation[]): Set<Guarantee> {
  const accesses = history.map(({ process, output }): Access => {
    const [kind, key, value] = output![0]!;
    return { process, isWrite: kind === "w", key, value };
  });
  const broken = sessionsBroken(accesses);
  const { before, writerOf } = closedOrder(accesses);
  const all = [...accesses.keys()];
  const writesOf = (read: number) =>
    all.filter((place) => accesses[place]!.isWrite && accesses[place]!.key === accesses[read]!.key);
  const reads = all.filter((place) => !accesses[place]!.isWrite);
  const isThin = (read: number) => writerOf[read] === -1 && accesses[read]!.value !== null;
  const isStale = (read: number) =>
    writesOf(read).some(
      (write) =>
        before[write]![read] &&
        write !== writerOf[read] &&
        (accesses[read]!.value === null || before[writerOf[read]!]?.[write]),
    );
  if (hasCycle(before) || reads.some(isThin) || reads.some(isStale)) {
    for (const each of ["causal", "causal-memory", "causal-plus"] as const) broken.add(each);
    return broken;
  }
  const newer = before.map((row): boolean[] => [...row]);
  for (const read of reads) {
    for (const write of writesOf(read)) {
      const seen = writerOf[read]!;
      if (seen !== -1 && write !== seen && before[write]![read]) newer[write]![seen] = true;
    }
  }
  close(newer);
  if (hasCycle(newer)) broken.add("causal-plus");
  if (all.some((last) => !isRemembered(last))) broken.add("causal-memory");
  return broken;

  function isRemembered(last: number): boolean {
    const takesPart = (place: number): boolean => place === last || before[place]![last]!;
    const order = before.map((row, a) =>
      row.map((is, b): boolean => is && takesPart(a) && takesPart(b)),
    );
    const own = reads.filter(
      (read) =>
        takesPart(read) && read <= last && accesses[read]!.process === accesses[last]!.process,
    );
    for (let isGrowing = true; isGrowing; ) {
      isGrowing = false;
      for (const read of own) {
        for (const write of writesOf(read)) {
          const seen = writerOf[read]!;
          if (write === seen || !order[write]![read]) continue;
          if (seen === -1) return false;
          if (order[write]![seen]) continue;
          order[write]![seen] = true;
          isGrowing = true;
        }
      }
      close(order);
    }
    return !hasCycle(order);
  }
}

function hasCycle(order: readonly (readonly boolean[])[]): boolean {
  return order.some((row, place) => row[place]);
}

function close(order: boolean[][]): void {
  for (const middle of order.keys()) {
    for (const row of order) {
      if (row[middle])
        order[middle]!.forEach((is, place) => {
          if (is) row[place] = true;
        });
    }
  }
}

function closedOrder(accesses: readonly Access[]) {
  const writerOf = accesses.map(({ isWrite, key, value }) =>
    isWrite
      ? -1
      : accesses.findIndex((other) => other.isWrite && other.key === key && other.value === value),
  );
  const inSession = (a: number, b: number) =>
    a < b && accesses[a]!.process === accesses[b]!.process;
  const before = accesses.map((_, a) =>
    accesses.map((__, b): boolean => inSession(a, b) || writerOf[b] === a),
  );
  close(before);
  return { before, writerOf, inSession };
}

function sessionsBroken(accesses: readonly Access[]): Set<Guarantee> {
  const broken = new Set<Guarantee>();
  const { before, writerOf, inSession } = closedOrder(accesses);
  // On a circle of causality, and behind one, what is older has no meaning.
  const all = [...accesses.keys()];
  const isDefined = (a: number) => !all.some((b) => before[b]![b] && (a === b || before[b]![a]));
  for (const [read, { isWrite, key, value, process }] of accesses.entries()) {
    const seen = writerOf[read]!;
    if (isWrite || (seen === -1 && value !== null) || !isDefined(read)) continue;
    const isStale = (missed: number) =>
      accesses[missed]!.isWrite &&
      accesses[missed]!.key === key &&
      missed !== seen &&
      (value === null || before[seen]![missed]!);
    const earlier = all.filter((place) => inSession(place, read));
    const readsBefore = earlier.filter((place) => !accesses[place]!.isWrite);
    const writesSeen = readsBefore.map((place) => writerOf[place]!).filter((write) => write !== -1);
    if (earlier.some(isStale)) broken.add("read-your-writes");
    if (writesSeen.some(isStale)) broken.add("monotonic-reads");
    for (const by of writesSeen) {
      if (accesses[by]!.process === process || accesses[by]!.key === key) continue;
      const past = all.filter((place) => inSession(place, by));
      if (past.some(isStale)) broken.add("monotonic-writes");
      if (past.some((place) => writerOf[place] !== -1 && isStale(writerOf[place]!))) {
        broken.add("writes-follow-reads");
      }
    }
  }
  return broken;
}
