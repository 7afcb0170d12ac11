// Whose log lies in a folder, for who is about to open it and does not know yet.

import { isHoldfastError } from "@holdfast/std";
import type { Disk } from "@holdfast/world";
import { headSizeBytesMax, type Owner, ownerOf, segmentNumber } from "./segment.ts";

/**
 * Whose log is in `folder`; null where there is none, or its first head is damaged, which
 * opening tells. O(1).
 *
 * @throws {HoldfastError} What the disk does.
 */
export async function readLogOwner(disk: Disk, folder: string): Promise<Owner | null> {
  const first = (await namesIn(disk, folder)).find((name) => segmentNumber(name) !== null);
  if (first === undefined) return null;
  const file = await disk.open(`${folder}/${first}`, { create: false });
  try {
    return ownerOf(await file.read(0, headSizeBytesMax));
  } finally {
    await file.close();
  }
}

async function namesIn(disk: Disk, folder: string): Promise<readonly string[]> {
  try {
    return await disk.list(folder);
  } catch (error) {
    if (isHoldfastError(error, "not_found")) return [];
    throw error;
  }
}
