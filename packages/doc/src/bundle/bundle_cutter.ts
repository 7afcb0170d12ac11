// Cuts history into bundles that are small enough to send.
//
// Sizes are estimated from above while stretches are collected: cheaper than
// encoding twice, and a bundle that is a little smaller than it could be does no
// harm. Only what is inserted is ever cut, never inside of a surrogate pair or a value: the
// rest is small however many events it stands for.

import type { AgentId } from "@holdfast/causality";
import { utf8SizeBytes } from "@holdfast/std";
import type { ValueLog } from "../content/value_log.ts";
import { clipStretch, type Stretch } from "../history/operation.ts";
import {
  type BundleSection,
  bundleSizeBytesMax,
  type DocumentId,
  documentIdSizeBytesMax,
  encodeBundle,
} from "./bundle.ts";
import { encodeSection } from "./section.ts";

// Upper bounds, in bytes: an integer below 2^31 takes at most 5.
const headerSizeBytesMax = documentIdSizeBytesMax + 53;
const runSizeBytesMax = 16 + 15 + 16;
const parentSizeBytesMax = 16 + 10 + 10;
const stretchSizeBytesMax = 31;
// Below this much room, what is inserted goes into the next bundle whole rather than in part.
const textRoomBytesMin = 1_024;

/**
 * Bundles of at most `bundleSizeBytesMax` with all `stretches`, which come in
 * causal order, those of each agent without gaps.
 */
export function cutBundles(
  document: DocumentId,
  stretches: Iterable<Stretch>,
): readonly Uint8Array[] {
  return cutSections(stretches).map((section) => encodeBundle({ document, sections: [section] }));
}

/** As {@link cutBundles}: sections, each of which fits in a bundle. */
export function cutSections(stretches: Iterable<Stretch>): readonly BundleSection[] {
  const sections: BundleSection[] = [];
  let open = new OpenSection();
  const close = (): void => {
    if (open.stretches.length > 0) sections.push(encodeSection(open.stretches));
    open = new OpenSection();
  };
  for (const stretch of stretches) {
    let rest: Stretch | null = stretch;
    while (rest !== null) {
      const taken: number = open.add(rest);
      if (taken === 0) {
        close();
        continue;
      }
      const { operation }: Stretch = rest;
      const isCut: boolean = operation.type === "insert" && taken < operation.content.length;
      rest =
        isCut && operation.type === "insert"
          ? clipStretch(rest, taken, operation.content.length)
          : null;
      if (isCut) close();
    }
  }
  close();
  return sections;
}

class OpenSection {
  readonly stretches: Stretch[] = [];
  readonly #agents = new Set<AgentId>();
  readonly #containers = new Set<string>();
  #room = bundleSizeBytesMax - headerSizeBytesMax;

  /**
   * Takes in as much of `stretch` as fits.
   *
   * @returns How many of its events: all, or, where it inserts, the first of
   *   them; 0 where it needs a section of its own.
   */
  add(stretch: Stretch): number {
    const { agent, operation } = stretch;
    const overhead = this.#overhead(stretch);
    const room = this.#room - overhead;
    const isFirst = this.stretches.length === 0;
    let taken = stretch;
    let length = 1;
    if (operation.type === "insert") {
      const { content } = operation;
      length =
        typeof content === "string" ? unitsThatFit(content, room) : valuesThatFit(content, room);
      if (length < content.length) {
        if ((room < textRoomBytesMin || length === 0) && !isFirst) return 0;
        taken = clipStretch(stretch, 0, length);
      }
    } else if (room < 0 && !isFirst) return 0;
    this.#room = room - contentSizeBytes(taken);
    this.stretches.push(taken);
    this.#agents.add(agent);
    if (operation.type !== "merge") this.#containers.add(operation.container);
    return length;
  }

  #overhead({ agent, parents, operation }: Stretch): number {
    let size = stretchSizeBytesMax + parents.length * parentSizeBytesMax;
    if (!this.#agents.has(agent)) size += runSizeBytesMax;
    if (operation.type !== "merge" && !this.#containers.has(operation.container)) {
      size += utf8SizeBytes(operation.container) + 5;
    }
    if (operation.type === "set") {
      size += utf8SizeBytes(operation.key) + (operation.value?.length ?? 0) + 10;
    }
    return size;
  }
}

function contentSizeBytes({ operation }: Stretch): number {
  if (operation.type !== "insert") return 0;
  const { content } = operation;
  return typeof content === "string" ? utf8SizeBytes(content) : content.sizeBytes();
}

// How many values take at most `sizeBytes`.
function valuesThatFit(values: ValueLog, sizeBytes: number): number {
  let count = 0;
  while (count < values.length && values.sizeBytes(0, count + 1) <= sizeBytes) count += 1;
  return count;
}

// How many units of `text` take at most `sizeBytes` as UTF-8; whole pairs only.
function unitsThatFit(text: string, sizeBytes: number): number {
  if (text.length * 3 <= sizeBytes) return text.length;
  let room = sizeBytes;
  let at = 0;
  while (at < text.length) {
    const point = text.codePointAt(at)!;
    room -= point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (room < 0) break;
    at += point < 0x10000 ? 1 : 2;
  }
  return at;
}
