import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { builtApp } from "../built_app.mjs";

// A small workspace whose one app stands on one package, and that on another; a third
// is no part of the app. Vite is the real one.

const repository = join(import.meta.dirname, "../..");
const root = mkdtempSync(join(tmpdir(), "holdfast-built-app-"));
const app = "apps/notebook";
const layers = {
  packages: {
    std: { imports: [] },
    doc: { imports: ["std"] },
    server: { imports: ["std"] },
  },
  apps: { notebook: { imports: ["doc"] } },
};
const said: string[] = [];

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** Whether the page was built just now. */
async function isBuiltNow(): Promise<boolean> {
  said.length = 0;
  expect(await builtApp(root, "notebook", (sentence) => said.push(sentence))).toBe(
    join(root, app, "dist"),
  );
  return said.length > 0;
}

function script(): string {
  const assets = join(root, app, "dist/assets");
  return join(assets, readdirSync(assets).find((name) => name.endsWith(".js"))!);
}

beforeAll(() => {
  write("layers.json", JSON.stringify(layers));
  write("package-lock.json", "{}");
  write("packages/std/src/index.ts", 'export const one: string = "one";\n');
  write("packages/doc/src/index.ts", 'export { one } from "../../std/src/index.ts";\n');
  write("packages/server/src/index.ts", "export const three = 3;\n");
  write(`${app}/index.html`, '<!doctype html><script type="module" src="/main.ts"></script>');
  write(
    `${app}/main.ts`,
    `import { one } from "../../packages/doc/src/index.ts";\ndocument.title = one + "${"x".repeat(2_000)}" + import.meta.env.MODE;\n`,
  );
  mkdirSync(join(root, "node_modules"));
  symlinkSync(join(repository, "node_modules/vite"), join(root, "node_modules/vite"));
});

afterAll(() => rmSync(root, { recursive: true }));

test("a page is built once, for production, with its texts packed beside them", async () => {
  expect(await isBuiltNow()).toBe(true);
  expect(said).toEqual([
    "Building the page of apps/notebook, since its sources changed or it was never built.",
  ]);
  const code = readFileSync(script());
  expect(code.toString()).toContain("production");
  expect(brotliDecompressSync(readFileSync(`${script()}.br`))).toEqual(code);
  expect(gunzipSync(readFileSync(`${script()}.gz`))).toEqual(code);
  expect(existsSync(join(root, app, "dist/index.html.br"))).toBe(false);
  const { ino } = statSync(script());
  expect(await isBuiltNow()).toBe(false);
  expect(statSync(script()).ino).toBe(ino);
  expect(readdirSync(join(root, "node_modules/.cache"))).toEqual([]);
  expect(statSync(join(root, app, "dist")).mode & 0o777).toBe(0o777 & ~process.umask());
});

test("it is built again when what it is made of changed, and only then", async () => {
  await isBuiltNow();
  utimesSync(join(root, app, "main.ts"), 2_000_000_000, 2_000_000_000);
  write("packages/server/src/index.ts", "export const three = 33;\n");
  write(`${app}/test/main.test.ts`, "");
  expect(await isBuiltNow()).toBe(false);
  write("packages/std/src/index.ts", 'export const one: string = "two";\n');
  expect(await isBuiltNow()).toBe(true);
  expect(readFileSync(script(), "utf8")).toContain("two");
  write("package-lock.json", "{ }");
  expect(await isBuiltNow()).toBe(true);
  write(`${app}/public/sw.js`, "// the worker");
  expect(await isBuiltNow()).toBe(true);
  expect(existsSync(join(root, app, "dist/sw.js"))).toBe(true);
});

test("the page of another build, or half of one, is not taken for it", async () => {
  await isBuiltNow();
  rmSync(join(root, app, "dist/.sources"));
  expect(await isBuiltNow()).toBe(true);
  rmSync(join(root, app, "dist"), { recursive: true });
  expect(await isBuiltNow()).toBe(true);
});

test("what can't be built is an error, and leaves the page that was there", async () => {
  await isBuiltNow();
  const before = readFileSync(script(), "utf8");
  write(`${app}/broken.ts`, "export const = ;\n");
  const main = readFileSync(join(root, app, "main.ts"), "utf8");
  write(`${app}/main.ts`, `import "./broken.ts";\n${main}`);
  await expect(builtApp(root, "notebook", () => undefined)).rejects.toThrow(
    /^the page can't be built, vite ended with 1:\n[\s\S]*broken\.ts/,
  );
  expect(readFileSync(script(), "utf8")).toBe(before);
  expect(readdirSync(join(root, "node_modules/.cache"))).toEqual([]);
  rmSync(join(root, app, "broken.ts"));
  write(`${app}/main.ts`, main);
});
