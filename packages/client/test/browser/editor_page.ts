// What the tests of the CodeMirror binding call inside of a page: editors on databases.

import { EditorState, type Extension, StateEffect } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { type BrowserDatabase, open } from "../../src/browser/index.ts";
import { holdfastText, type PresenceOptions, redo, undo } from "../../src/codemirror/index.ts";
import type { DocumentHandle } from "../../src/index.ts";

/** An editor, and where it stands on. */
interface Desk {
  readonly db: BrowserDatabase;
  readonly handle: DocumentHandle;
  readonly view: EditorView;
}

interface DeskOptions {
  readonly name: string;
  readonly url: string;
  readonly document: string;
  /** What others see one as; nobody where it is not given. */
  readonly color?: string;
}

const tools = {
  EditorState,
  EditorView,
  StateEffect,
  undo,
  redo,
  desks: [] as Desk[],
  /** What went wrong in an editor. */
  errors: [] as string[],
  /** Opens a database and its document, and an editor on the text `body`. */
  async open({ name, url, document: id, color }: DeskOptions): Promise<void> {
    const db = await open({ name: `desk${tools.desks.length}`, url });
    const handle = await db.doc(id);
    const parent = document.body.appendChild(document.createElement("div"));
    parent.style.cssText = "height: 200px; width: 400px; font: 16px monospace; margin: 30px 0";
    const view = new EditorView({
      doc: handle.doc.text("body").toString(),
      parent,
      extensions: [
        holdfastText({ handle, text: "body", ...(color ? { presence: { name, color } } : {}) }),
        EditorView.theme({ "&": { height: "200px" }, ".cm-scroller": { overflow: "auto" } }),
        EditorView.exceptionSink.of((error) => tools.errors.push(String(error))),
      ],
    });
    tools.desks.push({ db, handle, view });
  },
  /** An editor's extensions, for the text `body` of a document. */
  bound: (handle: DocumentHandle, presence: PresenceOptions): Extension => [
    holdfastText({ handle, text: "body", presence }),
    EditorView.exceptionSink.of((error) => tools.errors.push(String(error))),
  ],
  body: (index: number): string => tools.desks[index]!.handle.doc.text("body").toString(),
  shown: (index: number): string => tools.desks[index]!.view.state.doc.toString(),
  selection: (index: number): readonly [number, number] => {
    const { anchor, head } = tools.desks[index]!.view.state.selection.main;
    return [anchor, head];
  },
  /** Edits the text of a desk by a program, as another person would from elsewhere. */
  edit(index: number, from: number, to: number, insert: string): void {
    tools.desks[index]!.view.dispatch({ changes: { from, to, insert } });
  },
  select(index: number, anchor: number, head = anchor): void {
    tools.desks[index]!.view.focus();
    tools.desks[index]!.view.dispatch({ selection: { anchor, head } });
  },
  /** Resolves when `holds` is true; fails after 20 s. */
  async until(holds: () => boolean, what: string): Promise<void> {
    for (let count = 0; !holds(); count += 1) {
      if (count > 2_000) throw new Error(`never: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  },
  /** Resolves when all desks hold the same text, and each editor shows its own. */
  async equal(): Promise<string> {
    await tools.until(() => {
      const texts = tools.desks.flatMap((_desk, index) => [tools.body(index), tools.shown(index)]);
      return new Set(texts).size === 1;
    }, "equal texts");
    return tools.body(0);
  },
};

declare global {
  var desk: typeof tools;
}
globalThis.desk = tools;
