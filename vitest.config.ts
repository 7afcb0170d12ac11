// How tests run: packages resolve to their sources, and the last line printed counts them.

import { defineConfig } from "vitest/config";
import { DearestFirst } from "./tools/dearest_first.ts";

export default defineConfig({
  resolve: { conditions: ["@holdfast/source"] },
  ssr: { resolve: { conditions: ["@holdfast/source", "node", "import", "default"] } },
  test: {
    include: [
      "packages/*/test/**/*.test.ts",
      "apps/*/test/**/*.test.{ts,tsx}",
      "tools/test/**/*.test.ts",
    ],
    exclude: ["**/node_modules/**", "**/test/long/**"],
    reporters: ["default", "./tools/closing_line.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: ["tools/run_folder.ts"],
    // Files share processes, and what those have loaded and compiled: no test leaves anything
    // behind in a module. As many processes as continuous integration has cores: with more, tests
    // of elections and idle peers, which count real milliseconds, starve.
    isolate: false,
    maxWorkers: 2,
    sequence: { sequencer: DearestFirst },
  },
});
