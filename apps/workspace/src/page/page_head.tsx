// The line above a page: where everything stands, who is here, and what can be done.

import type { DocumentHandle } from "@holdfast/client";
import type { ReactNode } from "react";
import { downloadPage, type ExportFormat } from "../data/export_file.ts";
import { bodyText } from "../data/page_body.ts";
import type { PageSummary } from "../data/page_list.ts";
import { usePerson } from "../data/person.ts";
import { Menu } from "../overlay/menu.tsx";
import { People } from "../shell/avatar.tsx";
import { Icon } from "../shell/icon.tsx";
import { useRoom } from "../shell/room.tsx";
import { StandingView } from "./standing_view.tsx";

/** What a {@link PageHead} takes. */
interface PageHeadProps {
  readonly list: DocumentHandle;
  readonly page: PageSummary;
  /** Null until it is open. */
  readonly handle: DocumentHandle | null;
  readonly isPast: boolean;
  /** Called to go to the history, and back. */
  readonly onHistory: () => void;
}

/** The head. */
export function PageHead({ list, page, handle, isPast, onHistory }: PageHeadProps): ReactNode {
  const room = useRoom();
  const person = usePerson();
  const download = (format: ExportFormat): void => {
    if (handle !== null) downloadPage(format, page.title, handle.doc.text(bodyText).toString());
  };
  return (
    <header className="page-head">
      <button
        type="button"
        className="quiet square drawer-only"
        aria-label="Open the list"
        onClick={() => room.showList(true)}
      >
        <Icon name="menu" />
      </button>
      <StandingView list={list} handle={handle} />
      <div className="page-tools">
        {handle !== null && <People handle={handle} self={person} />}
        <button
          type="button"
          className="quiet square"
          title="Copy link"
          aria-label="Copy link"
          onClick={() => room.copyLink(page.id)}
        >
          <Icon name="link" />
        </button>
        <button
          type="button"
          className="quiet square"
          title="History"
          aria-label="History"
          aria-pressed={isPast}
          disabled={handle === null}
          onClick={onHistory}
        >
          <Icon name="history" />
        </button>
        <Menu
          label="More"
          className="at-end"
          items={[
            { label: "Download as text (.txt)", run: () => download("txt") },
            { label: "Download as Markdown (.md)", run: () => download("md") },
            { label: "Rename", run: () => room.editTitle(page.id) },
            { label: "Delete page", run: () => room.removePage(page.id), isDangerous: true },
          ]}
        >
          <Icon name="more" />
        </Menu>
      </div>
    </header>
  );
}
