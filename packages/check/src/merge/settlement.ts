// Eventual delivery: where the log says that everything was delivered, all hold the same.

import type { EventSet } from "./event_set.ts";
import type { Faults } from "./faults.ts";
import type { LogIndex } from "./log_index.ts";
import { idName, recordName } from "./names.ts";

interface Settled {
  readonly replica: string;
  readonly set: EventSet;
}

/** Compares what replicas hold where all is settled; they come one after the other. */
export class Settlement {
  readonly #index: LogIndex;
  readonly #faults: Faults;
  readonly #first = new Map<number, Settled>();

  constructor(index: LogIndex, faults: Faults) {
    this.#index = index;
    this.#faults = faults;
  }

  /** `replica` held `set` when the record at `place` said that all was settled. */
  settle(place: number, replica: string, set: EventSet): void {
    const first = this.#first.get(place);
    if (first === undefined) {
      this.#first.set(place, { replica, set: set.copy() });
      return;
    }
    this.#faults.judged("eventual-delivery");
    const [here] = set.without(first.set);
    const [there] = first.set.without(set);
    const only = here ?? there;
    if (only === undefined) return;
    const holder = here === undefined ? first.replica : replica;
    const lacking = here === undefined ? replica : first.replica;
    const id = this.#index.id(only.agent, only.from);
    this.#faults.add("eventual-delivery", {
      sentence: `${holder} holds event ${idName(id)}, and ${lacking} does not, where all was settled (${recordName(place)})`,
      places: [place],
      replicas: [holder, lacking],
      ids: [id],
      weight: place,
    });
  }
}
