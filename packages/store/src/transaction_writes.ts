// What one transaction wants written, before it is known at which version and upon what.
//
// Three sorts: writes whose values are known (a WriteSet); changes of values that stay as
// they are until the commit; and keys and values that hold the version of the commit.
//
// Invariants:
//   TW1  A key has at most one sort. What is written later replaces what was before.
//   TW2  Nothing is said of what is known only at the commit: it is refused to be read,
//        or to be cleared in part.

import { HoldfastError } from "@holdfast/std";
import { type KeyText, type Span, toKeyText } from "./key.ts";
import { applyMutation, applyMutations } from "./mutation.ts";
import { OrderedMap } from "./ordered_map.ts";
import type { CommitVersion, Mutation, VersionStamped } from "./store.ts";
import {
  maybeStamped,
  spanOfStamped,
  stampedBytes,
  stampedSizeBytes,
  unreadable,
} from "./version_stamp.ts";
import { WriteSet } from "./write_set.ts";

/** What each change counts for besides its operand, in bytes. */
const mutationCostBytes = 64;

/** Changes of one key, the newest first. */
interface Changes {
  readonly mutation: Mutation;
  readonly before: Changes | null;
  readonly sizeBytes: number;
}

/** What keys read as, at the moment that it was taken. */
export interface WritesView {
  /** A value, null where it is cleared, undefined where it is not written or only changed. */
  readonly lookup: (key: KeyText) => Uint8Array | null | undefined;
  readonly points: OrderedMap<Uint8Array | null>;
  /** What changes make of the value of the snapshot, for keys that are only changed. */
  readonly changes: OrderedMap<Changes>;
}

/** A key that is to hold the version of the commit, and its value. */
export interface StampedKey {
  readonly key: VersionStamped;
  readonly value: Uint8Array;
}

const noChanges: OrderedMap<Changes> = new OrderedMap();
const noStampedValues: OrderedMap<VersionStamped> = new OrderedMap();

/** See the head of this file. */
export class TransactionWrites {
  /** What is known already. */
  readonly known: WriteSet;
  /** Null as long as there are none. */
  #changes: OrderedMap<Changes> | null = null;
  #stampedKeys: StampedKey[] = [];
  /** Null as long as there are none. */
  #stampedValues: OrderedMap<VersionStamped> | null = null;
  readonly #since: CommitVersion;
  #laterBytes = 0;

  /**
   * @param since - The version that the transaction stands on.
   * @param known - What it begins with, and becomes its own.
   */
  constructor(since: CommitVersion, known = new WriteSet()) {
    this.#since = since;
    this.known = known;
  }

  /** Changes of values that are not known, in their order. */
  get changes(): OrderedMap<Changes> {
    return this.#changes ?? noChanges;
  }

  /** Whether it writes nothing, and declares nothing as written. */
  get isEmpty(): boolean {
    const { keys, values } = this.stamped;
    const later = this.changes.size + keys.length + values.size;
    return later === 0 && this.known.isEmpty && this.known.declared.size === 0;
  }

  /** Bytes of keys, values and operands, and of the ends of ranges. */
  get sizeBytes(): number {
    return this.known.sizeBytes + this.#laterBytes;
  }

  /** How many keys it writes. */
  get count(): number {
    const { keys, values } = this.stamped;
    return this.known.points.size + this.changes.size + keys.length + values.size;
  }

  /** The same as `sizeBytes`, with the values that it changes: those of `group`, where that is given and has them. */
  sizeBytesUpon(
    values: ReadonlyMap<KeyText, Uint8Array | null>,
    group: WriteSet | null = null,
  ): number {
    let sizeBytes = this.sizeBytes;
    if (this.changes.size === 0) return sizeBytes;
    this.changes.visitAll((key) => {
      const own = group?.lookup(key);
      sizeBytes += (own === undefined ? values.get(key) : own)?.length ?? 0;
      return true;
    });
    return sizeBytes;
  }

  /** `value` is kept as it is: the caller must not change it afterwards. */
  set(key: KeyText, value: Uint8Array | null): void {
    this.#forget(key);
    this.known.set(key, value);
  }

