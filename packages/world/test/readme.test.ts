import { readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { outputOf, startChild } from "./child.ts";

test("the README's first lines run", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const [, program] = /```ts\n([\s\S]*?)```/.exec(readme)!;
  const path = fileURLToPath(new URL("child/readme_example.ts", import.meta.url));
  await writeFile(path, program!);
  try {
    const output = await outputOf(startChild("readme_example", { args: [] }));
    expect(output).toContain("heard Uint8Array(3) [ 1, 2, 3 ]");
  } finally {
    await rm(path);
  }
});
