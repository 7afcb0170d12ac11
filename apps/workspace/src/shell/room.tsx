// What all parts of the page share: the list of pages, and what they can ask of the whole.

import type { DocumentHandle } from "@holdfast/client";
import { createContext, useContext } from "react";

/** A short message, with something to do about it where there is. */
export interface Notice {
  readonly text: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

/** What lies over the page, if anything does. */
export type Overlay = "palette" | "shortcuts" | null;

/** The room that the parts are in. */
export interface Room {
  /** The list of pages; null until it is open. */
  readonly list: DocumentHandle | null;
  /** Makes a page and goes there. */
  readonly createPage: () => void;
  /** Takes a page off the list, and offers to undo it. */
  readonly removePage: (id: string) => void;
  /** Goes to a page's title, to be written over. */
  readonly editTitle: (id: string) => void;
  /** Puts the address of a page on the clipboard. */
  readonly copyLink: (id: string) => void;
  /** The page whose title is to be written over next; null where none is. */
  readonly titleWanted: string | null;
  readonly titleTaken: () => void;
  /** Whether the list lies over the page, on a screen that has no room for both. */
  readonly isListShown: boolean;
  readonly showList: (isShown: boolean) => void;
  readonly notify: (notice: Notice) => void;
  readonly show: (overlay: Overlay) => void;
}

/** Holds the {@link Room}. */
export const RoomContext = createContext<Room | null>(null);

/** The room that the component is in. */
export function useRoom(): Room {
  const room = useContext(RoomContext);
  if (room === null) throw new Error("this component stands outside of the room");
  return room;
}
