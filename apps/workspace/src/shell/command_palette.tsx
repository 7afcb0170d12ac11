// What the palette offers here: all pages, and all that can be done.

import { useDocSelector } from "@holdfast/client/react";
import type { ReactNode } from "react";
import { isSameList, listPages } from "../data/page_list.ts";
import { goTo, pagePath, routeOf } from "../data/route.ts";
import { setTheme } from "../data/theme.ts";
import { type Command, Palette } from "../overlay/palette.tsx";
import { useRoom } from "./room.tsx";
import { historyEvent } from "./use_shortcuts.ts";

/** The palette with its commands. */
export function CommandPalette({ onClose }: { readonly onClose: () => void }): ReactNode {
  const room = useRoom();
  const pages = useDocSelector(room.list, listPages, isSameList) ?? [];
  const route = routeOf(location.pathname);
  const act = (label: string, icon: Command["icon"], run: () => void): Command => {
    return { key: label, label, hint: "", icon, run };
  };
  const here =
    route.kind !== "page"
      ? []
      : [
          act("Copy link to this page", "link", () => room.copyLink(route.id)),
          act("History of this page", "history", () => dispatchEvent(new Event(historyEvent))),
          act("Rename this page", null, () => room.editTitle(route.id)),
          act("Delete this page", null, () => room.removePage(route.id)),
        ];
  const commands: Command[] = [
    ...pages.map(({ id, title }) => ({
      key: id,
      label: title || "Untitled",
      hint: "Page",
      icon: null,
      run: () => goTo(pagePath(id)),
    })),
    act("New page", "add", room.createPage),
    ...here,
    act("Light colours", "light", () => setTheme("light")),
    act("Dark colours", "dark", () => setTheme("dark")),
    act("The system’s colours", "system", () => setTheme("system")),
    act("Keyboard shortcuts", "keyboard", () => room.show("shortcuts")),
  ];
  return <Palette commands={commands} onClose={onClose} />;
}
