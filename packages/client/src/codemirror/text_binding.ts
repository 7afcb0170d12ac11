// An editor and a text of a Doc that are kept equal: the machine between the two.
//
// Problem. Both are edited by positions, and neither waits for the other. Edits come from
// the keyboard, from other people, from undo, from another editor on the same document, and
// from an application that answers one edit with the next.
//
// Method. The Doc is what counts. `pending` is what leads from the editor's text to the
// Doc's; nearly always nothing. A change of the editor is moved over `pending`, becomes one
// change of the Doc, and moves `pending` in its turn. A patch of the Doc is added to
// `pending`, which is then given to the editor as one transaction, at once where that is
// possible. It is not while the editor is in the middle of an update, nor while it composes
// text (IME) on a line that `pending` touches: CodeMirror has to draw that line anew, and
// the browser then breaks the composition off. What touches other lines does no harm.
//
// Where patches that this binding has not heard of yet are in the Doc already (an
// application edits it while it is being told of a patch, or within a change of its own),
// `pending` is found by comparing the texts, until all has been told.
//
// Invariants:
//   TB1  The editor's text, with `pending`, is the Doc's text.
//   TB2  Where `pending` is nothing, which is whenever neither of the above holds, both are equal.
//   TB3  A transaction of the editor becomes at most one change; a patch at most one transaction.
//   TB4  What the Doc does not take leaves the editor again.

import {
  Annotation,
  ChangeSet,
  EditorSelection,
  type EditorState,
  type Text as EditorText,
  Transaction,
  type TransactionSpec,
} from "@codemirror/state";
import type { ChangeOptions, Doc, Patch, Text, TextEdit } from "@holdfast/doc";
import {
  changesOf,
  difference,
  lineBreak,
  type Replacement,
  replacementsOf,
  toWellFormed,
} from "./text_changes.ts";
import { UndoGrouping } from "./undo_grouping.ts";
import { type HeldSelection, UndoSelections } from "./undo_selections.ts";

/** On transactions that bring the editor what happened to the Doc; its value is the patch's origin. */
export const fromDocument = Annotation.define<string>();

/** What a binding needs of the open document. */
export interface BoundDocument {
  readonly doc: Doc;
  change(fn: () => void, options?: ChangeOptions): unknown;
}

/** What a binding needs of the editor. An `EditorView` is one. */
export interface BoundEditor {
  readonly state: EditorState;
  /** Whether text is being composed on the line of the main selection. */
  readonly composing: boolean;
  dispatch(spec: TransactionSpec): void;
}

/** Parts of a {@link TextBinding}. */
export interface TextBindingParts {
  readonly handle: BoundDocument;
  readonly text: string;
  readonly editor: BoundEditor;
  /** Calls `work` after so long, when the editor is in the middle of nothing. */
  readonly after: (durationMs: number, work: () => void) => void;
  /** Told of what the Doc refused. */
  readonly onError: (error: unknown) => void;
}

// What the transaction that brings a patch says beside the change of the text.
interface Manner {
  readonly origin: string;
  readonly isLocal: boolean;
  /** The selection that goes with it, by positions in the Doc's text. */
  readonly selection: EditorSelection | null;
}

// How long after each other a composition is looked at, to see whether it ended. What it has
// left behind, CodeMirror reads within this time of its end.
const compositionIntervalMs = 50;

const quietly: Manner = { origin: "remote", isLocal: false, selection: null };

/** Keeps one editor and one text equal, from its construction until {@link close}. */
export class TextBinding {
  readonly #parts: TextBindingParts;
  readonly #text: Text;
  readonly #grouping = new UndoGrouping();
  readonly #selections: UndoSelections;
  readonly #unsubscribe: () => void;
  // The editor's text, as far as this binding was told.
  #editorText: EditorText;
  #pending: ChangeSet | null = null;
  #manner = quietly;
  #isUpdating = false;
  #isMoving = false;
  #isSoon = false;
  // Waits for the end of a composition.
  #isHeldBack = false;
  #isClosed = false;
  // While a change of this editor is made, and the patch of it, once it was told.
  #own: { patch: Patch | null } | null = null;
  // The Doc may show more than what was told.
  #isBehind = false;

