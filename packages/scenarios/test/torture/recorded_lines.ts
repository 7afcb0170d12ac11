// Calls as lines of a history (docs/formats/history.md), which outlive a process that is killed.

import { isFail, type RecordCall } from "../../src/workloads/index.ts";

/** The first line of a history. */
export const historyHead = '{"format":"holdfast-history","version":1}';

/** Has `say` hear of each call before it is made, and of what came of it. */
export function recordInto(say: (event: string) => void): RecordCall {
  return async (process, input, call) => {
    say(JSON.stringify({ process, type: "invoke", input }));
    try {
      const output = await call();
      say(JSON.stringify({ process, type: "ok", output }));
      return output;
    } catch (error) {
      say(JSON.stringify({ process, type: isFail(error) ? "fail" : "info" }));
      throw error;
    }
  };
}
