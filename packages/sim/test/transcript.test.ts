// A run as text: golden files for people, and what keeps a line a line.

import fc from "fast-check";
import { expect, test } from "vitest";
import { textLengthMax } from "../src/picture/notation.ts";
import { transcript } from "../src/picture/transcript.ts";
import type { TraceRecord } from "../src/run/trace_record.ts";
import { describeText, plausibleRun } from "./plausible_run.ts";
import { smallRun } from "./small_run.ts";

function golden(name: string): string {
  return new URL(`golden/${name}.txt`, import.meta.url).pathname;
}

test("everything that can happen has its line", async () => {
  const lines = transcript(smallRun, { describeMessage: describeText });
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(golden("everything"));
});

test("a long run is cut to its last lines, which read as they would in the whole", async () => {
  const records = plausibleRun();
  const all = transcript(records, { describeMessage: describeText });
  const last = transcript(records, { describeMessage: describeText, linesMax: 40 });
  expect(last).toEqual([`... ${records.length - 40} lines before`, ...all.slice(-40)]);
  await expect(`${last.join("\n")}\n`).toMatchFileSnapshot(golden("last-forty"));
  expect(transcript(records, { linesMax: records.length })).toHaveLength(records.length);
});

test("each record is one line, whatever its texts are", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 1_000 }), (text) => {
      const records: TraceRecord[] = [
        { atMs: 0, happening: { type: "note", machine: text.slice(0, 30), text } },
        { atMs: 1, happening: { type: "violation", text } },
        { atMs: 2, happening: { type: "bite", kind: text, machine: "m", text } },
      ];
      const lines = transcript(records);
      expect(lines).toHaveLength(3);
      for (const line of lines) {
        expect([...line].filter((letter) => isControl(letter.codePointAt(0)!))).toEqual([]);
        expect(line.length).toBeLessThan(2 * 7 * textLengthMax);
      }
    }),
  );
  const hostile = "a\nb\u001b[2J\u202ec";
  const [line] = transcript([{ atMs: 0, happening: { type: "violation", text: hostile } }]);
  expect(line).toBe("     0.000  VIOLATION  a\\nb\\u001b[2J\\u202ec");
});

function isControl(point: number): boolean {
  return point < 32 || (point >= 127 && point < 160) || (point >= 0x2028 && point <= 0x202e);
}

test("a text that is longer than a line should be is cut", () => {
  const records: TraceRecord[] = [
    { atMs: 0, happening: { type: "violation", text: "x".repeat(textLengthMax + 1) } },
  ];
  expect(transcript(records)[0]).toBe(`     0.000  VIOLATION  ${"x".repeat(textLengthMax - 1)}…`);
});
