#!/usr/bin/env node
// Completes package-lock.json with the optional packages of other platforms.
//
// Compilers and native libraries come as one package for each platform. npm leaves
// those out of the lock file that its registry did not serve when the file was
// written, and afterwards `npm ci` refuses the file as incomplete. Their exact
// versions stand in the package that names them, and their platform in their name.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const path = join(import.meta.dirname, "../package-lock.json");
const lock = JSON.parse(readFileSync(path, "utf8"));
const systems = /android|darwin|freebsd|linux|openharmony|win32/;
const processors = /arm64|x64|ia32|ppc64|riscv64|s390x|arm/;
let added = 0;

for (const [at, parent] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const places = [`node_modules/${name}`, `${at}/node_modules/${name}`];
    if (places.some((place) => place in lock.packages)) continue;
    lock.packages[`node_modules/${name}`] = { version, ...platform(name), ...use(parent) };
    console.log(`added ${name} ${version}`);
    added += 1;
  }
}

const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en"));
lock.packages = Object.fromEntries(sorted);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`lock: ${added} packages added`);

/** What npm must know to pass the package over on another platform. */
function platform(name) {
  const os = name.match(systems)?.[0];
  const cpu = name.replace("openharmony", "").match(processors)?.[0];
  if (os === undefined || cpu === undefined) throw new Error(`what platform is ${name} for?`);
  if (os !== "linux") return { cpu: [cpu], os: [os] };
  const libc = name.includes("musl") ? "musl" : name.includes("gnu") ? "glibc" : null;
  return { cpu: [cpu], ...(libc === null ? {} : { libc: [libc] }), os: [os] };
}

function use(parent) {
  return parent.dev ? { dev: true, optional: true } : { optional: true };
}
