// Standing questions about ranges: has something in there changed?
//
// A signal is a version, not data: whoever wakes reads for himself. So a slow
// reader costs one number, however much was written meanwhile.

import { HoldfastError } from "@holdfast/std";
import { type KeyText, type Span, textAfter } from "./key.ts";
import type { Footprint } from "./read_set.ts";
import { type CommitVersion, type Watch, watchesMax } from "./store.ts";

/** All watches of a store. Those of one key are found in a Map, so thousands of them cost a commit nothing. */
export class Watches {
  readonly #byKey = new Map<KeyText, Set<OpenWatch>>();
  readonly #bySpan = new Map<OpenWatch, Span>();
  #count = 0;

  /** Watches `span` from `version` on. */
  open(span: Span, version: CommitVersion): Watch {
    if (this.#count >= watchesMax) {
      throw new HoldfastError("overloaded", `${watchesMax} watches are open already`);
    }
    this.#count += 1;
    const watch: OpenWatch = new OpenWatch(version, () => this.#forget(watch, span));
    if (!isOneKey(span)) {
      this.#bySpan.set(watch, span);
      return watch;
    }
    const same = this.#byKey.get(span.start);
    if (same === undefined) this.#byKey.set(span.start, new Set([watch]));
    else same.add(watch);
    return watch;
  }

  /** Signals those whose range `footprint` touches. */
  changed(version: CommitVersion, footprint: Pick<Footprint, "points" | "cleared">): void {
    const { points, cleared } = footprint;
    if (this.#byKey.size > 0) {
      points.visitAll((key) => this.#signalKey(key, version));
      if (cleared.size > 0) {
        for (const key of this.#byKey.keys()) {
          if (cleared.covers(key)) this.#signalKey(key, version);
        }
      }
    }
    for (const [watch, span] of this.#bySpan) {
      if (points.someIn(span.start, span.end) || cleared.intersects(span)) watch.signal(version);
    }
  }

  /** Closes every watch. */
  close(): void {
    for (const same of [...this.#byKey.values()]) for (const watch of [...same]) watch.close();
    for (const watch of [...this.#bySpan.keys()]) watch.close();
  }

  #signalKey(key: KeyText, version: CommitVersion): true {
    for (const watch of this.#byKey.get(key) ?? []) watch.signal(version);
    return true;
  }

  #forget(watch: OpenWatch, span: Span): void {
    this.#count -= 1;
    if (!isOneKey(span)) {
      this.#bySpan.delete(watch);
      return;
    }
    const same = this.#byKey.get(span.start);
    same?.delete(watch);
    if (same?.size === 0) this.#byKey.delete(span.start);
  }
}

function isOneKey(span: Span): boolean {
  return span.end === textAfter(span.start);
}

/** A watch; `signal` tells it that its range changed up to a version. */
export class OpenWatch implements Watch {
  /** Up to here the range may have changed. At the start that is all that was before. */
  #changed: CommitVersion;
  #waiter: { since: CommitVersion; resolve(version: CommitVersion | null): void } | null = null;
  #closed = false;
  readonly #forget: () => void;

  constructor(version: CommitVersion, forget: () => void) {
    this.#changed = version;
    this.#forget = forget;
  }

  next(since: CommitVersion): Promise<CommitVersion | null> {
    if (this.#waiter !== null) {
      const error = new HoldfastError("invalid_argument", "the watch is being waited for already");
      return Promise.reject(error);
    }
    if (this.#closed) return Promise.resolve(null);
    if (this.#changed > since) return Promise.resolve(this.#changed);
    return new Promise((resolve) => {
      this.#waiter = { since, resolve };
    });
  }

  signal(version: CommitVersion): void {
    this.#changed = version;
    if (this.#waiter !== null && version > this.#waiter.since) this.#settle(version);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#forget();
    this.#settle(null);
  }

  #settle(version: CommitVersion | null): void {
    const waiter = this.#waiter;
    this.#waiter = null;
    waiter?.resolve(version);
  }
}
