// The name of a replica's disk: drawn when its folder is new, and kept in it.
//
//   disk-name: 16 hexadecimal digits, a space, and 8 more: the CRC-32C of the first 16
//
// It tells a node from one of the same name whose disk was lost, and with it what the node
// had promised. Where the file is missing another name is drawn: whoever lost it is another.
// Where it is damaged the node does not begin: a name that reads otherwise would make it one
// that the others never heard of, with promises that they count upon.

import { crc32c, encodeUtf8, HoldfastError, isHoldfastError, toHex } from "@holdfast/std";
import type { World } from "@holdfast/world";

const fileName = "disk-name";
const randomSizeBytes = 8;
const fileSizeBytes = 25;

/**
 * The name in `folder`, which is there and claimed; drawn and made durable where there is none.
 *
 * @throws {HoldfastError} `corrupt` where the file is damaged, and nothing is changed; what the
 *   disk does.
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
    await file.append(encodeUtf8(withSum(name)));
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
      const bytes = await file.read(0, fileSizeBytes + 1);
      const text = String.fromCharCode(...bytes);
      const name = text.slice(0, 2 * randomSizeBytes);
      if (/^[0-9a-f]{16}$/.test(name) && text === withSum(name)) return name;
      throw new HoldfastError(
        "corrupt",
        `${path} is damaged: put it back from a copy, or have another node take this one's place (holdfast cluster replace)`,
      );
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isHoldfastError(error, "not_found")) return null;
    throw error;
  }
}

/** What the file holds. */
function withSum(name: string): string {
  return `${name} ${crc32c(encodeUtf8(name)).toString(16).padStart(8, "0")}`;
}
