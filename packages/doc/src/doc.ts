// A document that merges: one replica of it.
//
// What it promises (SPEC.md has the rules): replicas that hold the same events show
// the same; a bundle is taken in whole or not at all, any number of times, in any
// order that its dependencies allow; and everything that changes what can be
// seen reaches subscribers as one patch.

import {
  type AgentId,
  dominators,
  type EventId,
  type EventRun,
  type LocalRange,
  type VersionVector,
} from "@holdfast/causality";
import { HoldfastError } from "@holdfast/std";
import { type Bundle, type DocumentId, decodeBundle, encodeBundle } from "./bundle/bundle.ts";
import { cutBundles } from "./bundle/bundle_cutter.ts";
import { missingEvents } from "./bundle/intake.ts";
import { encodeSection } from "./bundle/section.ts";
import { checkContainerName, documentSizeBytesMax } from "./content/limits.ts";
import { isLowSurrogate } from "./content/surrogates.ts";
import { Editor, type LocalChange, runNow } from "./editor.ts";
import { encodeDocument, encodeDocumentAppend, openDocument } from "./file/document_file.ts";
import type { Stretch } from "./history/operation.ts";
import { type DocVersion, listVersions } from "./history/version_list.ts";
import { List } from "./list.ts";
import { MapContainer } from "./map_container.ts";
import { mergeBundle } from "./remote_change.ts";
import type { ChangeRecord } from "./state/change_record.ts";
import { deletedInserts } from "./state/deleted_inserts.ts";
import { DocumentState } from "./state/document_state.ts";
import { verifyDocument } from "./state/document_verify.ts";
import type { Patch, PatchSource } from "./state/patch.ts";
import { Subscribers } from "./subscribers.ts";
import { Text } from "./text.ts";
import { UndoStack } from "./undo.ts";
import { DocView } from "./view.ts";

/** What a document is made from. */
export interface DocOptions {
  readonly document: DocumentId;
  /** Writer of local edits. Never the same in two replicas that live at once. */
  readonly agent: AgentId;
  /** Told of what a subscriber throws; else it is dropped. */
  readonly onSubscriberError?: (error: unknown) => void;
}

/** How to read a document file. */
export interface DecodeOptions extends Omit<DocOptions, "document"> {
  readonly verify?: boolean;
}

/** How to write a document file. */
export interface EncodeOptions {
  /**
   * False: text that is deleted is left out. A document that is read from such a file goes on as
   * any other, but can't give the events with that text to others. Values that lists and maps had
   * stay. True by default.
   */
  readonly deletedText?: boolean;
}

/** How to make a change. */
export interface ChangeOptions {
  /** What the patch says of where it came from; `local` by default. */
  readonly origin?: string;
  /**
   * False: `undo` passes over it. `join`: it is undone together with the change before
   * it, where there is one to undo and nothing was undone since. True by default.
   */
  readonly undo?: boolean | "join";
}

/** A change that was made here. */
export interface Change {
  readonly run: EventRun;
  readonly patch: Patch;
  /** Its events as one bundle of any size, encoded on each call. */
  bundle(): Uint8Array;
  /** Its events as bundles of at most `bundleSizeBytesMax`, in order: to send. Nearly always one. */
  bundles(): readonly Uint8Array[];
}

/** What became of a bundle. */
export interface Applied {
  /** Events that were new, one run for each agent. */
  readonly applied: readonly EventRun[];
  /** Events that it builds on and that are not here. Where there are any, nothing was applied. */
  readonly missing: readonly EventId[];
}

/** A replica of a document. */
export class Doc {
  readonly document: DocumentId;
  readonly agent: AgentId;
  #editor: Editor;
  #undo: UndoStack;
  readonly #subscribers: Subscribers;
  readonly #texts = new Map<string, Text>();
  readonly #lists = new Map<string, List>();
  readonly #maps = new Map<string, MapContainer>();

