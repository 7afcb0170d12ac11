// The tests that take too long for every change: `npm run test:long`.

import { defineConfig, mergeConfig } from "vitest/config";
import common from "./vitest.config.ts";

const long = mergeConfig(common, defineConfig({}));
long.test!.include = ["packages/*/test/long/**/*.test.ts", "tools/test/long/**/*.test.ts"];
long.test!.exclude = [];
export default long;