  /** @throws {HoldfastError} `invalid_argument` where a stamped key may lie in it, or not. */
  clearSpan(span: Span): void {
    const within = (place: Span) => span.start <= place.start && place.end <= span.end;
    const apart = (place: Span) => place.end <= span.start || span.end <= place.start;
    const places = this.#stampedKeys.map(({ key }) => spanOfStamped(key, this.#since));
    if (!places.every((place) => within(place) || apart(place))) {
      throw new HoldfastError(
        "invalid_argument",
        "the range cuts through where a key with the version of this commit may lie",
      );
    }
    this.#stampedKeys = this.#stampedKeys.filter((stamped, index) => {
      if (apart(places[index]!)) return true;
      this.#laterBytes -= sizeOfStamped(stamped);
      return false;
    });
    for (const key of this.changes.keysIn(span.start, span.end)) this.#forget(key);
    for (const key of this.stamped.values.keysIn(span.start, span.end)) this.#forget(key);
    this.known.clearSpan(span);
  }

  /** Changes the value of `key` by `mutation`: now, where it is known, or at the commit. */
  change(key: KeyText, mutation: Mutation): void {
    if (this.stamped.values.get(key) !== undefined) throw unreadable("the value holds");
    const value = this.known.lookup(key);
    if (value !== undefined) {
      this.known.set(key, applyMutation(value, mutation));
      return;
    }
    const before = this.changes.get(key) ?? null;
    const addedBytes =
      mutation.operand.length + mutationCostBytes + (before === null ? key.length : 0);
    const sizeBytes = (before?.sizeBytes ?? 0) + addedBytes;
    this.#changes ??= new OrderedMap();
    this.#changes.set(key, { mutation, before, sizeBytes });
    this.#laterBytes += addedBytes;
  }

  /** Sets a key that holds the version of the commit. */
  setStampedKey(key: VersionStamped, value: Uint8Array): void {
    const stamped = { key, value };
    this.#stampedKeys.push(stamped);
    this.#laterBytes += sizeOfStamped(stamped);
  }

  /** Sets `key` to a value that holds the version of the commit. */
  setStampedValue(key: KeyText, value: VersionStamped): void {
    this.#forget(key);
    // What was cleared or set before is replaced; it stays written until then.
    this.known.set(key, null);
    this.#stampedValues ??= new OrderedMap();
    this.#stampedValues.set(key, value);
    this.#laterBytes += stampedSizeBytes(value);
  }

  /**
   * What `key` reads as: a value, null where it is cleared, undefined where it is not
   * written or only changed.
   *
   * @throws {HoldfastError} `invalid_argument` where it can't be known before the commit.
   */
  lookup(key: KeyText): Uint8Array | null | undefined {
    if (this.stamped.values.get(key) !== undefined) throw unreadable("the value holds");
    if (this.#stampedKeys.some(({ key: stamped }) => maybeStamped(stamped, this.#since, key))) {
      throw unreadable("the key may be one that holds");
    }
    return this.known.lookup(key);
  }

  /** @throws {HoldfastError} `invalid_argument` where something in `span` can't be known before the commit. */
  checkReadable(span: Span): void {
    if (this.stamped.values.someIn(span.start, span.end)) throw unreadable("a value holds");
    for (const { key } of this.#stampedKeys) {
      const { start, end } = spanOfStamped(key, this.#since);
      if (start < span.end && span.start < end)
        throw unreadable("the range may have a key that holds");
    }
  }

  /** What a value of the snapshot becomes by the changes of its key, as they are now. */
  changerOf(key: KeyText): ((value: Uint8Array | null) => Uint8Array | null) | null {
    const changes = this.changes.get(key);
    return changes === undefined ? null : (value) => applyMutations(value, inOrder(changes));
  }

  /** What is written now; later writes don't show in it. O(1). */
  view(): WritesView {
    const known = this.known.view();
    return { ...known, changes: this.changes.snapshot() };
  }

  /** Keys whose value the commit needs. */
  changedKeys(): KeyText[] {
    const keys: KeyText[] = [];
    this.changes.visitAll((key) => {
      keys.push(key);
      return true;
    });
    return keys;
  }

  /** Keys and values that are to hold the version of the commit. */
  get stamped(): {
    readonly keys: readonly StampedKey[];
    readonly values: OrderedMap<VersionStamped>;
  } {
    return { keys: this.#stampedKeys, values: this.#stampedValues ?? noStampedValues };
  }

  /**
   * Adds all of it to `group`, at `version`, and to `alone` where that is given.
   *
   * @param values - What stood before the group; what is missing, was.
   */
  addTo(
    group: WriteSet,
    version: CommitVersion,
    values: ReadonlyMap<KeyText, Uint8Array | null>,
    alone: WriteSet | null = null,
  ): void {
    const set = (key: KeyText, value: Uint8Array | null) => {
      group.set(key, value);
      alone?.set(key, value);
    };
    group.absorb(this.known);
    alone?.absorb(this.known);
    this.changes.visitAll((key, changes) => {
      const own = group.lookup(key);
      const value = own === undefined ? (values.get(key) ?? null) : own;
      set(key, applyMutations(value, inOrder(changes)));
      return true;
    });
    this.#stampedValues?.visitAll((key, value) => {
      set(key, stampedBytes(value, version));
      return true;
    });
    for (const { key, value } of this.#stampedKeys) {
      set(toKeyText(stampedBytes(key, version)), value);
    }
  }

  #forget(key: KeyText): void {
    this.#laterBytes -= this.#changes?.delete(key)?.sizeBytes ?? 0;
    const stamped = this.#stampedValues?.delete(key);
    if (stamped !== undefined) this.#laterBytes -= stampedSizeBytes(stamped);
  }
}

function sizeOfStamped({ key, value }: StampedKey): number {
  return stampedSizeBytes(key) + value.length;
}

/** The oldest first. */
export function inOrder(changes: Changes): readonly Mutation[] {
  const mutations: Mutation[] = [];
  for (let at: Changes | null = changes; at !== null; at = at.before) mutations.push(at.mutation);
  return mutations.reverse();
}
