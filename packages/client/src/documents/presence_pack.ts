// The presence of all tabs of one copy as one value: what a session shows; see
// docs/formats/presence.md.
//
//   u8 0, the version
//   uint count, then for each, the latest first: 16 bytes agent, blob encoded value

import { type AgentId, agentFromBytes, agentSizeBytes, agentToBytes } from "@holdfast/causality";
import { HoldfastError, Reader, Writer } from "@holdfast/std";
import { presenceSizeBytesMax } from "@holdfast/sync";

/** What one tab shows. */
export interface PresenceEntry {
  readonly agent: AgentId;
  /** An encoded value. */
  readonly state: Uint8Array;
}

/** Most tabs in a pack. */
export const presenceTabsMax = 127;
// Version and count; and a tab's agent and the length of its value.
const headSizeBytes = 2;
const entryOverheadSizeBytes = agentSizeBytes + 2;
/** Most bytes of one tab's encoded value: alone, it always fits into a pack. */
export const presenceValueSizeBytesMax =
  presenceSizeBytesMax - headSizeBytes - entryOverheadSizeBytes;

const version = 0;

/** Packs `entries`, of which the first are the most important: what does not fit is left out. Null for nothing. */
export function packPresence(entries: Iterable<PresenceEntry>): Uint8Array | null {
  const packed: PresenceEntry[] = [];
  let sizeBytes = headSizeBytes;
  for (const entry of entries) {
    const moreBytes = entryOverheadSizeBytes + entry.state.length;
    if (sizeBytes + moreBytes > presenceSizeBytesMax || packed.length === presenceTabsMax) continue;
    sizeBytes += moreBytes;
    packed.push(entry);
  }
  if (packed.length === 0) return null;
  const writer = new Writer(sizeBytes).u8(version).uint(packed.length);
  for (const { agent, state } of packed) writer.raw(agentToBytes(agent)).blob(state);
  return writer.finish();
}

/**
 * Reads a pack. States are views of `bytes`.
 *
 * @throws {HoldfastError} `unsupported_version`, `truncated`, `too_large`, `corrupt`.
 */
export function unpackPresence(bytes: Uint8Array): readonly PresenceEntry[] {
  const reader = new Reader(bytes);
  const found = reader.u8("presence version");
  if (found !== version) {
    throw new HoldfastError("unsupported_version", `presence of version ${found}`);
  }
  const entries: PresenceEntry[] = [];
  const count = reader.count("presence entries", presenceTabsMax, agentSizeBytes + 1);
  for (let index = 0; index < count; index += 1) {
    const agent = agentFromBytes(reader.raw(agentSizeBytes, "presence agent"));
    entries.push({ agent, state: reader.blob("presence value", presenceSizeBytesMax) });
  }
  reader.end("presence");
  return entries;
}
