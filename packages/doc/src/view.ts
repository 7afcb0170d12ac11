// Documents as they were: read-only, on one version.

import type { EventId } from "@holdfast/causality";
import type { History } from "./history/history.ts";
import { ListView } from "./list.ts";
import { MapView } from "./map_container.ts";
import type { DocumentState } from "./state/document_state.ts";
import { TextView } from "./text.ts";

/** A document on one version. What happens to the document later does not change it. */
export class DocView {
  readonly #history: History;
  readonly #state: DocumentState;

  constructor(history: History, state: DocumentState) {
    this.#history = history;
    this.#state = state;
  }

  /** The version, in order of agents. */
  version(): readonly EventId[] {
    return this.#history.ids(this.#state.frontier);
  }

  /** The text of this name; empty where it was never edited. */
  text(name: string): TextView {
    return new TextView(name, this.#state);
  }

  /** The list of this name; empty where it was never edited. */
  list(name: string): ListView {
    return new ListView(name, this.#state);
  }

  /** The map of this name; empty where nothing was ever set. */
  map(name: string): MapView {
    return new MapView(name, this.#history, this.#state);
  }
}
