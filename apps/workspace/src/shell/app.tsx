// The whole: opens what everything hangs on, and gives the parts their room.

import type { BrowserDatabase } from "@holdfast/client/browser";
import { DatabaseProvider, useDatabase, useDocument } from "@holdfast/client/react";
import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import { markBegun, pageDocument } from "../data/page_body.ts";
import {
  addPage,
  deletePage,
  findPage,
  newPageId,
  restorePage,
  workspaceDocument,
} from "../data/page_list.ts";
import { goTo, pageAddress, pagePath, routeOf } from "../data/route.ts";
import { Shortcuts } from "../overlay/shortcuts.tsx";
import { Toast } from "../overlay/toast.tsx";
import { ReleaseBar } from "../release/release_bar.tsx";
import { CommandPalette } from "./command_palette.tsx";
import { Notice as Sheet } from "./notice.tsx";
import { Place } from "./place.tsx";
import { type Notice, type Overlay, type Room, RoomContext } from "./room.tsx";
import { Sidebar } from "./sidebar.tsx";
import { useShortcuts } from "./use_shortcuts.ts";

/** The workspace, from the moment on that its database begins to open. */
export function App({ opening }: { readonly opening: Promise<BrowserDatabase> }): ReactNode {
  const [database, setDatabase] = useState<BrowserDatabase | null>(null);
  const [failure, setFailure] = useState<Error | null>(null);
  useEffect(() => {
    opening.then(setDatabase, setFailure);
  }, [opening]);
  if (failure !== null) return <Failure error={failure} />;
  return (
    <DatabaseProvider database={database}>
      <Workspace />
    </DatabaseProvider>
  );
}

function Workspace(): ReactNode {
  const { handle: list, error } = useDocument(workspaceDocument);
  const database = useDatabase();
  const [overlay, show] = useState<Overlay>(null);
  const [notice, notify] = useState<Notice | null>(null);
  const [titleWanted, setTitleWanted] = useState<string | null>(null);
  const [isListShown, setListShown] = useState(false);

  const createPage = useCallback(async () => {
    if (list === null || database === null) return;
    const id = newPageId();
    const body = await database.doc(pageDocument(id));
    markBegun(body);
    addPage(list, id);
    setTitleWanted(id);
    setListShown(false);
    goTo(pagePath(id));
    // Whether it could be kept is told by the status of the page, which has it open by now.
    await body.whenLocal().catch(() => {});
    await body.close();
  }, [list, database]);

  const removePage = useCallback(
    (id: string) => {
      if (list === null) return;
      const title = findPage(list.doc, id)?.title || "Untitled";
      const route = routeOf(location.pathname);
      const wasOpen = route.kind === "page" && route.id === id;
      deletePage(list, id);
      if (wasOpen) goTo("/");
      const run = (): void => {
        restorePage(list, id);
        if (wasOpen) goTo(pagePath(id));
      };
      notify({ text: `Deleted “${title}”.`, action: { label: "Undo", run } });
    },
    [list],
  );

  const copyLink = useCallback(async (id: string) => {
    const address = pageAddress(id);
    try {
      await navigator.clipboard.writeText(address);
      notify({ text: "Link copied." });
    } catch {
      // Not allowed here, as on plain http: then it is shown, to be copied by hand.
      notify({ text: `Copy it by hand: ${address}` });
    }
  }, []);

  const editTitle = useCallback((id: string) => {
    setListShown(false);
    setTitleWanted(id);
    goTo(pagePath(id));
  }, []);

  const room: Room = useMemo(
    () => ({
      list,
      createPage: () => void createPage(),
      removePage,
      editTitle,
      copyLink: (id) => void copyLink(id),
      titleWanted,
      titleTaken: () => setTitleWanted(null),
      isListShown,
      showList: setListShown,
      notify,
      show,
    }),
    [list, createPage, removePage, editTitle, copyLink, titleWanted, isListShown],
  );
  useShortcuts(room);

  if (error !== null) return <Failure error={error} />;
  return (
    <RoomContext value={room}>
      <a className="skip" href="#main">
        To the page
      </a>
      <div className="room" data-list={isListShown ? "shown" : "hidden"}>
        <Sidebar />
        <main id="main" tabIndex={-1}>
          <ReleaseBar />
          <Place />
        </main>
      </div>
      {overlay === "palette" && <CommandPalette onClose={() => show(null)} />}
      {overlay === "shortcuts" && <Shortcuts onClose={() => show(null)} />}
      {notice !== null && <Toast key={notice.text} notice={notice} onClose={() => notify(null)} />}
    </RoomContext>
  );
}

function Failure({ error }: { readonly error: Error }): ReactNode {
  return (
    <main className="alone">
      <Sheet title="This could not be opened">
        <p>{error.message}</p>
        <button type="button" className="primary" onClick={() => location.reload()}>
          Try again
        </button>
      </Sheet>
    </main>
  );
}
