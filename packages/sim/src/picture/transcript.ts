// A run as lines of text, one for each thing that happened.
//
//      0.000  server-1  starts (1)
//      1.204  client-3 -> server-1  message 12, 128 bytes, connection 2
//      1.206  server-1 <- client-3  message 12

import type { Happening, TraceRecord } from "../run/trace_record.ts";

/** The records as lines: the time in seconds, then what happened. */
export function transcript(records: readonly TraceRecord[]): string[] {
  return records.map(
    ({ atMs, happening }) => `${(atMs / 1_000).toFixed(3).padStart(10)}  ${describe(happening)}`,
  );
}

function describe(happening: Happening): string {
  switch (happening.type) {
    case "start":
      return `${happening.machine}  starts (${happening.life})`;
    case "end":
      return `${happening.machine}  ${happening.how}${colon(happening.text)}`;
    case "pause":
      return `${happening.machine}  stands still`;
    case "resume":
      return `${happening.machine}  goes on`;
    case "connect":
      return `${happening.from} -> ${happening.to}  connection ${happening.connection}`;
    case "close":
      return `${happening.machine}  connection ${happening.connection} ends, ${happening.kind}${colon(happening.text)}`;
    case "send":
      return `${happening.from} -> ${happening.to}  message ${happening.message}, ${happening.bytes.length} bytes, connection ${happening.connection}`;
    case "arrive":
      return `${happening.to} <- ${happening.from}  message ${happening.message}`;
    case "disk":
      return `${happening.machine}  disk ${happening.operation} ${happening.path} ${happening.sizeBytes} bytes: ${happening.outcome}`;
    case "fault":
      return `fault ${happening.fault} ${happening.phase}s  ${happening.kind} ${happening.text}`;
    case "bite":
      return `${happening.machine}  ${happening.kind}: ${happening.text}`;
    case "note":
      return happening.machine === ""
        ? `# ${happening.text}`
        : `${happening.machine}  # ${happening.text}`;
    case "violation":
      return `VIOLATION  ${happening.text}`;
  }
}

function colon(text: string): string {
  return text === "" ? "" : `: ${text}`;
}
