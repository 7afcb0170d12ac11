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
    // behind in a module. One process more than continuous integration has cores, since tests
    // of disks, sockets and pages wait now and then.
    isolate: false,
    maxWorkers: 3,
    sequence: { sequencer: DearestFirst },
  },
});
