// A run of two machines in which everything that a record can say is said.

import { encodeUtf8 } from "@holdfast/std";
import type {
  ConnectionNumber,
  Happening,
  MessageNumber,
  TraceRecord,
} from "../src/run/trace_record.ts";

const connection = 1 as ConnectionNumber;
const up = { from: "client", to: "server", connection };
const down = { from: "server", to: "client", connection };
const cut = { type: "fault", fault: 0, kind: "partition", machines: ["server", "client"] } as const;

function at(atMs: number, happening: Happening): TraceRecord {
  return { atMs, happening };
}

function number(value: number): MessageNumber {
  return value as MessageNumber;
}

/** Its records. */
export const smallRun: readonly TraceRecord[] = [
  at(0, { type: "start", machine: "server", life: 1 }),
  at(0, { type: "start", machine: "client", life: 1 }),
  at(5, { type: "connect", ...up }),
  at(10, { type: "send", ...up, message: number(1), bytes: encodeUtf8("edit 1") }),
  at(14, { type: "arrive", ...up, message: number(1) }),
  at(14.5, {
    ...{ type: "disk", machine: "server", operation: "write", path: "notes.log" },
    ...{ sizeBytes: 128, outcome: "ok" },
  }),
  at(15, { type: "send", ...down, message: number(2), bytes: encodeUtf8("saved") }),
  at(21, { type: "arrive", ...down, message: number(2) }),
  at(30, { ...cut, phase: "begin", text: "total" }),
  at(35, { type: "send", ...up, message: number(3), bytes: encodeUtf8("edit 2") }),
  at(36, { type: "bite", kind: "partition", machine: "client", text: "lost 6 bytes to server" }),
  at(50, { ...cut, phase: "end", text: "total" }),
  at(60, { type: "end", machine: "server", how: "killed", text: "" }),
  at(62, { type: "close", connection, machine: "client", kind: "broken", text: "reset by peer" }),
  at(70, {
    ...{ type: "fault", fault: 1, phase: "begin", kind: "slow_network", machines: [] },
    text: "3 times as slow",
  }),
  at(80, { type: "start", machine: "server", life: 2 }),
  at(90, { type: "pause", machine: "client" }),
  at(100, { type: "resume", machine: "client" }),
  at(110, { type: "note", machine: "client", text: "reads 1 event" }),
  at(118, { type: "note", machine: "", text: "the liveness phase begins" }),
  at(120, { type: "violation", text: "an acknowledged edit is lost" }),
];
