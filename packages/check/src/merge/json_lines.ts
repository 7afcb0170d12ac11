// Merge logs in JSON lines; docs/formats/merge-log.md has the rules.
//
//   {"format":"holdfast-merge-log","version":1}
//   {"replica":"ann","type":"event","id":["a",0,5],"insert":[["a",0,5]],"after":null,"before":null}
//   {"replica":"ann","type":"state","list":[["a",0,5]]}

import { HoldfastError } from "@holdfast/std";
import { checkHeader, checkJson, depthMax, isShallow, objectOf } from "../history/json_values.ts";
import { lineError, linesOf } from "../history/lines.ts";
import { faultOf, recordOf } from "./check_record.ts";
import type { MergeRecord } from "./record.ts";

const header = { format: "holdfast-merge-log", version: 1 };

/**
 * Reads a merge log.
 *
 * @throws {HoldfastError} `corrupt` where a line breaks the format's rules,
 *   `unsupported_version` where a later release wrote it, `too_large` where there is too
 *   much of something. Each names the line.
 */
export function readMergeLog(text: string): readonly MergeRecord[] {
  const records: MergeRecord[] = [];
  let isFirst = true;
  for (const line of linesOf(text)) {
    const value = objectOf(line);
    if (isFirst) {
      checkHeader(value, header, line);
      isFirst = false;
      continue;
    }
    if (!isShallow(value, depthMax + 1)) {
      throw lineError("too_large", line.number, `nests over ${depthMax} deep`);
    }
    const fault = faultOf(value);
    if (fault !== null) throw lineError(fault.code, line.number, fault.reason);
    records.push(recordOf(value));
  }
  if (isFirst) throw lineError("corrupt", 1, "has no header");
  return records;
}

/**
 * Writes a merge log. {@link readMergeLog} gives the same records again.
 *
 * @throws {HoldfastError} `invalid_argument` where something is no record, or JSON can't
 *   hold it.
 */
export function writeMergeLog(records: Iterable<MergeRecord>): string {
  const lines = [JSON.stringify(header)];
  for (const record of records) {
    const who = `record ${lines.length - 1}`;
    const fault = faultOf({ ...record });
    if (fault !== null) throw new HoldfastError("invalid_argument", `${who} ${fault.reason}`);
    checkJson(record, who, depthMax + 1);
    lines.push(JSON.stringify(recordOf({ ...record })));
  }
  return `${lines.join("\n")}\n`;
}
