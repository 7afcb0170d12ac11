import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { readSurfaces } from "../api/surface.ts";

test("the surface is what the exports name, as users see it", () => {
  const root = mkdtempSync(join(tmpdir(), "holdfast-api-"));
  const source = (path: string) => ({ "@holdfast/source": path });
  const manifest = {
    name: "@x/shop",
    exports: { ".": source("./src/index.ts"), "./back": source("./src/back.ts") },
  };
  const files = {
    "tsconfig.json": `{"compilerOptions":{"module":"NodeNext","moduleResolution":"NodeNext","noEmit":true,"allowImportingTsExtensions":true,"rewriteRelativeImportExtensions":true,"types":[]}}`,
    "packages/shop/package.json": JSON.stringify({ type: "module", ...manifest }),
    "packages/shop/src/index.ts":
      'export { Till } from "./till.ts";\nexport { type Coin, count as total } from "./till.ts";\n',
    "packages/shop/src/back.ts": "// Nothing for users yet.\n",
    "packages/shop/src/till.ts": [
      "/** Money. */",
      "export type Coin = 1 | 5;",
      "export const hidden = 7;",
      "export class Till {",
      "  #coins: Coin[] = [];",
      "  private open = false;",
      "  /** Puts one in. */",
      "  put(coin: Coin) { this.#coins.push(coin); return this.open; }",
      "}",
      "export function count(a: Coin): string;",
      "export function count(a: Till): number;",
      "export function count(a: unknown): unknown { return a; }",
      "",
    ].join("\n"),
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const surfaces = readSurfaces(root);
  rmSync(root, { recursive: true });
  expect(surfaces).toEqual([
    {
      folder: "shop",
      text: [
        "# @x/shop",
        "",
        "class Till {",
        "  put(coin: Coin): boolean;",
        "}",
        "total = function count(a: Coin): string;",
        "function count(a: Till): number;",
        "type Coin = 1 | 5;",
        "",
        "# @x/shop/back",
        "",
        "nothing",
        "",
      ].join("\n"),
    },
  ]);
});
