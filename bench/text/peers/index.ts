// All that can be measured; ours first.

import type { PeerEntry } from "../peer.ts";
import { automerge } from "./automerge.ts";
import { diamondTypes } from "./diamond_types.ts";
import { holdfast } from "./holdfast.ts";
import { jsonJoy } from "./json_joy.ts";
import { loro } from "./loro.ts";
import { yjs } from "./yjs.ts";
import { ywasm } from "./ywasm.ts";

export const entries: readonly PeerEntry[] = [
  holdfast,
  yjs,
  ywasm,
  automerge,
  loro,
  jsonJoy,
  diamondTypes,
];

/** @throws {Error} Where there is no peer of that name. */
export function entryOf(name: string): PeerEntry {
  const entry = entries.find((one) => one.name === name);
  if (entry === undefined) {
    throw new Error(`no peer ${name}: ${entries.map((one) => one.name).join(", ")}`);
  }
  return entry;
}
