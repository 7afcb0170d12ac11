// What people show each other of themselves in a text: name, colours, and selection.
//
// What comes from others is a stranger's: whatever is not as it should be is left out,
// a peer without a place in this text is not drawn at all.

import { type Cursor, decodeCursor, encodeCursor, type Text, type Value } from "@holdfast/doc";
import { isHoldfastError } from "@holdfast/std";
import { isColor, plainColor } from "./readable_color.ts";

/** Most characters of a name that are shown; the rest is cut off. */
export const peerNameCharsMax = 40;

/** Most peers that are drawn. */
export const peersDrawnMax = 50;

/** Who one is, to the others. */
export interface PresenceOptions {
  readonly name: string;
  /** As `#rrggbb`. Drawn a little lighter or darker where it could not be read. */
  readonly color: string;
  /** Behind selected text, as `#rrggbb`; `color` by default. Always drawn nearly transparent. */
  readonly colorLight?: string;
}

/** A selection in one text, by cursors. */
export interface PeerSelection {
  readonly anchor: Cursor;
  readonly head: Cursor;
}

/** Somebody who has a selection in a text. */
export interface Peer {
  readonly name: string;
  readonly color: string;
  readonly colorLight: string;
  readonly selection: PeerSelection;
}

/** What to show of oneself; without a selection where one is not in the text. */
export function presenceValue(
  { name, color, colorLight }: PresenceOptions,
  text: string,
  selection: PeerSelection | null,
): Value {
  return {
    name: shortName(name),
    color,
    ...(colorLight === undefined ? {} : { colorLight }),
    ...(selection === null
      ? {}
      : {
          selection: {
            text,
            anchor: encodeCursor(selection.anchor),
            head: encodeCursor(selection.head),
          },
        }),
  };
}

/** The selection `anchor` to `head` of a text, by positions in it. */
export function peerSelection(text: Text, anchor: number, head: number): PeerSelection {
  const place = (at: number): Cursor => text.cursor(Math.min(at, text.length), "before");
  const held = place(anchor);
  return { anchor: held, head: head === anchor ? held : place(head) };
}

/** Reads what somebody shows; null where that is no place in the text of this name. */
export function readPeer(value: Value, text: string): Peer | null {
  if (!isRecord(value) || !isRecord(value.selection)) return null;
  if (value.selection.text !== text) return null;
  const anchor = readCursor(value.selection.anchor);
  const head = readCursor(value.selection.head);
  if (anchor === null || head === null) return null;
  const color = isColor(value.color) ? value.color : plainColor;
  return {
    name: typeof value.name === "string" ? shortName(value.name) : "",
    color,
    colorLight: isColor(value.colorLight) ? value.colorLight : color,
    selection: { anchor, head },
  };
}

function readCursor(value: Value | undefined): Cursor | null {
  if (!(value instanceof Uint8Array)) return null;
  try {
    return decodeCursor(value);
  } catch (error) {
    if (isHoldfastError(error)) return null;
    throw error;
  }
}

// One line, and no marks that would turn the writing direction of what stands around it.
function shortName(name: string): string {
  const line = name.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu, " ").trim();
  return [...line].slice(0, peerNameCharsMax).join("");
}

function isRecord(value: Value | undefined): value is { readonly [key: string]: Value } {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  );
}
