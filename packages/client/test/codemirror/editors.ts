// Editors without a screen: CodeMirror's state, bound to a text, driven as a view would.

import {
  EditorState,
  type Extension,
  type Transaction,
  type TransactionSpec,
} from "@codemirror/state";
import { Doc, parseDocumentId } from "@holdfast/doc";
import { admission } from "../../src/codemirror/admission.ts";
import { type BoundEditor, TextBinding } from "../../src/codemirror/text_binding.ts";
import type { DocumentHandle } from "../../src/index.ts";
import { agentOf, Town } from "../town.ts";

/** An open document that nobody syncs; tests exchange bundles themselves. */
export async function openHandle(seed = 1): Promise<DocumentHandle> {
  const town = new Town();
  return await town.client({ url: `nowhere ${seed}` }).doc("page");
}

/** The Doc of somebody else who has all that `handle` has. */
export function peerOf(handle: DocumentHandle, digit = "b"): Doc {
  const peer = new Doc({ document: parseDocumentId("page"), agent: agentOf(digit) });
  exchange(handle.doc, peer);
  return peer;
}

/** Gives each what it lacks of the other's. */
export function exchange(a: Doc, b: Doc): void {
  const [toB, toA] = [a.bundle(b.vector()), b.bundle(a.vector())];
  if (toB !== null) b.apply(toB);
  if (toA !== null) a.apply(toA);
}

/** An editor's state with a binding. Refuses, as a view does, what is dispatched while it updates. */
export class TestEditor implements BoundEditor {
  state: EditorState;
  composing = false;
  readonly errors: unknown[] = [];
  readonly transactions: Transaction[] = [];
  /** Called after each update, as an update listener is. */
  afterUpdate: (transaction: Transaction) => void = () => {};
  readonly binding: TextBinding;
  readonly #later: (() => void)[] = [];
  #isUpdating = false;

  constructor(handle: DocumentHandle, { doc, extensions = [] }: EditorParts = {}) {
    this.state = EditorState.create({
      doc: doc ?? handle.doc.text("body").toString(),
      extensions: [admission(), EditorState.allowMultipleSelections.of(true), extensions],
    });
    this.binding = new TextBinding({
      handle,
      text: "body",
      editor: this,
      after: (_durationMs, work) => this.#later.push(work),
      onError: (error) => this.errors.push(error),
    });
  }

  get text(): string {
    return this.state.doc.toString();
  }

  dispatch(...specs: TransactionSpec[]): void {
    if (this.#isUpdating) throw new Error("an update is in progress");
    const transaction = this.state.update(...specs);
    this.#isUpdating = true;
    try {
      this.state = transaction.state;
      this.transactions.push(transaction);
      this.binding.update([transaction]);
    } finally {
      this.#isUpdating = false;
    }
    this.afterUpdate(transaction);
  }

  /** Several transactions in one update. */
  dispatchAll(specs: readonly TransactionSpec[]): void {
    const transactions: Transaction[] = [];
    for (const spec of specs) {
      const transaction = this.state.update(spec);
      this.state = transaction.state;
      transactions.push(transaction);
    }
    this.binding.update(transactions);
  }

  /** Types as a keyboard does, in place of the selection. */
  type(text: string, userEvent = "input.type"): void {
    this.dispatch(this.state.replaceSelection(text), { userEvent, sequential: true });
  }

  /** Lets so much time pass that what was put off, and could be done, is done. */
  settle(): void {
    for (let round = 0; round < 4; round += 1) {
      for (const work of this.#later.splice(0)) work();
    }
  }
}

interface EditorParts {
  readonly doc?: string;
  readonly extensions?: Extension;
}
