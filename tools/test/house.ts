// A small house in good order, for the linter's tests to plant violations in.

/** Text of files by their path. */
export type Files = Record<string, string>;

/** Its layers.json. */
export const layers = {
  packages: {
    std: { level: 0, pure: true, browserSafe: true, imports: [], libraries: [], outside: [] },
    world: {
      level: 1,
      pure: false,
      browserSafe: true,
      imports: ["std"],
      libraries: ["ws"],
      outside: ["node"],
    },
    server: {
      level: 5,
      pure: false,
      browserSafe: false,
      imports: ["std", "world"],
      libraries: [],
      outside: ["node"],
    },
  },
  apps: {
    notebook: {
      level: 8,
      pure: false,
      browserSafe: true,
      imports: ["std"],
      libraries: ["react"],
      outside: ["."],
    },
  },
  browserLibraries: ["react"],
  testOnly: ["check", "sim"],
  testOnlyBelowLevel: 6,
};

const check = { ...layers.packages.std, level: 1 };
/** The same with a judge. */
export const layersWithCheck = JSON.stringify({
  ...layers,
  packages: { ...layers.packages, check },
});

/** A small house in good order. */
export const house: Files = {
  "layers.json": JSON.stringify(layers),
  "package.json": JSON.stringify({ name: "house", devDependencies: { tsx: "1.0.0" } }),
  "README.md":
    "# House\n\nSee [std](packages/std/README.md#top), [here](.) and [web](https://x.y).\n",
  "packages/std/README.md": "# std\n",
  "packages/std/SPEC.md": "# Rules\n\n- **A1** It adds.\n- **A2** It is quick.\n",
  "packages/std/package.json": manifestOf("std", []),
  "packages/std/src/index.ts": '// Words.\n\nexport { one } from "./one.ts";\n',
  "packages/std/src/one.ts": "// One.\n\n/** One. */\nexport const one = 1;\n",
  "packages/std/test/one.test.ts":
    'import { one } from "@holdfast/std";\ntest("A1: adds", () => one);\ntest.each([1])(`A2: quick`, f);\n',
  "packages/world/package.json": manifestOf("world", ["@holdfast/std", "ws"]),
  "packages/world/README.md": "# world\n",
  "packages/server/README.md": "# server\n",
  "packages/world/src/index.ts":
    '// World.\n\nimport { one } from "@holdfast/std";\n\nexport const two = one + one;\n',
  "packages/world/src/node/clock.ts":
    '// Clock.\n\nimport "node:fs";\nimport "ws";\n\nexport const now = Date.now();\n',
  "packages/server/package.json": manifestOf("server", ["@holdfast/world"]),
  "packages/server/src/index.ts": '// Server.\n\nexport { two } from "@holdfast/world";\n',
  "apps/notebook/package.json": manifestOf("notebook", ["@holdfast/std", "react"]),
  "apps/notebook/README.md": "# notebook\n",
  "apps/notebook/src/main.tsx":
    '// Notebook.\n\nimport { one } from "@holdfast/std";\nimport { useId } from "react";\n\nwindow.title = <b>{one}: not // a comment, TO' +
    "DO</b>;\n",
  "apps/notebook/test/main.test.tsx": 'import "@holdfast/world";\n',
};

/** The package.json of the package in `folder`, which depends on `dependencies`. */
export function manifestOf(folder: string, dependencies: readonly string[]): string {
  return JSON.stringify({
    name: `@holdfast/${folder}`,
    exports: { ".": { "@holdfast/source": "./src/index.ts", default: "./dist/index.js" } },
    dependencies: Object.fromEntries(dependencies.map((name) => [name, "1.0.0"])),
  });
}
