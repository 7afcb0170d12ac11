// Bytes as a stranger sends them: noise, and valid input with something wrong.

import type { AgentId } from "@holdfast/causality";
import { decodeBundle, encodeBundle } from "@holdfast/doc";
import { concatBytes, crc32c, type Random, randomBelow, Writer } from "@holdfast/std";
import { encodeSection, sectionStretches } from "../src/bundle/section.ts";
import { listId } from "../src/content/container.ts";
import { compareEventIds } from "../src/history/history.ts";
import { followsOwn, operationLength, type Stretch } from "../src/history/operation.ts";

/** Random bytes, some of them behind `magic` so that they get past the door. */
export function noise(random: Random, magic: Uint8Array): Uint8Array {
  const bytes = random.bytes(randomBelow(random, 200));
  const chance = random.next();
  if (chance < 0.3) return bytes;
  const opened = concatBytes([magic, bytes]);
  return chance < 0.5 ? opened : sealed(concatBytes([opened, new Uint8Array(4)]));
}

/** `valid` with one to four things wrong: flipped bits, cuts, splices, swaps, huge numbers. */
export function mutated(valid: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  let bytes = valid;
  for (let count = 1 + randomBelow(random, 4); count > 0; count -= 1) {
    bytes = mutateOnce(bytes, random, other);
  }
  return random.next() < 0.8 ? sealed(bytes) : bytes;
}

function mutateOnce(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  if (bytes.length === 0) return random.bytes(3);
  const at = randomBelow(random, bytes.length);
  const to = Math.min(bytes.length, at + randomBelow(random, 24));
  const [head, middle, tail] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
  switch (randomBelow(random, 8)) {
    case 0: {
      const copy = bytes.slice();
      copy[at] = copy[at]! ^ (1 << randomBelow(random, 8));
      return copy;
    }
    case 1: {
      const copy = bytes.slice();
      copy[at] = randomBelow(random, 256);
      return copy;
    }
    case 2:
      return head.slice();
    case 3:
      return concatBytes([head, tail]);
    case 4:
      return concatBytes([head, random.bytes(1 + randomBelow(random, 8)), middle, tail]);
    case 5:
      return concatBytes([head, middle, middle, tail]);
    case 6: {
      const start = randomBelow(random, other.length);
      const piece = other.subarray(start, start + randomBelow(random, 40));
      return concatBytes([head, piece, tail]);
    }
    default:
      return concatBytes([head, hugeNumber(random), bytes.subarray(at + 1)]);
  }
}

function hugeNumber(random: Random): Uint8Array {
  const powers = [7, 14, 16, 21, 31, 32, 35, 52];
  const value = 2 ** powers[randomBelow(random, powers.length)]! - randomBelow(random, 2);
  return new Writer().uint(value).finish();
}

/** `bytes` with its last four made the checksum of the rest. */
export function sealed(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 4) return bytes;
  const body = bytes.subarray(0, bytes.length - 4);
  return new Writer(bytes.length).raw(body).u32(crc32c(body)).finish();
}

/** A bundle that says something wrong about what it holds, well-formed and with its checksum right. */
export function lying(valid: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const bundle = decodeBundle(valid);
  const strangers = decodeBundle(other).sections;
  const sections = bundle.sections.map((section) => {
    if (random.next() < 0.4) return section;
    const stranger = strangers[randomBelow(random, strangers.length)]!;
    const payload = section.payload.slice();
    switch (randomBelow(random, 9)) {
      case 0:
        return {
          ...section,
          runs: section.runs.map((run) => ({ ...run, from: run.to, to: run.to + 1 })),
        };
      case 1:
        return { ...section, runs: section.runs.map((run) => ({ ...run, to: run.to + 1 })) };
      case 2:
        return {
          ...section,
          runs: section.runs.map((run) => ({ ...run, hash: random.bytes(16) })),
        };
      case 3:
        return { ...section, dependencies: [] };
      case 4:
        return {
          ...section,
          dependencies: section.runs.map(({ agent, to }) => ({ agent, seq: to })),
        };
      case 5:
        return { ...section, payload: stranger.payload };
      case 6:
        return { ...section, runs: stranger.runs };
      case 7:
        if (payload.length > 0) payload[randomBelow(random, payload.length)] = random.bytes(1)[0]!;
        return { ...section, payload };
      default:
        return { ...section, kind: "sealed" as const };
    }
  });
  if (random.next() < 0.2) sections.reverse();
  if (random.next() < 0.2) sections.push(sections[randomBelow(random, sections.length)]!);
  return encodeBundle({ document: bundle.document, sections });
}

