// Judges of histories. See README.md.

export { type Edn, readEdn } from "./history/edn.ts";
export { HistoryBuilder } from "./history/history_builder.ts";
export { type JepsenInput, readJepsenEdn, readJepsenJson } from "./history/jepsen.ts";
export { casRegisterHistory } from "./history/jepsen_register.ts";
export { readHistory, writeHistory } from "./history/json_lines.ts";
export type { History, Operation, Outcome } from "./history/operation.ts";
export { readPorcupineKv } from "./history/porcupine_kv.ts";
export { readPorcupineRegister } from "./history/porcupine_register.ts";
export {
  type ClientOptions,
  Recorder,
  type RecorderOptions,
  type RecordOptions,
} from "./history/recorder.ts";
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
