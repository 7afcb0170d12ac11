// The order in which test files run: those that take longest first, so that no core is
// idle in the end while one of them goes on. On a fresh clone vitest knows no more of
// files than their sizes.

import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Ends of the paths of files that take 20 s and more, the dearest first. */
const dearest = [
  "scenarios/test/sim/mutants.test.ts",
  "doc/test/traces.test.ts",
  "scenarios/test/replay.test.ts",
  "store/test/conformance.test.ts",
  "workspace/test/browser/one_person.test.ts",
  "scenarios/test/torture/torture.test.ts",
  "holdfast/test/sim_command.test.ts",
  "scenarios/test/torture/cluster.test.ts",
  "scenarios/test/sim/sync.test.ts",
  "tools/test/build.test.ts",
];

/** See the head of this file. */
export class DearestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted
      .map((file) => ({ file, rank: rankOf(file) }))
      .sort((left, right) => left.rank - right.rank)
      .map(({ file }) => file);
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const at = dearest.findIndex((end) => moduleId.endsWith(end));
  return at < 0 ? dearest.length : at;
}
