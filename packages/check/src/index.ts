// Judges of histories. See README.md.

export { HistoryBuilder } from "./history/history_builder.ts";
export type { History, Operation, Outcome } from "./history/operation.ts";
