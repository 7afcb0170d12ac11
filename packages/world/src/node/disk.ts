// Folders and files of the operating system.

import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Disk, DiskFile, DiskLock } from "../disk.ts";
import { diskError } from "./disk_error.ts";
import { NodeFile } from "./disk_file.ts";
import { nodeLock } from "./disk_lock.ts";

/** The machine's disk. Relative paths are relative to the working directory. */
export class NodeDisk implements Disk {
  open(path: string, options: { readonly create: boolean }): Promise<DiskFile> {
    return attempt("open", path, async () => {
      const flags = constants.O_RDWR | (options.create ? constants.O_CREAT : 0);
      const handle = await open(path, flags);
      try {
        return new NodeFile(path, handle, (await handle.stat()).size);
      } catch (error) {
        await handle.close();
        throw error;
      }
    });
  }

  makeFolder(path: string): Promise<void> {
    return attempt("make folder", path, async () => {
      const missing: string[] = [];
      for (let folder = path; !(await isFolder(folder)); folder = folderOf(folder)) {
        missing.unshift(folder);
        if (folder === folderOf(folder)) break;
      }
      for (const folder of missing) {
        await makeOne(folder);
        await syncNames(folderOf(folder));
      }
    });
  }

  list(path: string): Promise<readonly string[]> {
    return attempt("list", path, async () => (await readdir(path)).sort());
  }

  rename(from: string, to: string): Promise<void> {
    return attempt("rename", from, () => rename(from, to));
  }

  remove(path: string): Promise<void> {
    return attempt("remove", path, () => unlink(path));
  }

  syncFolder(path: string): Promise<void> {
    return attempt("sync folder", path, () => syncNames(path));
  }

  lock(path: string): Promise<DiskLock> {
    return nodeLock(path);
  }
}

// One folder at a time, since Node's own `recursive` never ends where a folder that
// is there answers ENOENT for new names, as /proc does.
async function makeOne(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    // Somebody else made it meanwhile.
    if (!(await isFolder(folder))) throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

function folderOf(path: string): string {
  return dirname(resolve(path));
}

async function syncNames(folder: string): Promise<void> {
  // Windows opens no folders; there NTFS journals names by itself.
  if (process.platform === "win32") return;
  const handle: FileHandle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function attempt<T>(act: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskError(act, path, error);
  }
}
