// What a conformance case is, and the few words that cases are written in.

import { decodeUtf8, type ErrorCode, encodeUtf8, isHoldfastError } from "@holdfast/std";
import type { KeyRange, RangeOptions, Row, Snapshot, Store, Transaction } from "../store.ts";

/** The driver under test. */
export interface Harness {
  /** Lets `ms` pass on the clock that the store goes by: by waiting, or by setting it. */
  elapse(ms: number): Promise<void>;
  /** A new, empty store. The case closes it. */
  open(): Promise<Store>;
  /** Closes `store` and opens it again, with all that it held; null where nothing stays. */
  readonly reopen: ((store: Store) => Promise<Store>) | null;
}

/** One promise of the contract, tried. */
export interface ConformanceCase {
  /** Begins with the rule of SPEC.md. */
  readonly title: string;
  /** Set where it makes no sense for a driver without `Harness.reopen`. */
  readonly needsReopen: boolean;
  /** Resolves where the promise held. */
  run(harness: Harness): Promise<void>;
}

/** A case for any driver. */
export function test(title: string, run: ConformanceCase["run"]): ConformanceCase {
  return { title, needsReopen: false, run };
}

/** A promise of the contract that did not hold. */
export class ConformanceError extends Error {
  constructor(sentence: string) {
    super(sentence);
    this.name = "ConformanceError";
  }
}

/** Bytes of `text`. */
export const b = encodeUtf8;

/** The range between two texts. */
export function between(start: string, end: string): KeyRange {
  return { start: b(start), end: b(end) };
}

/** The value of a key as text, or null. */
export async function textOf(from: Snapshot, key: string): Promise<string | null> {
  const value = await from.get(b(key));
  return value === null ? null : decodeUtf8(value);
}

/** Rows as `key=value`, joined by spaces. */
export async function rowsOf(
  from: Snapshot,
  range: KeyRange,
  options: RangeOptions = { limitRows: 10_000 },
): Promise<string> {
  return show(await from.range(range, options));
}

/** `key=value`, joined by spaces. */
export function show(rows: readonly Row[]): string {
  return rows.map((row) => `${decodeUtf8(row.key)}=${decodeUtf8(row.value)}`).join(" ");
}

/** Sets each key of `rows` in one transaction. */
export async function put(store: Store, rows: Readonly<Record<string, string>>): Promise<void> {
  await store.transact((tx) => {
    for (const [key, value] of Object.entries(rows)) tx.set(b(key), b(value));
  });
}

/** Runs `fn`, and `meanwhile` once after its reads and before its commit; how often `fn` ran. */
export async function runsOf(
  store: Store,
  fn: (tx: Transaction) => Promise<void>,
  meanwhile: () => Promise<unknown>,
): Promise<number> {
  let runs = 0;
  await store.transact(async (tx) => {
    runs += 1;
    await fn(tx);
    if (runs === 1) await meanwhile();
  });
  return runs;
}

/** @throws {ConformanceError} Where the two differ. */
export function same<T extends string | number | boolean | null>(
  actual: T,
  expected: T,
  what: string,
): void {
  if (actual !== expected) {
    throw new ConformanceError(
      `${what}: got ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`,
    );
  }
}

/** @throws {ConformanceError} Unless `work` fails with `code`. */
export async function fails(
  code: ErrorCode,
  work: () => unknown,
  what: string = "the call",
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isHoldfastError(error, code)) return;
    throw new ConformanceError(`${what} failed with ${String(error)}, not with ${code}`);
  }
  throw new ConformanceError(`${what} succeeded; it should fail with ${code}`);
}

/** Runs `work` on a new store, and closes it. */
export function onStore(
  work: (store: Store, harness: Harness) => Promise<void>,
): ConformanceCase["run"] {
  return async (harness) => {
    const store = await harness.open();
    try {
      await work(store, harness);
    } finally {
      await store.close();
    }
  };
}

/** A promise that is resolved from outside. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

/** A closed gate. */
export function gate(): Gate {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
