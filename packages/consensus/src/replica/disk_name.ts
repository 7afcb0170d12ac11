// The name of a replica's disk: drawn when its folder is new, and kept in it.
//
//   disk-name: 16 hexadecimal digits
//
// It tells a node from one of the same name whose disk was lost, and with it what the node
// had promised. Where the file is missing another name is drawn: whoever lost it is another.

import { decodeUtf8, encodeUtf8, HoldfastError, isHoldfastError, toHex } from "@holdfast/std";
import type { World } from "@holdfast/world";

const fileName = "disk-name";
const randomSizeBytes = 8;

/**
 * The name in `folder`, which is there and claimed; drawn and made durable where there is none.
 *
 * @throws {HoldfastError} `corrupt` where it can't be read; what the disk does.
 */
export async function openDiskName(
  { disk, random }: Pick<World, "disk" | "random">,
  folder: string,
): Promise<string> {
  const path = `${folder}/${fileName}`;
  const found = await readName(disk, path);
  if (found !== null) return found;
  const name = toHex(random.bytes(randomSizeBytes));
  const file = await disk.open(`${path}.new`, { create: true });
  try {
    await file.truncate(0);
    await file.append(encodeUtf8(name));
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(`${path}.new`, path);
  await disk.syncFolder(folder);
  return name;
}

async function readName(disk: World["disk"], path: string): Promise<string | null> {
  try {
    const file = await disk.open(path, { create: false });
    try {
      const name = decodeUtf8(await file.read(0, randomSizeBytes * 4));
      if (/^[0-9a-f]{16}$/.test(name)) return name;
      throw new HoldfastError("corrupt", `${path} holds no name of a disk`);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isHoldfastError(error, "not_found")) return null;
    throw error;
  }
}
