// What the address leads to: the beginning, a page, or nothing.

import { useConnection, useDocSelector } from "@holdfast/client/react";
import { type ReactNode, useEffect } from "react";
import { findPage, isSameList, isSamePage, listPages } from "../data/page_list.ts";
import { useRoute } from "../data/route.ts";
import { modKey } from "../overlay/shortcuts.tsx";
import { PageView } from "../page/page_view.tsx";
import { Icon } from "./icon.tsx";
import { Missing, useHasWaited } from "./missing.tsx";
import { HomeLink, Notice } from "./notice.tsx";
import { useRoom } from "./room.tsx";

/** The part beside the list. */
export function Place(): ReactNode {
  const route = useRoute();
  if (route.kind === "home") return <Home />;
  if (route.kind === "lost") {
    return (
      <Plain title="Lost">
        <Notice title="No such page">
          <p>Nothing is at this address. It may have been copied in part.</p>
          <HomeLink />
        </Notice>
      </Plain>
    );
  }
  return <PagePlace key={route.id} id={route.id} />;
}

function PagePlace({ id }: { readonly id: string }): ReactNode {
  const { list } = useRoom();
  const page = useDocSelector(list, (doc) => findPage(doc, id), isSamePage);
  if (page == null || list === null) {
    return (
      <Plain title="Looking">
        <Missing isOpen={list !== null} what="page" />
      </Plain>
    );
  }
  return <PageView list={list} page={page} />;
}

function Home(): ReactNode {
  const room = useRoom();
  const pages = useDocSelector(room.list, listPages, isSameList);
  const { state } = useConnection();
  const hasWaited = useHasWaited(state === "online");
  if (pages === undefined) return <Plain title="Holdfast" />;
  const isNew = pages.length === 0;
  return (
    <Plain title="Holdfast">
      <Notice title={isNew ? "A quiet place to write together" : "Choose a page"}>
        {isNew && (
          <p>
            Whoever opens this address writes here, at the same time if they like. What you write is
            kept on this device first: it stays when the network goes.
          </p>
        )}
        {isNew && state !== "online" && hasWaited && (
          <p>The server can’t be reached. Pages that others made will show when it is back.</p>
        )}
        {!isNew && (
          <>
            <p className="where-wide">
              Take one from the list, press <kbd>{modKey}</kbd> <kbd>K</kbd> to find one by its
              title, or begin a new one.
            </p>
            <button type="button" className="drawer-only" onClick={() => room.showList(true)}>
              <Icon name="menu" /> Show the pages
            </button>
          </>
        )}
        <button type="button" className="primary" onClick={room.createPage}>
          <Icon name="add" /> {isNew ? "Begin the first page" : "New page"}
        </button>
      </Notice>
    </Plain>
  );
}

// A place without a page, so without a head of its own but for the way to the list.
function Plain({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ReactNode;
}): ReactNode {
  const room = useRoom();
  useEffect(() => {
    document.title = title === "Holdfast" ? title : `${title} · Holdfast`;
  }, [title]);
  return (
    <>
      <header className="page-head">
        <button
          type="button"
          className="quiet square drawer-only"
          aria-label="Open the list"
          onClick={() => room.showList(true)}
        >
          <Icon name="menu" />
        </button>
      </header>
      {children}
    </>
  );
}
