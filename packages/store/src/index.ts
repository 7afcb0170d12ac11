// Data that agrees. See README.md.

export {
  type Capabilities,
  type Committed,
  type CommitVersion,
  type KeyRange,
  keySizeBytesMax,
  type RangeOptions,
  type Row,
  rangeRowsMax,
  retriesMax,
  type Snapshot,
  type Store,
  type Transaction,
  type TransactOptions,
  transactionAgeMsMax,
  transactionSizeBytesMax,
  valueSizeBytesMax,
  type Watch,
  watchesMax,
} from "./store.ts";
