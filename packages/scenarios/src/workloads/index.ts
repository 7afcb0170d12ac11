// Work whose history judges read, for any driver of the store. See ../../README.md.

export {
  runWorkload,
  type WorkAmount,
  type WorkBench,
  type WorkCounts,
  workloads,
} from "./cases.ts";
export {
  isFail,
  type RecordCall,
  readAll,
  type WorkersParts,
  type WorkSite,
  workOn,
} from "./workers.ts";
export type { Draw, Task, Workload } from "./workload.ts";
