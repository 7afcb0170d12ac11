// One page: its head, its title and its text, or a version of it from before.

import type { DocumentHandle } from "@holdfast/client";
import { useConnection, useDocSelector, useDocument } from "@holdfast/client/react";
import { type ReactNode, useEffect, useState } from "react";
import { hasArrived, pageDocument } from "../data/page_body.ts";
import { type PageSummary, restorePage } from "../data/page_list.ts";
import { Missing, useHasWaited } from "../shell/missing.tsx";
import { Notice } from "../shell/notice.tsx";
import { useRoom } from "../shell/room.tsx";
import { historyEvent } from "../shell/use_shortcuts.ts";
import { Editor, HistoryView } from "./lazy_parts.tsx";
import { PageHead } from "./page_head.tsx";
import { TitleField } from "./title_field.tsx";

/** What a {@link PageView} takes. */
interface PageViewProps {
  readonly list: DocumentHandle;
  readonly page: PageSummary;
}

/** The page. */
export function PageView({ list, page }: PageViewProps): ReactNode {
  const { handle, error } = useDocument(pageDocument(page.id));
  const [isPast, setPast] = useState(false);
  const isHere = useDocSelector(handle, hasArrived) ?? false;
  const isOnline = useConnection().state === "online";
  const hasWaited = useHasWaited(isOnline);
  useEffect(() => {
    const toggle = (): void => setPast((past) => !past);
    addEventListener(historyEvent, toggle);
    return () => removeEventListener(historyEvent, toggle);
  }, []);
  useEffect(() => {
    document.title = `${page.title || "Untitled"} · Holdfast`;
  }, [page.title]);
  // An empty document that the server had time to fill: its maker has not sent it yet.
  const isWritable = isHere || (isOnline && hasWaited);
  return (
    <>
      <PageHead
        list={list}
        page={page}
        handle={handle}
        isPast={isPast}
        onHistory={() => setPast(!isPast)}
      />
      {page.isDeleted && <DeletedBar onRestore={() => restorePage(list, page.id)} />}
      {error !== null ? (
        <Notice title="This page could not be opened">
          <p>{error.message}</p>
        </Notice>
      ) : isPast && handle !== null && isHere ? (
        <HistoryView handle={handle} title={page.title} onClose={() => setPast(false)} />
      ) : (
        <article className="sheet">
          <TitleField list={list} page={page} />
          {handle === null || !isWritable ? (
            <Missing isOpen={handle !== null} what="text" />
          ) : (
            <Editor handle={handle} />
          )}
        </article>
      )}
    </>
  );
}

function DeletedBar({ onRestore }: { readonly onRestore: () => void }): ReactNode {
  const room = useRoom();
  return (
    <div className="deleted-bar" role="status">
      <span>This page was deleted.</span>
      <button
        type="button"
        onClick={() => {
          onRestore();
          room.notify({ text: "The page is back." });
        }}
      >
        Put it back
      </button>
    </div>
  );
}
