// What the measurement of typing calls inside of a page: an editor on a database.

import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import type { DocumentHandle } from "@holdfast/client";
import { type BrowserDatabase, open } from "@holdfast/client/browser";
import { holdfastText } from "@holdfast/client/codemirror";

interface Keystroke {
  /** From the time that the browser gave the key until the editor and the Doc have it. */
  readonly takenMs: number;
  /** From then until the frame that shows it was painted. */
  readonly paintedMs: number;
}

const tools = {
  db: null as unknown as BrowserDatabase,
  handle: null as unknown as DocumentHandle,
  view: null as unknown as EditorView,
  keystrokes: [] as Keystroke[],
  /** Fills the document, and resolves when the server has it. */
  async fill(url: string, length: number): Promise<void> {
    const db = await open({ name: "filler", url });
    const handle = await db.doc("page");
    const line =
      "Every line of this page is some eighty characters long, as in most of our texts.\n";
    const text = line.repeat(Math.ceil(length / line.length)).slice(0, length);
    await handle.change(() => handle.doc.text("body").insert(0, text)).saved;
    await db.close();
  },
  /** Opens the document and an editor on it. Resolves, when it is painted, to how long each took. */
  async open(
    url: string,
    name: string,
    length: number,
  ): Promise<{ openedMs: number; shownMs: number }> {
    const start = performance.now();
    tools.db = await open({ name, url });
    tools.handle = await tools.db.doc("page");
    while (tools.handle.doc.text("body").length < length) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const opened = performance.now();
    const parent = document.body.appendChild(document.createElement("div"));
    tools.view = new EditorView({
      doc: tools.handle.doc.text("body").toString(),
      parent,
      extensions: [
        holdfastText({ handle: tools.handle, text: "body", presence: { name, color: "#268bd2" } }),
        lineNumbers(),
        keymap.of([]),
        EditorView.lineWrapping,
        EditorView.theme({ "&": { height: "600px" }, ".cm-scroller": { overflow: "auto" } }),
      ],
    });
    await painted();
    return { openedMs: opened - start, shownMs: performance.now() - opened };
  },
  /** Puts the cursor in the middle, and from then on measures each key. */
  async watch(): Promise<void> {
    const { view } = tools;
    const at = view.state.doc.lineAt(view.state.doc.length / 2).to;
    view.focus();
    view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at) });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    view.contentDOM.addEventListener(
      "keydown",
      (event) => {
        const { timeStamp } = event;
        const before = tools.handle.doc.text("body").length;
        let takenMs = Number.NaN;
        const stop = tools.handle.doc.subscribe(({ isLocal }) => {
          if (isLocal)
            queueMicrotask(() => {
              takenMs = performance.now() - timeStamp;
            });
        });
        void painted().then(() => {
          stop();
          if (tools.handle.doc.text("body").length > before) {
            tools.keystrokes.push({ takenMs, paintedMs: performance.now() - timeStamp });
          }
        });
      },
      { capture: true },
    );
  },
  /** Another person, in a database of its own: types some letters a second near the middle, for ever. */
  async accompany(url: string, lettersPerSecond: number): Promise<void> {
    const db = await open({ name: "companion", url });
    const handle = await db.doc("page");
    const text = handle.doc.text("body");
    while (text.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    let at = Math.floor(text.length / 2) - 500;
    setInterval(() => {
      handle.change(() => text.insert(at, "z"));
      at += 1;
    }, 1_000 / lettersPerSecond);
  },
};

// Resolves after the next frame was painted: a task that is posted in the frame runs behind it.
function painted(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve();
      port2.postMessage(null);
    });
  });
}

declare global {
  var bench: typeof tools;
}
globalThis.bench = tools;
