// The contract of the store as cases that any driver can be held to, under any
// test runner. See ../../README.md.

import { type ConformanceCase, ConformanceError, type Harness } from "./case.ts";
import { changingCases } from "./changing.ts";
import { conflictCases } from "./conflicts.ts";
import { feedCases } from "./feed.ts";
import { freshnessCases } from "./freshness.ts";
import { historyCases, judge } from "./history.ts";
import { lifeCases } from "./life.ts";
import { priorityCases } from "./priorities.ts";
import { readingCases } from "./reading.ts";
import { watchingCases } from "./watching.ts";
import { writingCases } from "./writing.ts";

export { type ConformanceCase, ConformanceError, type Harness, judge };

/** Every case. `run` rejects with a {@link ConformanceError} where a promise did not hold. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...readingCases,
  ...conflictCases,
  ...writingCases,
  ...changingCases,
  ...historyCases,
  ...watchingCases,
  ...feedCases,
  ...freshnessCases,
  ...lifeCases,
  ...priorityCases,
];
