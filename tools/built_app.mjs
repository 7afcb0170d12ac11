// An app's page, built when it is asked for and not built yet.
//
// A hash of all that goes into it lies beside it: the app's own files, those of the
// packages below it, and the lock file. Times of files would be quicker to read, but a
// checkout sets them as it likes. The build is made elsewhere and put in place when it
// is whole, so that nobody serves half of one, and two that build at once don't meet.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const passedOver = new Set(["node_modules", "dist", "test"]);
// Begins with a dot, so that no server shows it.
const stamp = ".sources";
const text = /\.(css|html|js|json|svg|txt|webmanifest)$/;
const packedSizeBytesMin = 1_024;

/**
 * The folder of the built page of apps/`name`.
 *
 * @param {string} root - Of the repository.
 * @param {string} name - Of the app's folder.
 * @param {(sentence: string) => void} say - Hears what is done, where something is.
 * @returns {Promise<string>} Rejects with an Error where it can't be built.
 */
export async function builtApp(root, name, say) {
  const app = join(root, "apps", name);
  const dist = join(app, "dist");
  const sources = hashOf(root, sourcesOf(root, name));
  if (isBuilt(dist, sources)) return dist;
  say(`Building the page of apps/${name}, since its sources changed or it was never built.`);
  const cache = join(root, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const made = mkdtempSync(join(cache, "holdfast-app-"));
  try {
    const page = join(made, "dist");
    build(root, app, page);
    await pack(page);
    writeFileSync(join(page, stamp), sources);
    put(page, dist, sources);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  return dist;
}

function build(root, app, outDir) {
  const vite = join(root, "node_modules/vite/bin/vite.js");
  const args = [vite, "build", "--outDir", outDir, "--emptyOutDir", "--logLevel", "error"];
  const { status, signal, stderr } = spawnSync(process.execPath, args, {
    cwd: app,
    env: { ...process.env, NODE_ENV: "production" },
    encoding: "utf8",
  });
  if (status === 0) return;
  throw new Error(`the page can't be built, vite ended with ${signal ?? status}:\n${stderr}`);
}

/** Lays each text beside itself compressed, as the server hands it out. */
async function pack(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((path) => text.test(path));
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } };
  const packOne = async (path) => {
    const content = readFileSync(path);
    if (content.length < packedSizeBytesMin) return;
    writeFileSync(`${path}.br`, await promisify(brotliCompress)(content, quality));
    writeFileSync(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
  };
  await Promise.all(files.map((path) => packOne(join(folder, path))));
}

function put(made, dist, sources) {
  rmSync(dist, { recursive: true, force: true });
  try {
    renameSync(made, dist);
  } catch (error) {
    // Another put its own in place just now.
    if (!isBuilt(dist, sources)) throw error;
  }
}

function isBuilt(dist, sources) {
  const path = join(dist, stamp);
  return existsSync(path) && readFileSync(path, "utf8") === sources;
}

/** Every file that goes into the app's page, in order. */
function sourcesOf(root, name) {
  const { packages, apps } = JSON.parse(readFileSync(join(root, "layers.json"), "utf8"));
  const below = new Set();
  const add = (folder) => {
    below.add(folder);
    for (const lower of packages[folder].imports) add(lower);
  };
  for (const folder of apps[name].imports) add(folder);
  const folders = [join(root, "apps", name)];
  for (const folder of [...below].sort()) folders.push(join(root, "packages", folder));
  return [...folders.flatMap(filesIn), join(root, "package-lock.json")];
}

function filesIn(folder) {
  return readdirSync(folder)
    .filter((entry) => !passedOver.has(entry))
    .sort()
    .map((entry) => join(folder, entry))
    .flatMap((path) => (statSync(path).isDirectory() ? filesIn(path) : path));
}

function hashOf(root, paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const content = readFileSync(path);
    hash.update(`${relative(root, path)}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}