  constructor(options: DocOptions) {
    this.document = options.document;
    this.agent = options.agent;
    this.#editor = new Editor(options.agent);
    this.#undo = new UndoStack(this.#editor);
    this.#subscribers = new Subscribers(options.onSubscriberError);
  }

  /**
   * Reads a document file. Its texts are believed, and its history is read when something asks for
   * it: what is wrong there comes out as `corrupt` then, and changes nothing. The undo stack
   * begins empty. `bytes` is kept until then, and must not change. O(head of the file), and
   * O(history) where blocks were appended.
   *
   * @param options - `verify`: replay the history now, and see whether its texts are what it adds
   *   up to. For files that others had in hands.
   * @throws {HoldfastError} `truncated`, `corrupt`, `too_large`,
   *   `unsupported_version`, `invalid_operation`.
   */
  static decode(bytes: Uint8Array, options: DecodeOptions): Doc {
    const file = openDocument(bytes);
    if (options.verify === true) verifyDocument(file);
    const doc = new Doc({ ...options, document: file.document });
    doc.#editor = new Editor(options.agent, file);
    doc.#undo = new UndoStack(doc.#editor);
    return doc;
  }

  /**
   * The text of this name; empty until somebody edits it. A list or a map of the same name is another thing.
   *
   * @throws {HoldfastError} `invalid_argument` where the name is not 1 to 200 bytes.
   */
  text(name: string): Text {
    const text = this.#texts.get(name);
    if (text !== undefined) return text;
    const made = new Text(name, this.#editor, (container, at, deleted, inserted) =>
      this.#splice(container, at, deleted, inserted),
    );
    return keep(this.#texts, made);
  }

  /** The list of this name; as {@link text}. */
  list(name: string): List {
    const list = this.#lists.get(name);
    return list ?? keep(this.#lists, new List(name, this.#editor, (fn) => this.change(fn)));
  }

  /** The map of this name; as {@link text}. */
  map(name: string): MapContainer {
    const map = this.#maps.get(name);
    return map ?? keep(this.#maps, new MapContainer(name, this.#editor, (fn) => this.change(fn)));
  }

  /**
   * Makes one change of all edits in `fn`: one patch, one step of undo. A change
   * inside of a change is part of the outer one. Where `fn` throws, nothing of it
   * stays, and the error is thrown on.
   *
   * @returns Null where there were no edits, or inside of another change.
   * @throws {HoldfastError} `invalid_argument` where `fn` is not done when it returns.
   */
  change(fn: () => void, options: ChangeOptions = {}): Change | null {
    if (this.#editor.isOpen) {
      runNow(fn);
      return null;
    }
    const change = this.#editor.change(() => runNow(fn));
    if (change === null) return null;
    const { origin = "local", undo = true } = options;
    const step = undo === false ? null : this.#undo.push(change, undo === "join");
    return this.#finish(change, { origin, isLocal: true, step });
  }

  /**
   * Merges a bundle, of at most {@link documentSizeBytesMax}. Events that are here
   * already are passed over.
   *
   * @throws {HoldfastError} `wrong_document`; `equivocation` where an id that is
   *   here has another content; `corrupt`, `truncated`, `too_large`,
   *   `unsupported_version` where the bytes are no bundle, or contradict themselves;
   *   `invalid_operation` where an event can't have happened on its version;
   *   `too_large` also where it deletes far more than the document ever held (D14);
   *   `invalid_argument` inside of a change, and for a sealed section. The document
   *   is then as before.
   */
  apply(bundle: Uint8Array | Bundle, options: { readonly origin?: string } = {}): Applied {
    this.#checkClosed("apply");
    if (typeof bundle !== "object" || bundle === null) {
      throw new HoldfastError("invalid_argument", `${typeof bundle} where a bundle's bytes belong`);
    }
    const decoded =
      bundle instanceof Uint8Array ? decodeBundle(bundle, documentSizeBytesMax) : bundle;
    if (decoded.document !== this.document) {
      throw new HoldfastError(
        "wrong_document",
        `bundle of ${decoded.document}, not ${this.document}`,
      );
    }
    const missing = missingEvents(this.#editor.history, decoded);
    if (missing.length > 0) return { applied: [], missing };
    const { applied, record } = mergeBundle(this.#editor, decoded, this.#subscribers.size > 0);
    if (applied.length > 0 && record !== null && this.#subscribers.size > 0) {
      const { origin = "remote" } = options;
      this.#subscribers.tell(this.#patch(record, { origin, isLocal: false, step: null }));
    }
    return { applied, missing };
  }

  /**
   * All events that `since` lacks as one bundle of any size; null where there are none.
   *
   * @throws {HoldfastError} `invalid_argument` inside of a change, which may come to nothing;
   *   `not_found` where text among them was left out of the file.
   */
  bundle(since: VersionVector): Uint8Array | null {
    this.#checkClosed("bundle");
    const stretches = this.#editor.history.stretches(this.#rangesSince(since));
    if (stretches.length === 0) return null;
    return encodeBundle({ document: this.document, sections: [encodeSection(stretches)] });
  }

  /** All events that `since` lacks as bundles of at most `bundleSizeBytesMax`, in causal order. Throws as {@link bundle}. */
  bundles(since: VersionVector): readonly Uint8Array[] {
    this.#checkClosed("bundles");
    return cutBundles(this.document, this.#editor.history.stretches(this.#rangesSince(since)));
  }

  /** How many events are here. */
  get eventCount(): number {
    return this.#editor.history.size;
  }

  /**
   * The whole document as a file. O(history).
   *
   * @throws {HoldfastError} `too_large` over {@link documentSizeBytesMax}; `invalid_argument` inside of a change.
   */
  encode(options: EncodeOptions = {}): Uint8Array {
    this.#checkClosed("encode");
    const { history, state } = this.#editor;
    const finals = state.sequences.finals();
    const omitted =
      options.deletedText === false
        ? state.whileLocated(() => deletedInserts(history.operations, state))
        : history.omitted();
    return encodeDocument({ document: this.document, history, finals, omitted });
  }

  /**
   * What to append to a file of this document, as it was here when it had `eventCount` events, so
   * that it holds those since; null where there are none. O(events since).
   *
   * A file whose end a crash tore off is cut first, to `wholeSizeBytes` of it.
   *
   * @throws {HoldfastError} `invalid_argument` where there were never so many events here, and inside of a change.
   */
  encodeAppend(eventCount: number): Uint8Array | null {
    this.#checkClosed("encodeAppend");
    const { history } = this.#editor;
    if (!Number.isSafeInteger(eventCount) || eventCount < 0 || eventCount > history.size) {
      throw new HoldfastError("invalid_argument", `no file of ${eventCount} events`);
    }
    return eventCount === history.size ? null : encodeDocumentAppend(history, eventCount);
  }

  /** The latest events, in order of agents. */
  version(): readonly EventId[] {
    const { history } = this.#editor;
    return history.ids(history.graph.frontier);
  }

  /** How many events of each agent are here; a copy. */
  vector(): VersionVector {
    return this.#editor.history.graph.vector();
  }

  /**
   * The document on an older version. O(history).
   *
   * @param version - Events that are here; what they build on is implied. Nobody ever
   *   saw a version that ends inside of a surrogate pair; read here, it shows half.
   * @throws {HoldfastError} `not_found` where an event is not here.
   */
  checkout(version: readonly EventId[]): DocView {
    const { history } = this.#editor;
    const lvs = version.map((id) => {
      const lv = history.graph.find(id);
      if (lv === null) throw new HoldfastError("not_found", `no event ${id.seq} of ${id.agent}`);
      return lv;
    });
    return new DocView(history, DocumentState.at(history, dominators(history.graph, lvs)));
  }

  /**
   * At most `countMax` versions of the document, evenly spread by number of events over
   * its history, oldest first, the last of them the present one: each the first so many
   * events in the order in which they came to be here. None where nothing happened. Each
   * can be given to {@link checkout}; none lies between the halves of a surrogate pair.
   *
   * Cost: O(pieces of history), and no replay.
   *
   * @throws {HoldfastError} `invalid_argument` where `countMax` is not a whole number from 1 on.
   */
  versions(countMax: number): readonly DocVersion[] {
    if (!Number.isSafeInteger(countMax) || countMax < 1) {
      throw new HoldfastError("invalid_argument", `can't list ${countMax} versions`);
    }
    return listVersions(this.#editor.history, countMax);
  }

  /** A second replica, which writes as `agent`. O(history). */
  fork(agent: AgentId): Doc {
    return Doc.decode(this.encode(), { agent });
  }

  /**
   * Calls `subscriber` after each change and each merge that brought something,
   * in order. It may make changes of its own; patches of these come after.
   *
   * @returns The way to stop.
   */
  subscribe(subscriber: (patch: Patch) => void): () => void {
    return this.#subscribers.add(subscriber);
  }

  /**
   * True while subscribers are being told of patches. The document may then show more
   * than any one of them has heard of.
   */
  get isTelling(): boolean {
    return this.#subscribers.isTelling;
  }

  /** Tells whether there is a change of one's own to undo. */
  get canUndo(): boolean {
    return this.#undo.canUndo;
  }

  /** Tells whether there is a change of one's own to redo. */
  get canRedo(): boolean {
    return this.#undo.canRedo;
  }

  /** Undoes the latest change made here, as a new change. Returns whether there was something to undo. */
  undo(): boolean {
    return this.#move("undo");
  }

  /** Redoes what was undone last, unless a change was made since. Returns whether there was something to redo. */
  redo(): boolean {
    return this.#move("redo");
  }

  // An edit of a text is a change of its own, outside of one. Where nobody watches, it needs
  // no patch, and nothing to take it back by: it is checked before anything happens.
  #splice(container: string, at: number, deleted: number, inserted: string): void {
    const editor = this.#editor;
    if (editor.isOpen || this.#subscribers.size > 0) {
      this.change(() => editor.replace(container, at, deleted, inserted));
      return;
    }
    const start = editor.history.size;
    const end = editor.splice(container, at, deleted, inserted);
    if (end > start) this.#undo.pushText(start, end);
  }

  #move(direction: "undo" | "redo"): boolean {
    this.#checkClosed(direction);
    const moved = this.#undo[direction]();
    if (moved === null) return false;
    this.#finish(moved.change, { origin: direction, isLocal: true, step: moved.step });
    return true;
  }

  // What an open change did may yet be taken back, and the names of its events used again.
  #checkClosed(what: string): void {
    if (this.#editor.isOpen) {
      throw new HoldfastError("invalid_argument", `${what} inside of a change`);
    }
  }

  #finish({ run, start, end, record }: LocalChange, source: PatchSource): Change {
    const { document } = this;
    const patch = this.#patch(record, source);
    this.#subscribers.tell(patch);
    const stretches = (): readonly Stretch[] => this.#editor.history.stretches([{ start, end }]);
    return {
      run,
      patch,
      bundle: () => encodeBundle({ document, sections: [encodeSection(stretches())] }),
      bundles: () => cutBundles(document, stretches()),
    };
  }

  #patch(record: ChangeRecord, source: PatchSource): Patch {
    return record.patch(source, this.#editor.state);
  }

  // A vector that ends inside of a surrogate pair is none of ours; the pair stays whole.
  #rangesSince(since: VersionVector): readonly LocalRange[] {
    const { graph, operations } = this.#editor.history;
    const ranges = graph
      .vector()
      .missingFrom(since)
      .flatMap(({ agent, from, to }) => {
        const unit = operations.unit(graph.find({ agent, seq: from })!) ?? 0;
        return graph.ranges({ agent, from: isLowSurrogate(unit) ? from - 1 : from, to });
      });
    return ranges.sort((a, b) => a.start - b.start);
  }
}

function keep<Container extends { readonly name: string }>(
  containers: Map<string, Container>,
  container: Container,
): Container {
  checkContainerName(container.name);
  containers.set(container.name, container);
  return container;
}