  constructor(parts: TextBindingParts) {
    this.#parts = parts;
    this.#text = parts.handle.doc.text(parts.text);
    this.#selections = new UndoSelections(this.#text);
    this.#unsubscribe = parts.handle.doc.subscribe((patch) => this.#hear(patch));
    this.#editorText = parts.editor.state.doc;
    this.#compare();
    if (this.#pending !== null) this.#flushSoon();
  }

  /** What leads from the editor's text to the Doc's; null for nothing. */
  get pending(): ChangeSet | null {
    return this.#pending;
  }

  /** Where position `at` of the editor is in the Doc's text. */
  toDocument(at: number): number {
    return this.#pending?.mapPos(at) ?? at;
  }

  /** Where position `at` of the Doc's text is in the editor. */
  toEditor(at: number): number {
    return this.#pending?.invertedDesc.mapPos(at) ?? at;
  }

  /** How many steps of undo a selection is held for. */
  get heldSteps(): number {
    return this.#selections.size;
  }

  /** Does now what the first edit would otherwise wait for. Takes a while where the history is long. */
  prepare(): void {
    this.#selections.prepare();
  }

  /** Takes what happens to the editor, in order. Call it for each update, while the editor makes it. */
  update(transactions: readonly Transaction[]): void {
    this.#isUpdating = true;
    try {
      for (const transaction of transactions) this.#take(transaction);
    } finally {
      this.#isUpdating = false;
    }
    if (this.#pending !== null) this.#flushSoon();
  }

  /** Gives the editor what it lacks, unless that would disturb it now. */
  flush(): void {
    if (this.#pending === null || this.#isClosed || this.#isHeldBack) return;
    if (this.#isUpdating) this.#flushSoon();
    else if (this.#disturbs(this.#pending)) this.#holdBack(true);
    else this.#dispatch();
  }

  /** Undoes one's own latest change. Returns whether there was something to undo. */
  undo(): boolean {
    return this.#move("undo");
  }

  /** Redoes what was undone last; as {@link undo}. */
  redo(): boolean {
    return this.#move("redo");
  }

  /** Leaves both to themselves. */
  close(): void {
    this.#isClosed = true;
    this.#unsubscribe();
  }

  #move(direction: "undo" | "redo"): boolean {
    if (this.#pending !== null) this.#dispatch();
    this.#isMoving = true;
    try {
      // Undo goes past the handle, which alone knows whether what is written is still kept.
      this.#parts.handle.change(() => {});
      return this.#parts.handle.doc[direction]();
    } catch (error) {
      this.#parts.onError(error);
      return false;
    } finally {
      this.#isMoving = false;
    }
  }

  #take(transaction: Transaction): void {
    const isFromDocument = transaction.annotation(fromDocument) !== undefined;
    if (transaction.docChanged && !isFromDocument) this.#write(transaction);
    else if (transaction.docChanged) {
      this.#editorText = transaction.newDoc;
      if (this.#pending !== null) this.#compare();
    } else if (transaction.selection !== undefined) this.#grouping.selected();
  }

  #write(transaction: Transaction): void {
    if (this.#parts.handle.doc.isTelling) this.#fallBehind();
    const pending = this.#pending;
    const before = pending === null ? this.#editorText : pending.apply(this.#editorText);
    const changes = pending === null ? transaction.changes : transaction.changes.map(pending);
    const after = pending === null ? transaction.newDoc : changes.apply(before);
    const replacements = replacementsOf(changes, before, after);
    this.#editorText = transaction.newDoc;
    // A selection that has not been restored yet is out of date.
    this.#manner = quietly;
    if (replacements.length > 0) {
      const isUndoable = transaction.annotation(Transaction.addToHistory) !== false;
      const joins = isUndoable && this.#grouping.joins(transaction);
      const held =
        isUndoable && !joins ? this.#hold(transaction.startState.selection, pending) : null;
      this.#setPending(pending?.map(transaction.changes, true) ?? null);
      const undo = isUndoable ? (joins ? "join" : true) : false;
      const step = this.#change(replacements, undo);
      if (step === null) this.#grouping.end();
      else {
        this.#grouping.made(transaction);
        this.#selections.made(step, held, this.#hold(transaction.newSelection, this.#pending));
      }
    } else this.#setPending(pending?.map(transaction.changes, true) ?? null);
  }

  // Makes a change of the Doc. Returns the step of undo that it is part of; null where that is not known.
  #change(replacements: readonly Replacement[], undo: boolean | "join"): number | null {
    const own: { patch: Patch | null } = { patch: null };
    this.#own = own;
    let isWhole = true;
    try {
      this.#parts.handle.change(
        () => {
          // From the last to the first, so that none moves another.
          for (const { from, to, insert } of [...replacements].reverse()) {
            const text = toWellFormed(insert);
            if (text !== insert) isWhole = false;
            this.#text.splice(from, to - from, text);
          }
        },
        { origin: "editor", undo },
      );
      // Inside of an application's change the patch is yet to come, and tells of more than this.
      if (own.patch === null) this.#fallBehind();
    } catch (error) {
      isWhole = false;
      this.#parts.onError(error);
    } finally {
      this.#own = null;
    }
    if (!isWhole) this.#compare();
    return own.patch?.step ?? null;
  }

  #hear(patch: Patch): void {
    if (this.#own !== null && this.#own.patch === null && !this.#isBehind) {
      this.#own.patch = patch;
      return;
    }
    // What is made elsewhere is the latest step now.
    if (patch.isLocal) this.#grouping.end();
    if (this.#isBehind) this.#compare();
    else {
      for (const { container, edits } of patch.text) {
        if (container === this.#text.name) this.#add(edits);
      }
    }
    this.#manner = this.#mannerOf(patch);
    // Whoever undoes has done with composing.
    if (this.#isMoving && this.#pending !== null) this.#dispatch();
    else this.flush();
  }

  #mannerOf({ origin, isLocal, step }: Patch): Manner {
    const isMove = isLocal && step !== null && (origin === "undo" || origin === "redo");
    return {
      origin,
      isLocal,
      selection: isMove ? this.#selections.moved(step, origin) : null,
    };
  }

  #dispatch(isLastTry = false): void {
    const changes = this.#pending!;
    const { editor } = this.#parts;
    const { origin, isLocal, selection } = this.#manner;
    const known = this.#editorText;
    const spec: TransactionSpec = {
      changes,
      filter: false,
      annotations: [
        fromDocument.of(origin),
        Transaction.addToHistory.of(false),
        Transaction.remote.of(!isLocal),
      ],
    };
    this.#pending = null;
    this.#manner = quietly;
    try {
      editor.dispatch({ ...spec, ...this.#moveTo(changes, selection, origin) });
      this.#grouping.moved(changes);
      // An application may keep a transaction from its editor.
      if (this.#editorText === known) this.#compare();
    } catch (error) {
      // An editor that is in the middle of an update takes nothing, and says so by throwing.
      if (editor.state.doc !== known) throw error;
      this.#compare();
      if (isLastTry) this.#parts.onError(error);
      else this.#flushSoon();
    }
  }

  // Where the selection goes, and the view with it, when one's own step is moved.
  #moveTo(
    changes: ChangeSet,
    selection: EditorSelection | null,
    origin: string,
  ): Pick<TransactionSpec, "selection" | "scrollIntoView" | "userEvent"> {
    if (!this.#isMoving) return selection === null ? {} : { selection };
    let changedTo = 0;
    changes.iterChangedRanges((_fromA, _toA, _fromB, toB) => {
      changedTo = toB;
    });
    return {
      selection: selection ?? EditorSelection.single(changedTo),
      scrollIntoView: true,
      userEvent: origin,
    };
  }

  #add(edits: readonly TextEdit[]): void {
    const changes = changesOf(edits, this.#pending?.newLength ?? this.#editorText.length);
    this.#setPending(this.#pending === null ? changes : this.#pending.compose(changes));
  }

  #setPending(changes: ChangeSet | null): void {
    this.#pending = changes?.empty === false ? changes : null;
  }

  // Finds out what is pending from the texts themselves. O(length).
  #compare(): void {
    const length = this.#editorText.length;
    const found = difference(this.#editorText.toString(), this.#text.toString());
    this.#pending = found === null ? null : ChangeSet.of(found, length, lineBreak);
  }

  #fallBehind(): void {
    this.#isBehind = true;
    this.#compare();
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#isSoon) return;
    this.#isSoon = true;
    this.#parts.after(0, () => {
      this.#isSoon = false;
      if (this.#isClosed) return;
      if (this.#isBehind) this.#compare();
      this.#isBehind = false;
      if (this.#pending === null || this.#isHeldBack) return;
      if (this.#disturbs(this.#pending)) this.#holdBack(true);
      else this.#dispatch(true);
    });
  }

  // Until a composition was found ended twice: what it left behind is read by then.
  #holdBack(wasComposing: boolean): void {
    this.#isHeldBack = true;
    this.#parts.after(compositionIntervalMs, () => {
      this.#isHeldBack = false;
      if (this.#isClosed || this.#pending === null) return;
      if (this.#disturbs(this.#pending)) this.#holdBack(true);
      else if (wasComposing) this.#holdBack(false);
      else this.#dispatch(true);
    });
  }

  #disturbs(changes: ChangeSet): boolean {
    const { composing, state } = this.#parts.editor;
    if (!composing) return false;
    const line = state.doc.lineAt(state.selection.main.head);
    return changes.touchesRange(line.from, line.to) !== false;
  }

  #hold(selection: EditorSelection, pending: ChangeSet | null): HeldSelection {
    return this.#selections.hold(pending === null ? selection : selection.map(pending));
  }
}