/**
 * A bundle whose envelope, checksum and hashes are all right, about events that can't
 * have happened, or happened otherwise: what a writer with a broken or evil
 * implementation sends.
 */
export function forged(valid: Uint8Array, random: Random): Uint8Array {
  const bundle = decodeBundle(valid);
  const all = bundle.sections.map((section) => [...sectionStretches(section)]);
  const pool = all.flat();
  const victims = 1 + randomBelow(random, 3);
  for (let count = 0; count < victims; count += 1) {
    const stretches = all[randomBelow(random, all.length)]!;
    const index = randomBelow(random, stretches.length);
    stretches[index] = forge(stretches[index]!, pool, random);
  }
  const sections = all.map((stretches) => encodeSection(renumbered(stretches)));
  return encodeBundle({ document: bundle.document, sections });
}

// Lengths may have changed: each agent's events follow one another again.
function renumbered(stretches: readonly Stretch[]): readonly Stretch[] {
  const nexts = new Map<AgentId, number>();
  return stretches.map((stretch) => {
    const seq = nexts.get(stretch.agent) ?? stretch.seq;
    nexts.set(stretch.agent, seq + operationLength(stretch.operation));
    const isOwn = followsOwn(stretch);
    return {
      ...stretch,
      seq,
      parents: isOwn ? [{ agent: stretch.agent, seq: seq - 1 }] : stretch.parents,
    };
  });
}

// Mostly one of the same sort.
function otherContainer(container: string): string {
  return container === listId("body") ? listId("meta") : "title";
}

function forge(stretch: Stretch, pool: readonly Stretch[], random: Random): Stretch {
  const { operation } = stretch;
  const number =
    randomBelow(random, 3) === 0 ? 2 ** 31 - 1 - randomBelow(random, 2) : randomBelow(random, 12);
  const other = pool[randomBelow(random, pool.length)]!;
  const someEvent = { agent: other.agent, seq: other.seq + randomBelow(random, 3) };
  switch (randomBelow(random, 10)) {
    case 0:
      return "at" in operation ? { ...stretch, operation: { ...operation, at: number } } : stretch;
    case 1: {
      const { container } = operation.type === "merge" ? { container: "body" } : operation;
      const isBackward = random.next() < 0.5 && number > 1;
      const at = isBackward ? number - 1 + randomBelow(random, 4) : randomBelow(random, 12);
      const length = Math.max(1, number);
      return {
        ...stretch,
        operation: { type: "delete", container, at, length, backward: isBackward },
      };
    }
    case 2:
      return { ...stretch, parents: [] };
    case 3:
      return { ...stretch, parents: [someEvent] };
    case 4: {
      const parents = [...stretch.parents, someEvent].sort(compareEventIds);
      return {
        ...stretch,
        parents: parents.filter(
          (id, index) => index === 0 || compareEventIds(id, parents[index - 1]!) !== 0,
        ),
      };
    }
    case 5:
      return operation.type === "merge"
        ? stretch
        : {
            ...stretch,
            operation: { ...operation, container: otherContainer(operation.container) },
          };
    case 6:
      return { ...stretch, operation: other.operation };
    case 7:
      return { ...stretch, operation: { type: "merge" } };
    case 8:
      return {
        ...stretch,
        operation: { type: "set", container: listId("body"), key: "k", value: null },
      };
    default:
      return {
        ...stretch,
        operation: { type: "set", container: "meta", key: "k", value: random.bytes(4) },
      };
  }
}
