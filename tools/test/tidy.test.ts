import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { formatFinding } from "../tidy/finding.ts";
import { rules, tidy } from "../tidy/tidy.ts";
import { type Files, house, layers, layersWithCheck, manifestOf } from "./house.ts";

const built: string[] = [];
afterEach(() => {
  for (const root of built.splice(0)) rmSync(root, { recursive: true });
});

/** Builds the house with `changes` made to it, and tells what the linter finds. */
function find(changes: Files, without: readonly string[] = []): string[] {
  const root = mkdtempSync(join(tmpdir(), "holdfast-tidy-"));
  built.push(root);
  for (const [path, text] of Object.entries({ ...house, ...changes })) {
    if (without.some((start) => path.startsWith(start))) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return tidy(root).findings.map(formatFinding);
}

const proved = new Set<string>();

/** A test that plants `changes` and expects exactly `findings`, all by `rule`. */
function plant(rule: string, name: string, changes: Files, findings: readonly string[]): void {
  proved.add(rule);
  test(`${rule}: ${name}`, () => {
    expect(find(changes)).toEqual(findings.map((text) => text.replace("RULE", rule)));
  });
}

const std = "packages/std/src/one.ts";
const world = "packages/world/src/index.ts";
const server = "packages/server/src/index.ts";
const test1 = "packages/std/test/one.test.ts";
const app = "apps/notebook/src/main.tsx";
const path = (...parts: string[]) => ["", ...parts].join("/");

describe("the house linter", () => {
  test("finds nothing in a house in good order", () => {
    expect(find({})).toEqual([]);
  });

  plant(
    "reach",
    "a package without code",
    {
      "packages/check/package.json": manifestOf("check", []),
      "packages/check/README.md": "# check\n",
      "layers.json": layersWithCheck,
    },
    ["packages  RULE: no source file of check was read"],
  );
  test("reach: nothing to read", () => {
    const empty = JSON.stringify({ ...layers, packages: {}, apps: {} });
    expect(find({ "layers.json": empty }, ["packages", "apps", "README"])).toEqual([
      "packages  reach: no package was read",
    ]);
  });
  test("reach: packages whose imports are not seen", () => {
    const silent = "// Silent.\n";
    const files = { [world]: silent, [server]: silent, "packages/std/src/index.ts": silent };
    expect(
      find(files, [
        "packages/world/src/node",
        "apps/notebook/src/main.tsx",
        "apps/notebook/test",
        test1,
      ]),
    ).toContain("packages  reach: only 0 imports were read");
  });

  plant(
    "levels",
    "a package that may not be imported",
    {
      [std]: '// One.\nexport type { two } from "@holdfast/world";\n',
      "packages/world/src/index.ts": "// World.\n",
      "packages/world/package.json": manifestOf("world", ["ws"]),
      "packages/std/package.json": manifestOf("std", ["@holdfast/world"]),
    },
    ["packages/std/src/one.ts:2  RULE: std may not import world"],
  );
  plant(
    "levels",
    "a library that was not granted, by import()",
    {
      [server]:
        '// Server.\nexport { two } from "@holdfast/world";\nexport const x = import("left-pad/x");\n',
      "packages/server/package.json": manifestOf("server", ["@holdfast/world", "left-pad"]),
    },
    ["packages/server/src/index.ts:3  RULE: server may not import left-pad"],
  );
  plant(
    "levels",
    "a package that layers.json does not know",
    {
      "packages/extra/package.json": manifestOf("extra", []),
      "packages/extra/src/index.ts": "// Extra.\n",
      "packages/extra/README.md": "# extra\n",
    },
    ["layers.json  RULE: packages/extra is missing from layers.json"],
  );
  plant(
    "levels",
    "an app that imports what it was not granted, and one that layers.json does not know",
    {
      [app]: '// App.\nimport "@holdfast/std";\nimport "react";\nimport "@holdfast/world";\n',
      "apps/notebook/package.json": manifestOf("notebook", [
        "@holdfast/std",
        "@holdfast/world",
        "react",
      ]),
      "apps/extra/package.json": manifestOf("extra", []),
      "apps/extra/src/main.tsx": "// Extra.\nconst one = <i />;\n",
      "apps/extra/README.md": "# extra\n",
    },
    [
      "layers.json  RULE: apps/extra is missing from layers.json",
      "apps/notebook/src/main.tsx:4  RULE: notebook may not import world",
    ],
  );

  test.each([
    ["on an unknown package", "notebook", { imports: ["nobody"] }, "imports unknown nobody"],
    ["of a package's name", "std", {}, "std is a package and an app"],
  ])("layers.json itself is refused with an app %s", (_name, app, change, message) => {
    const apps = { [app]: { ...layers.apps.notebook, ...change } };
    const changed = JSON.stringify({ ...layers, apps });
    expect(() => find({ "layers.json": changed })).toThrowError(message);
  });
  test.each([
    ["a level that is not lower", { level: 0 }, "is not on a lower level"],
    ["an unknown package", { imports: ["nobody"] }, "imports unknown nobody"],
    ["a pure package on one that is not", { level: 9, pure: true, imports: ["world"] }, "is pure"],
    ["a misspelt field", { import: [] }, "not browserSafe"],
  ])("layers.json itself is refused with %s", (_name, change, message) => {
    const changed = structuredClone(layers);
    Object.assign(changed.packages.server, change);
    expect(() => find({ "layers.json": JSON.stringify(changed) })).toThrowError(message);
  });

  plant(
    "test_only",
    "the product on a judge",
    {
      [server]: '// Server.\nexport { two } from "@holdfast/world";\nimport "@holdfast/check";\n',
      "packages/server/package.json": manifestOf("server", ["@holdfast/world", "@holdfast/check"]),
      "packages/check/package.json": manifestOf("check", []),
      "packages/check/README.md": "# check\n",
      "packages/check/src/index.ts": "// Check.\n",
      "layers.json": layersWithCheck,
    },
    [
      "packages/server/src/index.ts:3  levels: server may not import check",
      "packages/server/src/index.ts:3  RULE: check is for tests; the product can't stand on it",
    ],
  );

  plant(
    "manifest",
    "a dependency that is missing",
    {
      "packages/server/package.json": manifestOf("server", []),
    },
    ["packages/server/src/index.ts:3  RULE: @holdfast/world is not in the dependencies of server"],
  );
  plant(
    "manifest",
    "a dependency that nothing imports",
    {
      "packages/server/package.json": manifestOf("server", ["@holdfast/std", "@holdfast/world"]),
    },
    ["packages/server/package.json  RULE: nothing imports @holdfast/std"],
  );

  plant(
    "manifest",
    "a peer that nothing imports, beside one that is imported",
    {
      "packages/world/package.json": JSON.stringify({
        ...(JSON.parse(manifestOf("world", ["@holdfast/std"])) as object),
        peerDependencies: { ws: "1", "left-pad": "1" },
      }),
    },
    ["packages/world/package.json  RULE: nothing imports left-pad"],
  );

  plant(
    "manifest",
    "a command that imports more than the workspace's tools",
    { "packages/server/bin/go.mjs": '// Go.\nimport "tsx";\nimport "left-pad";\n' },
    ["packages/server/bin/go.mjs:3  RULE: left-pad is not in the dependencies of server"],
  );

  plant(
    "cycle",
    "two files of a package, one by a type import",
    {
      [std]: '// One.\nimport type { two } from "./two.ts";\nexport const one: typeof two = 1;\n',
      "packages/std/src/two.ts": '// Two.\nexport { one as two } from "./one.ts";\n',
    },
    [
      "packages/std/src/one.ts  RULE: packages/std/src/one.ts -> packages/std/src/two.ts -> packages/std/src/one.ts",
    ],
  );
  plant(
    "cycle",
    "two packages",
    {
      [std]: '// One.\nimport "@holdfast/world";\n',
      "packages/std/package.json": manifestOf("std", ["@holdfast/world"]),
    },
    [
      "packages/std/src/one.ts:2  levels: std may not import world",
      "packages/world/src/index.ts  RULE: packages/world/src/index.ts -> packages/std/src/index.ts -> packages/std/src/one.ts -> packages/world/src/index.ts",
    ],
  );

  plant(
    "deep_import",
    "past the exports",
    {
      [test1]: 'import "@holdfast/std/one";\ntest("A1", f);\ntest("A2", f);\n',
    },
    ["packages/std/test/one.test.ts:1  RULE: @holdfast/std/one is not exported by @holdfast/std"],
  );
  plant(
    "deep_import",
    "into another package by path",
    {
      [test1]: 'import "../../world/src/index.ts";\ntest("A1", f);\ntest("A2", f);\n',
    },
    ["packages/std/test/one.test.ts:1  RULE: reach @holdfast/world by its name"],
  );
  plant(
    "deep_import",
    "into an app, by its name and by path",
    {
      [test1]:
        'import "@holdfast/notebook";\nimport "../../../apps/notebook/src/main.tsx";\ntest("A1", f);\ntest("A2", f);\n',
    },
    [
      "packages/std/test/one.test.ts:1  RULE: apps/notebook is an app, which nothing imports",
      "packages/std/test/one.test.ts:2  RULE: reach @holdfast/notebook by its name",
    ],
  );
  plant(
    "deep_import",
    "out of src, by a worker's address",
    {
      [std]: '// One.\nexport const one = new URL("../test/one.test.ts", import.meta.url);\n',
    },
    ["packages/std/src/one.ts:2  RULE: ../test/one.test.ts lies outside of src"],
  );
  plant(
    "deep_import",
    "to a file that is not there",
    {
      [std]: '// One.\nexport type One = import("./none.ts").One;\n',
    },
    ["packages/std/src/one.ts:2  RULE: ./none.ts does not exist"],
  );

  plant(
    "browser_safe",
    "a part of Node",
    {
      [world]: '// World.\nimport "@holdfast/std";\nimport "node:path";\n',
    },
    ["packages/world/src/index.ts:3  RULE: node:path does not run in a browser"],
  );
  plant(
    "browser_safe",
    "a native library",
    {
      [world]: '// World.\nimport "@holdfast/std";\nimport type { WebSocket } from "ws";\n',
    },
    ["packages/world/src/index.ts:3  RULE: ws does not run in a browser"],
  );
  plant(
    "browser_safe",
    "a part of Node, and a library of Node's, in an app",
    {
      [app]: '// App.\nimport "@holdfast/std";\nimport "react";\nimport "fs";\nimport "ws";\n',
      "apps/notebook/package.json": manifestOf("notebook", ["@holdfast/std", "react", "ws"]),
      "layers.json": JSON.stringify({
        ...layers,
        apps: { notebook: { ...layers.apps.notebook, libraries: ["react", "ws"] } },
      }),
    },
    [
      `${app}:4  RULE: fs does not run in a browser`,
      `${app}:5  RULE: ws does not run in a browser`,
    ],
  );

  plant(
    "outside",
    "globals of the outside",
    {
      [server]: [
        "// Server.",
        'export { two } from "@holdfast/world";',
        "declare const process: { pid: number };",
        "export const at = [Date.now(), Math.random(), process.pid];",
        "export const other = (fetch: () => number, o: { Date: 1 }) => fetch() + o.Date;",
        "export const short = { console };",
        "",
      ].join("\n"),
    },
    ["4  RULE: Date", "4  RULE: Math.random", "4  RULE: process", "6  RULE: console"].map(
      (text) => `${server}:${text} touches the outside, which server may do only in: node`,
    ),
  );
  plant(
    "outside",
    "modules of the outside",
    {
      [server]:
        '// Server.\nexport { two } from "@holdfast/world";\nimport "node:fs/promises";\nimport "node:path";\n',
    },
    [`${server}:3  RULE: node:fs/promises touches the outside, which server may do only in: node`],
  );

  plant(
    "pure",
    "waiting",
    {
      [std]: "// One.\nexport async function one() {\n  await two;\n}\n",
    },
    [`${std}:2  RULE: std is pure and can't wait`, `${std}:3  RULE: std is pure and can't wait`],
  );

  plant(
    "head_comment",
    "a file that begins with code",
    {
      [std]: "export const one = 1;\n// One.\n",
    },
    [`${std}:1  RULE: the file does not say what it is: begin with a comment`],
  );

  plant("file_size", "a long file", { [std]: `// One.\n${"1;\n".repeat(500)}` }, [
    `${std}  RULE: 501 lines, at most 500: split it by noun`,
  ]);

  plant(
    "file_name",
    "another shape, and names that mean nothing",
    {
      "packages/std/src/twoWords.ts": "// Two.\n",
      "packages/std/src/utils/two.ts": "// Two.\n",
    },
    [
      'packages/std/src/twoWords.ts  RULE: "twoWords" is not snake_case',
      'packages/std/src/utils/two.ts  RULE: "utils" says nothing: name what is inside',
    ],
  );

  plant(
    "export_star",
    "in an index",
    {
      "packages/std/src/index.ts": '// Words.\nexport * from "./one.ts";\n',
    },
    ["packages/std/src/index.ts:2  RULE: list the names"],
  );

  plant(
    "marker",
    "for later, silenced, or switched off",
    {
      "apps/notebook/test/main.test.tsx": "// It's late. XX" + "X\ntest.todo(<b />);\n",
      [std]: [
        "// One.",
        "/** A TO" + "DO that is told. */",
        'export const one = "FIX' + 'ME is fine in text" as any; // @ts-' + "ignore",
        "",
      ].join("\n"),
      [test1]: 'import "@holdfast/std";\ntest.only("A1", f);\ndescribe.skip("A2", f);\n',
    },
    [
      `apps/notebook/test/main.test.tsx:1  RULE: XX${"X"} in a comment`,
      "apps/notebook/test/main.test.tsx:2  RULE: test.todo: give a reason with skip(reason)",
      `${std}:2  RULE: TO${"DO"} in a comment`,
      `${std}:3  RULE: @ts-${"ignore"} in a comment`,
      `${std}:3  RULE: as any`,
      `${test1}:2  RULE: test.only: give a reason with skip(reason)`,
      `${test1}:3  RULE: describe.skip: give a reason with skip(reason)`,
    ],
  );

  plant(
    "foreign_word",
    "paths, hosts and the organisation of work",
    {
      "README.md": `See ${path("home", "me")}, a${path("work", "b")} and ${path("tmp", "x")}.\nFixes iss${"ue"} #7 from regi${"stry"}.npmjs.org\n`,
    },
    [
      `README.md:1  RULE: a path of one machine: ${path("home", "m")}`,
      `README.md:2  RULE: an address of a package registry: regi${"stry"}.npmjs.org`,
      `README.md:2  RULE: how the work is organised: iss${"ue"} #7`,
    ],
  );

  plant(
    "spec_id",
    "a rule without a test, a test without a rule, a rule twice",
    {
      "packages/std/SPEC.md": "| A1 | It adds. |\n### A2\n\n- A3: It is new. Not B9.\n- A1 again\n",
      [test1]: 'import "@holdfast/std";\ntest("A1, A2 and T5", f);\nit.each([1])("A7: %d", f);\n',
    },
    [
      "packages/std/SPEC.md:5  RULE: A1 is defined twice",
      "packages/std/SPEC.md:4  RULE: no test carries A3 in its title",
      `${test1}:3  RULE: A7 is not defined in packages/std/SPEC.md`,
    ],
  );

  plant(
    "link",
    "to a file that is not there",
    {
      "packages/std/README.md": "# std\n[a](../../README.md) [b](src/none.ts#x) [c](#d)\n",
    },
    ["packages/std/README.md:2  RULE: src/none.ts#x does not exist"],
  );

  plant(
    "lock",
    "an optional package without an entry",
    {
      "package-lock.json": JSON.stringify({
        packages: {
          "node_modules/fast": { optionalDependencies: { "fast-here": "1", "fast-there": "1" } },
          "node_modules/fast-here": {},
        },
      }),
    },
    ["package-lock.json  RULE: no entry for fast-there: npm run lock"],
  );

  test("readme: a package that does not say what it is", () => {
    proved.add("readme");
    expect(find({}, ["packages/server/README.md", "apps/notebook/README.md"])).toEqual([
      "packages/server/README.md  readme: does not exist",
      "apps/notebook/README.md  readme: does not exist",
    ]);
  });

  test("has no rule that no violation proves", () => {
    expect([...proved].sort()).toEqual(Object.keys(rules).sort());
  });
});
