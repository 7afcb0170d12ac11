// Scenarios on all cores of a machine. See ../../README.md.

export type { SeedFailure, SeedReport } from "../campaign/seed_report.ts";
export { idleSeedsMin, Tally } from "../campaign/tally.ts";
export type { CoverageSum, FunctionRun } from "./coverage.ts";
export { type CrewOptions, playSeeds } from "./crew.ts";
export { playAsWorker, type SeedTask } from "./worker.ts";
