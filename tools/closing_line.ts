// A Vitest reporter that says why each skipped test was skipped, and ends with
// the line `N passed, N failed`.

import type { Reporter, TestModule } from "vitest/node";

/** Prints the closing line of a test run, after every other reporter. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      if (module.state() === "failed" && tests.every((test) => test.result().state !== "failed")) {
        count.failed += 1;
      }
      for (const test of tests) {
        const result = test.result();
        if (result.state === "passed") count.passed += 1;
        else if (result.state === "failed") count.failed += 1;
        else {
          count.skipped += 1;
          const note = "note" in result && result.note !== undefined ? `: ${result.note}` : "";
          console.log(`skipped ${test.fullName}${note}`);
        }
      }
    }
    const skipped = count.skipped === 0 ? "" : `, ${count.skipped} skipped`;
    process.once("exit", () => {
      process.stdout.write(`${count.passed} passed, ${count.failed} failed${skipped}\n`);
    });
  }
}
