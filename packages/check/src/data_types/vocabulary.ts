// The judges of data types by name, and how calls are read.

import { unheardOf, type Vocabulary } from "../history/vocabulary.ts";
import type { Call, CallOperation, DataVerdict } from "./calls.ts";
import { judgeCausalReverse } from "./causal_reverse.ts";
import { judgeCounter } from "./counter.ts";
import { judgeLongFork } from "./long_fork.ts";
import { judgeQueue } from "./queue.ts";
import { judgeSet } from "./set.ts";
import { judgeTotalQueue } from "./total_queue.ts";
import { judgeUniqueIds } from "./unique_ids.ts";

/** Calls of a data type: what is called, and with what. Without a name it is a transaction. */
export const callVocabulary: Vocabulary<Call, unknown> = {
  input: (said) => {
    if (typeof said !== "object" || said === null || Array.isArray(said)) {
      return unheardOf("a call is an object with f and value");
    }
    const { f = "txn", value = null } = said as { readonly f?: unknown; readonly value?: unknown };
    return typeof f === "string" ? { f, value } : unheardOf("f is no name");
  },
  output: (said) => said,
};

/** What judges a data type. */
export type DataJudge = (history: readonly CallOperation[]) => { readonly verdict: DataVerdict };

/** The judges that need no more than a history, by the names of Jepsen's workloads. */
export const dataJudges: Readonly<Record<string, DataJudge>> = {
  set: judgeSet,
  queue: judgeQueue,
  "fifo-queue": (history) => judgeQueue(history, { fifo: true }),
  "total-queue": judgeTotalQueue,
  "unique-ids": judgeUniqueIds,
  counter: judgeCounter,
  "long-fork": judgeLongFork,
  "causal-reverse": judgeCausalReverse,
};
