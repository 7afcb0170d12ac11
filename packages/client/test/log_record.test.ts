// The records of a client's log: damaged in any way, they are refused with a typed
// error, or are records.

import { agentFromBytes, VersionVector } from "@holdfast/causality";
import { parseDocumentId } from "@holdfast/doc";
import { equalBytes, isHoldfastError, SeededRandom } from "@holdfast/std";
import { expect, test } from "vitest";
import { damaged } from "../../../tools/hostile/damage.ts";
import { decodeLogRecord, encodeLogRecord, type LogRecord } from "../src/copy/log_record.ts";

const document = parseDocumentId("notes");
const agent = agentFromBytes(new Uint8Array(16).fill(5));
const other = agentFromBytes(new Uint8Array(16).fill(9));
const store = { identity: new Uint8Array(16).fill(7), epoch: 3 };
const sent = new VersionVector([
  [agent, 300],
  [other, 1],
]);
const samples: readonly LogRecord[] = [
  { type: "agent", agent },
  { type: "bundle", document, bundle: new Uint8Array(70).fill(3) },
  { type: "knowledge", document, knowledge: { store, sent, saved: new VersionVector() } },
  { type: "knowledge", document, knowledge: { store, sent: new VersionVector(), saved: sent } },
];

test("each comes back as it was", () => {
  for (const record of samples) expect(decodeLogRecord(encodeLogRecord(record))).toEqual(record);
});

test("random and damaged records are refused with a typed error, or are what is written", () => {
  const random = new SeededRandom(1);
  let [refused, read] = [0, 0];
  for (let round = 0; round < 20_000; round += 1) {
    const valid = encodeLogRecord(samples[round % samples.length]!);
    const bytes = round % 5 === 0 ? random.bytes(round % 200) : damaged(valid, random);
    if (round % 10 === 0 && bytes.length > 0) bytes[0] = 1 + (round % 3);
    const before = bytes.slice();
    try {
      const record = decodeLogRecord(bytes);
      expect(equalBytes(encodeLogRecord(record), bytes)).toBe(true);
      read += 1;
    } catch (error) {
      if (!isHoldfastError(error, "truncated", "too_large", "corrupt", "invalid_argument")) {
        throw new Error(`round ${round}`, { cause: error });
      }
      refused += 1;
    }
    expect(equalBytes(bytes, before)).toBe(true);
  }
  expect(refused).toBeGreaterThan(5_000);
  expect(read).toBeGreaterThan(1_000);
});
