// Keys that work wherever one is. What they do is listed in overlay/shortcuts.tsx.

import { useEffect } from "react";
import { routeOf } from "../data/route.ts";
import type { Room } from "./room.tsx";

/** Listens, as long as the component is mounted. */
export function useShortcuts(room: Room): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return;
      const act = actionOf(event, room);
      if (act === null) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [room]);
}

/** The name of the event by which a page's history is asked for. */
export const historyEvent = "holdfast-history";

function actionOf(event: KeyboardEvent, room: Room): (() => void) | null {
  const { code, key, altKey, shiftKey } = event;
  const isMod = event.metaKey || event.ctrlKey;
  if (isMod && !altKey && !shiftKey && key.toLowerCase() === "k") return () => room.show("palette");
  if (document.querySelector("dialog[open]") !== null) return null;
  const route = routeOf(location.pathname);
  // By its place on the keyboard: with Alt, some keyboards write another letter.
  if (altKey && !isMod && !shiftKey) {
    if (code === "KeyN") return room.createPage;
    if (route.kind !== "page") return null;
    if (code === "KeyL") return () => room.copyLink(route.id);
    if (code === "KeyH") return () => dispatchEvent(new Event(historyEvent));
    return null;
  }
  if (isMod || altKey || isWriting(event.target)) return null;
  if (key === "?") return () => room.show("shortcuts");
  if (key === "/") {
    return () => {
      room.showList(true);
      document.getElementById("search")?.focus();
    };
  }
  return null;
}

function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches("input, textarea, select");
}
