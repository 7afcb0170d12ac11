// Cursors: places in a text that stay where they are while it changes around them.
//
// A cursor holds on to one unit, by the name of the event that inserted it, and to
// one side of that unit; so any replica that has the unit can say where it is,
// deleted or not.
//
// Layout (version 1): u8 side (0 before, 1 after) + 2 where a unit follows; then 16
// bytes agent, uint sequence number.

import {
  agentFromBytes,
  agentSizeBytes,
  agentToBytes,
  type EventId,
  eventsMax,
} from "@holdfast/causality";
import { HoldfastError, Reader, Writer } from "@holdfast/std";

/** Which neighbour a place stays with when something is inserted there. */
export type Side = "before" | "after";

/** A stable place in a text. */
export interface Cursor {
  /** `before`: it stays behind the unit before it. `after`: it stays in front of the unit after it. */
  readonly side: Side;
  /** That unit; null: the beginning of the text for `before`, its end for `after`. */
  readonly unit: EventId | null;
}

/** Writes a cursor. At most 25 bytes. */
export function encodeCursor({ side, unit }: Cursor): Uint8Array {
  const writer = new Writer(25);
  writer.u8((side === "after" ? 1 : 0) + (unit === null ? 0 : 2));
  if (unit !== null) writer.raw(agentToBytes(unit.agent)).uint(unit.seq);
  return writer.finish();
}

/**
 * Reads what {@link encodeCursor} wrote.
 *
 * @throws {HoldfastError} `truncated`, `corrupt`, `too_large`.
 */
export function decodeCursor(bytes: Uint8Array): Cursor {
  const reader = new Reader(bytes);
  const flags = reader.u8("cursor flags");
  if (flags > 3) throw new HoldfastError("corrupt", "cursor flags are unknown");
  const side = flags & 1 ? "after" : "before";
  let unit: EventId | null = null;
  if (flags & 2) {
    const agent = agentFromBytes(reader.raw(agentSizeBytes, "cursor agent"));
    unit = { agent, seq: reader.uint("cursor unit", eventsMax - 1) };
  }
  reader.end("cursor");
  return { side, unit };
}
