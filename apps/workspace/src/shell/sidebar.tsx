// The list of pages, with what is needed to find one's way, and oneself at its foot.

import { useDocSelector } from "@holdfast/client/react";
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { isSameList, listPages, type PageSummary } from "../data/page_list.ts";
import { followLink, goTo, pagePath, useRoute } from "../data/route.ts";
import { Menu } from "../overlay/menu.tsx";
import { Icon } from "./icon.tsx";
import { Me } from "./me.tsx";
import { useRoom } from "./room.tsx";
import { ThemeButton } from "./theme_button.tsx";

/** The side bar; a drawer over the page where the screen is narrow. */
export function Sidebar(): ReactNode {
  const room = useRoom();
  const pages = useDocSelector(room.list, listPages, isSameList);
  const [query, setQuery] = useState("");
  const side = useRef<HTMLElement>(null);
  const route = useRoute();
  const here = route.kind === "page" ? route.id : null;
  const found = pages?.filter((page) => matches(page, query)) ?? [];
  const { isListShown, showList } = room;
  useEffect(() => {
    if (!isListShown) return;
    const onPress = (event: Event): void => {
      if (!side.current?.contains(event.target as Node)) showList(false);
    };
    const drawer = side.current!;
    drawer.querySelector<HTMLElement>(".drawer-only")?.focus();
    addEventListener("pointerdown", onPress);
    return () => {
      removeEventListener("pointerdown", onPress);
      // A drawer that closes is not to take the focus with it.
      const isInDrawer = drawer.contains(document.activeElement) && !isWide();
      if (isInDrawer) document.getElementById("main")?.focus();
    };
  }, [isListShown, showList]);
  const links = (): HTMLAnchorElement[] => [
    ...(side.current?.querySelectorAll<HTMLAnchorElement>(".pages a") ?? []),
  ];
  const onSearchKey = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") links()[0]?.focus();
    else if (event.key === "Enter" && found[0] !== undefined) {
      goTo(pagePath(found[0].id));
      links()[0]?.focus();
    } else if (event.key === "Escape" && query !== "") setQuery("");
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <aside
      ref={side}
      className="sidebar"
      aria-label="Workspace"
      onKeyDown={({ key }) => {
        if (key === "Escape") showList(false);
      }}
    >
      <div className="sidebar-head">
        <a className="brand" href="/" onClick={followLink}>
          <img src="/icon.svg" width="22" height="22" alt="" />
          Holdfast
        </a>
        <button
          type="button"
          className="quiet square"
          title="Keyboard shortcuts"
          aria-label="Keyboard shortcuts"
          onClick={() => room.show("shortcuts")}
        >
          <Icon name="keyboard" />
        </button>
        <button
          type="button"
          className="quiet square drawer-only"
          aria-label="Close the list"
          onClick={() => showList(false)}
        >
          <Icon name="close" />
        </button>
      </div>
      <search className="search">
        <Icon name="search" />
        <input
          id="search"
          type="search"
          aria-label="Search titles"
          placeholder="Search titles"
          autoComplete="off"
          value={query}
          onChange={({ target }) => setQuery(target.value)}
          onKeyDown={onSearchKey}
        />
        <kbd>/</kbd>
      </search>
      <button
        type="button"
        className="new-page"
        disabled={room.list === null}
        onClick={room.createPage}
      >
        <Icon name="add" /> New page
      </button>
      <nav className="pages" aria-label="Pages">
        <PageList pages={found} here={here} links={links} />
        {pages !== undefined && found.length === 0 && (
          <p className="nothing">
            {query === "" ? "No pages yet." : `No title has “${query}” in it.`}
          </p>
        )}
      </nav>
      <footer className="sidebar-foot">
        <Me />
        <ThemeButton />
      </footer>
    </aside>
  );
}

interface PageListProps {
  readonly pages: readonly PageSummary[];
  readonly here: string | null;
  /** The links that are shown now. */
  readonly links: () => HTMLAnchorElement[];
}

function PageList({ pages, here, links }: PageListProps): ReactNode {
  const room = useRoom();
  const onKeyDown = (event: KeyboardEvent<HTMLAnchorElement>, { id }: PageSummary): void => {
    const all = links();
    const at = all.indexOf(event.currentTarget);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next === -1) document.getElementById("search")?.focus();
    else if (next !== undefined) all[next]?.focus();
    else if (event.key === "F2") room.editTitle(id);
    else if (event.key === "Delete") room.removePage(id);
    else return;
    event.preventDefault();
  };
  return (
    <ul>
      {pages.map((page) => (
        <li key={page.id}>
          <a
            href={pagePath(page.id)}
            aria-current={page.id === here ? "page" : undefined}
            className={page.title === "" ? "untitled" : ""}
            onClick={(event) => {
              followLink(event);
              room.showList(false);
            }}
            onKeyDown={(event) => onKeyDown(event, page)}
          >
            {page.title || "Untitled"}
          </a>
          <Menu
            label={`Actions for ${page.title || "Untitled"}`}
            items={[
              { label: "Rename", run: () => room.editTitle(page.id) },
              { label: "Copy link", run: () => room.copyLink(page.id) },
              { label: "Delete", run: () => room.removePage(page.id), isDangerous: true },
            ]}
          >
            <Icon name="more" />
          </Menu>
        </li>
      ))}
    </ul>
  );
}

/** As in shell.css: whether there is room for the list beside the page. */
function isWide(): boolean {
  return !matchMedia("(max-width: 46rem)").matches;
}

function matches({ title }: PageSummary, query: string): boolean {
  const lower = (title || "Untitled").toLocaleLowerCase();
  return query
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}
