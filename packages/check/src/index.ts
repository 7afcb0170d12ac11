// Judges of histories. See README.md.

export {
  type BankError,
  type BankOptions,
  type BankVerdict,
  judgeBank,
} from "./data_types/bank.ts";
export type { Call, CallOperation, DataVerdict, Item } from "./data_types/calls.ts";
export {
  type CausalReverseError,
  type CausalReverseVerdict,
  judgeCausalReverse,
} from "./data_types/causal_reverse.ts";
export { type CounterRead, type CounterVerdict, judgeCounter } from "./data_types/counter.ts";
export { judgeLongFork, type LongForkVerdict } from "./data_types/long_fork.ts";
export { judgeQueue, type OutOfOrder, type QueueVerdict } from "./data_types/queue.ts";
export { judgeSet, type SetVerdict } from "./data_types/set.ts";
export { judgeTotalQueue, type TotalQueueVerdict } from "./data_types/total_queue.ts";
export { judgeUniqueIds, type UniqueIdsVerdict } from "./data_types/unique_ids.ts";
export { callVocabulary, type DataJudge, dataJudges } from "./data_types/vocabulary.ts";
export {
  type Activity,
  type ActivityPoint,
  type ActivitySpan,
  activityOf,
  type Quantiles,
} from "./explain/activity.ts";
export { type DataJudgement, explainDataType } from "./explain/explain_data_type.ts";
export { explainIsolation } from "./explain/explain_isolation.ts";
export { explainLinearizability } from "./explain/explain_linearizability.ts";
export { explainMerge } from "./explain/explain_merge.ts";
export { explainSessions } from "./explain/explain_sessions.ts";
export type {
  Finding,
  OrderStep,
  Report,
  ReportEdge,
  ReportModels,
  ReportOperation,
  ReportOptions,
  ReportOrder,
} from "./explain/report.ts";
export type { EdgeType } from "./graph/dependency.ts";
export { type Edn, ednDepthMax, ednTextLengthMax, readEdn } from "./history/edn.ts";
export type { Fault } from "./history/fault.ts";
export { readAnyHistory } from "./history/formats.ts";
export { HistoryBuilder } from "./history/history_builder.ts";
export {
  type JepsenInput,
  operationsOfEvents,
  readJepsenEdn,
  readJepsenJson,
} from "./history/jepsen.ts";
export { readHistory, writeHistory } from "./history/json_lines.ts";
export type { History, Operation, Outcome } from "./history/operation.ts";
export { readPorcupineKv } from "./history/porcupine_kv.ts";
export { readPorcupineRegister } from "./history/porcupine_register.ts";
export { readFaults } from "./history/read_faults.ts";
export {
  type ClientOptions,
  Recorder,
  type RecorderOptions,
  type RecordOptions,
} from "./history/recorder.ts";
export type { Vocabulary } from "./history/vocabulary.ts";
export { type AnomalyType, anomalyTypes } from "./isolation/anomaly_types.ts";
export { judgePredicates } from "./isolation/closed_predicate.ts";
export { judgeLists } from "./isolation/list_append.ts";
export {
  forbiddenBy,
  impliedModels,
  type Model,
  modelNamed,
  models,
  ruledOutBy,
  weakestOf,
} from "./isolation/models.ts";
export type { VersionOptions } from "./isolation/register_versions.ts";
export { judgeRegisters, type RegisterOptions } from "./isolation/rw_register.ts";
export type {
  Key,
  ListStep,
  Predicate,
  PredicateStep,
  RegisterStep,
  TransactionOperation,
  Value,
} from "./isolation/transaction.ts";
export type {
  Anomaly,
  AnomalyDetails,
  CycleEdge,
  IsolationOptions,
  IsolationVerdict,
  UnknownReason,
} from "./isolation/verdict.ts";
export {
  listVocabulary,
  predicateVocabulary,
  registerVocabulary,
  type TransactionVocabulary,
} from "./isolation/vocabularies.ts";
export {
  checkLinearizability,
  type LinearizabilityOptions,
  stepsMaxDefault,
} from "./linearizability/check_linearizability.ts";
export type { SequentialModel } from "./linearizability/model.ts";
export type {
  LinearizabilityVerdict,
  PartialLinearization,
  RuleVerdict,
} from "./linearizability/verdict.ts";
export { readMergeLog, writeMergeLog } from "./merge/json_lines.ts";
export { judgeMerge } from "./merge/judge_merge.ts";
export type {
  MergeDurableRecord,
  MergeEventRecord,
  MergeId,
  MergeIds,
  MergeRecord,
  MergeRestartRecord,
  MergeSettledRecord,
  MergeStateRecord,
  MergeVersionRecord,
} from "./merge/record.ts";
export {
  type MergeFault,
  type MergeOptions,
  type MergePromise,
  type MergeVerdict,
  mergePromises,
  type PromiseVerdict,
} from "./merge/verdict.ts";
export { type CounterInput, type CounterOutput, counter } from "./models/counter.ts";
export { type KvInput, type KvOutput, type KvState, kv, kvWhole } from "./models/kv.ts";
export {
  type LeaseInput,
  type LeaseOutput,
  type LockInput,
  type LockOutput,
  type LockState,
  lease,
  lock,
} from "./models/lock.ts";
export {
  type MultiRegisterInput,
  type MultiRegisterOutput,
  type MultiRegisterState,
  type MultiRegisterStep,
  multiRegister,
} from "./models/multi_register.ts";
export {
  type QueueInput,
  type QueueOutput,
  type QueueValue,
  queue,
  type StackInput,
  type StackOutput,
  stack,
} from "./models/queue.ts";
export {
  type CasRegisterInput,
  type CasRegisterOutput,
  casRegister,
  type RegisterInput,
  type RegisterOutput,
  register,
} from "./models/register.ts";
export type { Scalar } from "./models/scalar.ts";
export { type SetInput, type SetOutput, type SetState, set } from "./models/set.ts";
export { type NamedModel, namedModels } from "./models/vocabularies.ts";
export { reportJson } from "./report/report_json.ts";
export { pageLengthMax, reportPage } from "./report/report_page.ts";
export { reportText } from "./report/report_text.ts";
export type { ScoredAnswer } from "./score/answer.ts";
export {
  type CaseCheck,
  type CaseExpectation,
  type PublishedCase,
  readCases,
  readExpectation,
} from "./score/cases.ts";
export { type ExpectedFile, readExpectedFiles, scoreFile } from "./score/expected_files.ts";
export { scoreCase, scoreCaseFile } from "./score/score_case.ts";
export { judgeSessions } from "./sessions/judge_sessions.ts";
export { readSessions } from "./sessions/read_sessions.ts";
export { type RegisterCall, registerTransactions } from "./sessions/register_calls.ts";
export {
  type Guarantee,
  type GuaranteeVerdict,
  guarantees,
  impliedGuarantees,
  type SessionEdge,
  type SessionEdgeType,
  type SessionFault,
  type SessionOptions,
  type SessionUnknownReason,
  type SessionVerdict,
} from "./sessions/verdict.ts";
