// Compares the public surface of the packages with what stands in api/, or with
// `--update` writes it there: `npm run api -- --update`.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSurfaces } from "./surface.ts";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "api");
const update = process.argv.includes("--update");
mkdirSync(folder, { recursive: true });

const wanted = new Map(
  readSurfaces(root).map((surface) => [`${surface.folder}.txt`, surface.text]),
);
let different = 0;
for (const name of new Set([...wanted.keys(), ...readdirSync(folder)])) {
  const path = join(folder, name);
  const before = existsSync(path) ? readFileSync(path, "utf8") : "";
  const now = wanted.get(name) ?? "";
  if (before === now) continue;
  different += 1;
  console.log(`${update ? "written" : "differs"}: api/${name}`);
  const [had, has] = [before.split("\n"), now.split("\n")];
  for (const line of had) if (!has.includes(line)) console.log(`  - ${line}`);
  for (const line of has) if (!had.includes(line)) console.log(`  + ${line}`);
  if (update && now === "") rmSync(path);
  else if (update) writeFileSync(path, now);
}
if (different > 0 && !update) {
  console.log("The public surface changed. If that is meant: npm run api -- --update");
  process.exitCode = 1;
}
console.log(`api: the surface of ${wanted.size} packages was read`);
