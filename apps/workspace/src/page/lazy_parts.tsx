// What is loaded after the shell: the editor, which is large, and the history, which is rare.
//
// Both are asked for as soon as the shell stands, so that they are there before they are
// needed, also where the network goes or a newer release removes them from the server.

import { type ComponentProps, lazy, type ReactNode, Suspense } from "react";

const loadEditor = () => import("./editor.tsx");
const loadHistory = () => import("./history_view.tsx");
const LazyEditor = lazy(loadEditor);
const LazyHistory = lazy(loadHistory);

addEventListener("load", () => {
  // What fails here is told by whoever needs it.
  void loadEditor().catch(() => {});
  void loadHistory().catch(() => {});
});

/** The text of a page, to write in. */
export function Editor(props: ComponentProps<typeof LazyEditor>): ReactNode {
  return (
    <Suspense fallback={<Loading />}>
      <LazyEditor {...props} />
    </Suspense>
  );
}

/** The versions of a page. */
export function HistoryView(props: ComponentProps<typeof LazyHistory>): ReactNode {
  return (
    <Suspense fallback={<Loading />}>
      <LazyHistory {...props} />
    </Suspense>
  );
}

function Loading(): ReactNode {
  return (
    <div className="loading" role="status">
      Opening…
    </div>
  );
}
