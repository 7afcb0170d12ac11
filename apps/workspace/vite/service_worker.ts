// Builds src/worker/sw.ts into /sw.js, after everything else: it has to know the names of
// all files of the release, and changes whenever one of them does.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { build, type Plugin } from "vite";

/** The plugin. */
export function serviceWorker(): Plugin {
  let root = "";
  let outDir = "";
  return {
    name: "holdfast-service-worker",
    apply: "build",
    configResolved(config) {
      root = config.root;
      outDir = resolve(config.root, config.build.outDir);
    },
    async closeBundle() {
      const files = filesBelow(outDir).filter(
        (path) => !path.endsWith(".map") && path !== "/sw.js",
      );
      const hash = createHash("sha256");
      for (const path of files) hash.update(path).update(readFileSync(join(outDir, path)));
      await build({
        configFile: false,
        root,
        logLevel: "warn",
        publicDir: false,
        define: {
          __FILES__: JSON.stringify(files),
          __RELEASE__: JSON.stringify(hash.digest("hex").slice(0, 16)),
        },
        build: {
          outDir,
          emptyOutDir: false,
          target: "es2022",
          rolldownOptions: {
            input: join(root, "src/worker/sw.ts"),
            output: { format: "iife", entryFileNames: "sw.js" },
          },
        },
      });
    },
  };
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(
      ({ parentPath, name }) => `/${relative(folder, join(parentPath, name)).split(sep).join("/")}`,
    )
    .sort();
}
