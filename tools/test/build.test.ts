import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// Builds a copy of the workspace, then uses it as someone would who installed the
// packages: plain Node, no loader, no access to the sources.

const repository = join(import.meta.dirname, "../..");
const packages = join(repository, "packages");
const manifests = readdirSync(packages).map((folder) => ({
  folder,
  ...(JSON.parse(readFileSync(join(packages, folder, "package.json"), "utf8")) as {
    name: string;
    exports?: Record<string, unknown>;
    bin?: Record<string, string>;
  }),
}));
const root = mkdtempSync(join(tmpdir(), "holdfast-build-"));

beforeAll(() => {
  for (const file of ["layers.json", "tsconfig.base.json", "package.json"]) {
    cpSync(join(repository, file), join(root, file));
  }
  for (const { folder } of manifests) {
    const parts = ["src", "bin", "package.json", "tsconfig.json", "tsconfig.browser.json"];
    for (const part of parts) {
      if (!existsSync(join(packages, folder, part))) continue;
      cpSync(join(packages, folder, part), join(root, "packages", folder, part), {
        recursive: true,
      });
    }
  }
  const modules = join(root, "node_modules");
  mkdirSync(join(modules, "@holdfast"), { recursive: true });
  for (const entry of readdirSync(join(repository, "node_modules"))) {
    if (entry === "@holdfast" || entry === "holdfast" || entry.startsWith(".")) continue;
    symlinkSync(join(repository, "node_modules", entry), join(modules, entry));
  }
  for (const { folder, name } of manifests) {
    symlinkSync(join(root, "packages", folder), join(modules, name));
  }
  execFileSync(process.execPath, [join(repository, "tools/build.mjs"), root], { stdio: "pipe" });
  for (const { folder } of manifests) {
    rmSync(join(root, "packages", folder, "src"), { recursive: true });
  }
}, 120_000);

afterAll(() => rmSync(root, { recursive: true }));

describe("a built package", () => {
  const specifiers = manifests.flatMap(({ name, exports }) =>
    Object.keys(exports ?? {}).map((subpath) => name + subpath.slice(1)),
  );

  test.each(specifiers)("%s is importable by plain Node", (specifier) => {
    const program = `import(${JSON.stringify(specifier)}).then((m) => console.log(Object.keys(m).length))`;
    const output = execFileSync(process.execPath, ["-e", program], { cwd: root, encoding: "utf8" });
    expect(Number(output)).toBeGreaterThan(0);
  });

  const commands = manifests.flatMap(({ folder, bin }) =>
    Object.entries(bin ?? {}).map(([name, path]) => [name, join("packages", folder, path)]),
  );

  test.each(commands)("the command %s explains itself", (name, path) => {
    const program = join(root, path!);
    const output = execFileSync(process.execPath, [program, "--help"], { encoding: "utf8" });
    expect(output).toContain(name);
  });
});
