// The watches of a client: standing at whichever server it is connected to.
//
// A server's first signal comes at once, with the version from which on it watches. So
// what was committed while no server watched is signalled by that.

import { HoldfastError } from "@holdfast/std";
import type { Timer } from "@holdfast/world";
import { type Span, toKeyBytes } from "../../key.ts";
import type { CommitVersion, Watch } from "../../store.ts";
import { OpenWatch } from "../../watches.ts";
import { watchesPerConnectionMax } from "./limits.ts";
import type { Link, RemoteWorld } from "./link.ts";

/** After a server would not watch, it is asked again after this long. */
const againMs = 1_000;

interface Standing {
  readonly watch: OpenWatch;
  readonly span: Span;
  /** The newest signal. */
  changed: CommitVersion;
  timer: Timer | null;
}

/** See the head of this file. */
export class RemoteWatches {
  readonly #clock: RemoteWorld["clock"];
  readonly #present: () => Link | null;
  readonly #standing = new Map<number, Standing>();
  #last = 0;

  /** @param present - The link there is, or null. */
  constructor(clock: RemoteWorld["clock"], present: () => Link | null) {
    this.#clock = clock;
    this.#present = present;
  }

  /** @throws {HoldfastError} `overloaded`. */
  open(span: Span): Watch {
    if (this.#standing.size >= watchesPerConnectionMax) {
      const sentence = `${watchesPerConnectionMax} watches are open already`;
      throw new HoldfastError("overloaded", sentence);
    }
    this.#last += 1;
    const number = this.#last;
    const nothing = 0 as CommitVersion;
    const watch = new OpenWatch(nothing, () => this.#forget(number));
    this.#standing.set(number, { watch, span, changed: nothing, timer: null });
    const link = this.#present();
    if (link !== null) this.#ask(link, number);
    return watch;
  }

  /** Asks a new server for all of them. */
  stand(link: Link): void {
    for (const number of this.#standing.keys()) this.#ask(link, number);
  }

  /** Something in the range of a watch changed, by `version` at the latest. */
  changed(number: number, version: CommitVersion): void {
    const standing = this.#standing.get(number);
    // A server that lags behind the one before says nothing new.
    if (standing === undefined || version <= standing.changed) return;
    standing.changed = version;
    standing.watch.signal(version);
  }

  /** The server watches no more. */
  unwatched(number: number): void {
    const standing = this.#standing.get(number);
    if (standing === undefined) return;
    standing.timer?.cancel();
    standing.timer = this.#clock.timer(againMs, () => {
      const link = this.#present();
      if (link !== null) this.#ask(link, number);
    });
  }

  /** Closes all. */
  close(): void {
    for (const { watch } of [...this.#standing.values()]) watch.close();
  }

  #ask(link: Link, watch: number): void {
    const { start, end } = this.#standing.get(watch)!.span;
    link.send({ type: "watch", watch, start: toKeyBytes(start), end: toKeyBytes(end) });
  }

  #forget(number: number): void {
    this.#standing.get(number)?.timer?.cancel();
    this.#standing.delete(number);
    this.#present()?.send({ type: "unwatch", watch: number });
  }
}
