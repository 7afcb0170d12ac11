// Builds a copy of the workspace, then uses it as someone would who installed the
// packages: plain Node, no loader, no access to the sources; and pages in a browser.

import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { installPackages, manifests, repository } from "./built_packages.ts";
import { useConsumers } from "./consumers.ts";

const consumers = useConsumers();
const tsc = join(repository, "node_modules/.bin/tsc");
const vite = join(repository, "node_modules/vite/bin/vite.js");

describe("a built package", () => {
  const specifiers = [...manifests.values()].flatMap(({ name, exports }) =>
    Object.keys(exports ?? {}).map((subpath) => name + subpath.slice(1)),
  );

  test.each(specifiers)("%s is importable by plain Node", (specifier) => {
    const program = `import(${JSON.stringify(specifier)}).then((m) => console.log(Object.keys(m).length))`;
    const output = execFileSync(process.execPath, ["-e", program], {
      ...{ cwd: consumers.root, encoding: "utf8" },
    });
    expect(Number(output)).toBeGreaterThan(0);
  });

  const commands = [...manifests].flatMap(([folder, { bin }]) =>
    Object.entries(bin ?? {}).map(([name, path]) => [name, join("packages", folder, path)]),
  );

  test.each(commands)("the command %s explains itself", (name, path) => {
    const program = join(consumers.root, path!);
    const output = execFileSync(process.execPath, [program, "--help"], { encoding: "utf8" });
    expect(output).toContain(name);
  });
});

describe("the built packages", () => {
  const { unpack, serve, expectShared } = consumers;

  test.each([
    ["Bundler", "ESNext"],
    ["NodeNext", "NodeNext"],
  ])("have types for a strict page, resolved as %s does", (resolution, module) => {
    unpack("vite", ["@holdfast/client", "react", "react-dom"]);
    installPackages(consumers.root, consumers.folder, ["@types/react", "@types/react-dom"]);
    const how = ["-p", consumers.folder, "--moduleResolution", resolution, "--module", module];
    const { status, stdout } = spawnSync(tsc, how, { encoding: "utf8" });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  });

  test("make a page that Vite builds", async () => {
    unpack("vite", ["@holdfast/client", "react", "react-dom"]);
    execFileSync(process.execPath, [vite, "build", "--logLevel", "warn"], {
      cwd: consumers.folder,
      env: { ...process.env, NODE_ENV: "production" },
    });
    const { url, syncUrl } = await serve(join(consumers.folder, "dist"));
    await expectShared(url, "vite", syncUrl);
  });

  test("make a page that nobody builds, of one file", async () => {
    unpack("plain", ["@holdfast/client"]);
    const { url, syncUrl } = await serve(consumers.folder);
    await expectShared(url, "plain", syncUrl);
  });
});
