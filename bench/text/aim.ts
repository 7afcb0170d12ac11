// What is aimed at: ours over the best peer's in the same run.

import type { Row } from "./row.ts";

/**
 * The highest ratio that is good enough; null where nothing is aimed at.
 *
 * @param isKeystrokes - True of a trace whose people typed at the same time, a keystroke or
 *   so to a transaction.
 */
export function aimOf(what: string, unit: Row["unit"], isKeystrokes: boolean): number | null {
  switch (what) {
    case "local":
      return unit === "ms warm" ? 0.3 : 0.8;
    case "load to text":
      return 0.2;
    case "load to first edit":
      return 0.5;
    case "merge":
      return isKeystrokes ? 1 : 0.8;
    case "stream":
      return 0.7;
    case "file, full history":
      return 1;
    case "memory after load to text":
      return 0.5;
    default:
      return null;
  }
}
