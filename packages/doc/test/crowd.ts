// Bundles of few bytes in which very many events are concurrent at one place.

import type { EventId } from "@holdfast/causality";
import { encodeBundle } from "@holdfast/doc";
import { randomBelow, SeededRandom } from "@holdfast/std";
import { encodeSection } from "../src/bundle/section.ts";
import type { Stretch } from "../src/history/operation.ts";
import { agentAt, texts } from "./history.ts";
import { document } from "./laws.ts";

const [container] = texts;

/** What all others stand upon: a pair of brackets by agent 0. */
export const brackets: Stretch = {
  agent: agentAt(0),
  seq: 0,
  parents: [],
  operation: { type: "insert", container, at: 0, content: "[]" },
};

/** The version that has them. */
export const afterBrackets: EventId = { agent: brackets.agent, seq: 1 };

/**
 * `branches` agents write `length` letters each between the brackets, none seeing another's:
 * each letter at a random place among the writer's own. Branch by branch.
 */
export function scattered(branches: number, length: number): readonly Stretch[] {
  const random = new SeededRandom(7);
  const found: Stretch[] = [];
  for (let branch = 0; branch < branches; branch += 1) {
    const agent = agentAt(branch + 1);
    const text = String.fromCharCode(0x4e00 + branch);
    for (let seq = 0; seq < length; seq += 1) {
      found.push({
        agent,
        seq,
        parents: seq === 0 ? [afterBrackets] : [{ agent, seq: seq - 1 }],
        operation: {
          type: "insert",
          container,
          at: 1 + randomBelow(random, seq + 1),
          content: text,
        },
      });
    }
  }
  return found;
}

/** `stretches` with those of all agents by turns: the first of each, the second of each. */
export function byTurns(stretches: readonly Stretch[]): readonly Stretch[] {
  return [...stretches].sort((a, b) => a.seq - b.seq);
}

/** All `stretches` as one bundle. */
export function packed(stretches: readonly Stretch[]): Uint8Array {
  return encodeBundle({ document, sections: [encodeSection(stretches)] });
}
