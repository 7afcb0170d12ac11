// Bundles of made-up events, for tests of what keeps them without reading them.

import { type AgentId, agentFromBytes, type EventId } from "@holdfast/causality";
import { type BundleSection, type DocumentId, encodeBundle, parseDocumentId } from "@holdfast/doc";
import { crc32c, encodeUtf8, Writer } from "@holdfast/std";

export const notes: DocumentId = parseDocumentId("notes");

/** Agent number `index`. */
export function agent(index: number): AgentId {
  const bytes = new Uint8Array(16);
  bytes[0] = index >> 8;
  bytes[1] = index & 255;
  return agentFromBytes(bytes);
}

/** What a made-up section holds. */
export interface MadeRun {
  readonly agent: AgentId;
  readonly from: number;
  readonly to: number;
  readonly dependencies?: readonly EventId[];
  /** Tells apart two contents of the same events. */
  readonly content?: string;
}

/** A sealed section; its hash is a function of agent, bounds and content. */
export function section(run: MadeRun): BundleSection {
  const name = `${run.agent} ${run.from} ${run.to} ${run.content ?? ""}`;
  const hash = new Writer(16);
  for (let part = 0; part < 4; part += 1) hash.u32(crc32c(encodeUtf8(`${part} ${name}`)));
  return {
    kind: "sealed",
    runs: [{ agent: run.agent, from: run.from, to: run.to, hash: hash.finish() }],
    dependencies: run.dependencies ?? [],
    payload: encodeUtf8(name),
  };
}

/** An encoded bundle with one section for each run. */
export function bundleOf(...runs: readonly MadeRun[]): Uint8Array {
  return encodeBundle({ document: notes, sections: runs.map(section) });
}
