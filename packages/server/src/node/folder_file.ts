// A file that lies in a folder which strangers may read, opened to be sent.
//
// A name comes out of a URL. What it can't reach: anything outside of the folder,
// by `..` or by a symbolic link; what begins with a dot; what is no plain file.

import { type FileHandle, open, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";

/** A file that is open for reading. Whoever has it must close `handle`. */
export interface FolderFile {
  readonly handle: FileHandle;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** Another whenever the content may be another. */
  readonly version: string;
}

const absent = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"]);

/** The name of a file, with `/` between folders, that the path of a URL asks for; null where none can lie there. */
export function fileNameOf(urlPath: string): string | null {
  let path: string;
  try {
    path = decodeURIComponent(urlPath);
  } catch {
    return null;
  }
  const name = path.replace(/^\//, "");
  // A colon and a backslash mean something to Windows.
  if (/[\0\\:]/.test(name) || name.split("/").some((part) => part.startsWith("."))) return null;
  return name;
}

/** Opens the file `name` of `folder`; null where there is none that may be read. */
export async function openFolderFile(folder: string, name: string): Promise<FolderFile | null> {
  try {
    // Each time anew: a folder may be a link that a new release moves.
    const root = await realpath(folder);
    const path = await realpath(join(root, name));
    if (!path.startsWith(root.endsWith(sep) ? root : root + sep)) return null;
    // To open a pipe would wait for whoever writes to it.
    if (!(await stat(path)).isFile()) return null;
    const handle = await open(path, "r");
    const { size, mtimeMs, ctimeMs, ino } = await handle.stat();
    // Not the time of modification alone: some builds set it to the same for all files.
    const version = [size, Math.round(ctimeMs * 1_000), ino].map((part) => part.toString(36));
    return { handle, sizeBytes: size, modifiedMs: mtimeMs, version: version.join("-") };
  } catch (error) {
    if (absent.has((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}
