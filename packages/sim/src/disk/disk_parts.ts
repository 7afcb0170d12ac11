// What the open files and the processes' views of one disk have in common.

import { isHoldfastError, type Random } from "@holdfast/std";
import type { Happening } from "../run/trace_record.ts";
import type { CallQueue } from "./call_queue.ts";
import type { DiskFaults } from "./disk_faults.ts";
import type { FileBody } from "./file_body.ts";
import type { NameTable } from "./name_table.ts";

/** Who holds a lock: one for each claim. */
export interface LockClaim {
  readonly machine: string;
  readonly life: number;
}

/** The insides of one disk. */
export interface DiskParts {
  readonly machine: string;
  readonly random: Random;
  readonly names: NameTable;
  readonly faults: DiskFaults;
  /** Queues with calls under way, in the order in which they began. */
  readonly busy: Set<CallQueue>;
  readonly locks: Map<FileBody, LockClaim>;
  readonly record: (happening: Happening) => void;
}

/** A call that is written down. */
export interface RecordedCall {
  readonly operation: string;
  readonly path: string;
  readonly sizeBytes: number;
}

/** Does what a call does, and writes down what came of it. */
export function recorded<T>(parts: DiskParts, call: RecordedCall, act: () => T): T {
  const happening = { type: "disk", machine: parts.machine, ...call } as const;
  try {
    const result = act();
    parts.record({ ...happening, outcome: "ok" });
    return result;
  } catch (error) {
    parts.record({ ...happening, outcome: isHoldfastError(error) ? error.code : "failed" });
    throw error;
  }
}
