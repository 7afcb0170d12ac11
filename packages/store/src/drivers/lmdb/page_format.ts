// How LMDB lays rows out on pages: what reading its file without it has to know.
//
// Only what our driver writes is understood: one tree of plain rows, written by a 64-bit
// little-endian machine, data version 2.
//
//   page    u64 number | u64 txn | u16 pad | u16 flags | u16 lower | u16 upper |
//           lower / 2 offsets (u16, counted from byte 24) of nodes | ... | nodes
//           an overflow page has u32 count of pages in place of lower and upper
//   node    u16 low | u16 high | u16 flags | u16 key size | key | data
//           leaf: low and high are the size of the data; branch: with the flags
//           they are the number of the child, and there is no data
//   big     in place of data over a page's share: u64 page | u64 txn | u64 pages
//   meta    page 0 and page 1, from byte 24: u32 magic | u32 version | u64 address |
//           u64 map size | tree of free pages | tree of rows | u64 last page | u64 txn
//   tree    u32 pad (free tree: page size) | u16 flags | u16 depth | u64 branches |
//           u64 leaves | u64 overflow pages | u64 entries | u64 root
//
// Source: LMDB's mdb.c, as shipped with the lmdb package 3.5.

import { HoldfastError } from "@holdfast/std";

/** What one of the two meta pages says. */
export interface FileMeta {
  readonly pageSizeBytes: number;
  /** The last page in use, at most. */
  readonly lastPage: number;
  /** The tree's root; null where it is empty. */
  readonly root: number | null;
  /** Levels of the tree. */
  readonly depth: number;
  /** Rows in the tree. */
  readonly entries: number;
  /** The LMDB transaction that wrote it; the greater one counts. */
  readonly transaction: bigint;
}

/** Flags of pages. */
export const branchFlag = 0x01;
export const leafFlag = 0x02;
export const overflowFlag = 0x04;
/** Flag of a node whose data lies on pages of its own. */
export const bigDataFlag = 0x01;
/** Bytes before what a page holds. */
export const headSizeBytes = 24;
/** Bytes before a node's key. */
export const nodeHeadSizeBytes = 8;
/** Bytes of a node that say where its data lies. */
export const bigDataSizeBytes = 24;
/** Bytes of a meta page that are read, its head included. */
export const metaSizeBytes = headSizeBytes + 136;

const metaPageFlag = 0x08;
const magic = 0xbeefc0de;
const dataVersion = 2;
const pageSizesBytes = [4096, 8192, 16384, 32768, 65536];
const depthMax = 64;
const noPage = 0xffff_ffff_ffff_ffffn;

/**
 * What the first {@link metaSizeBytes} bytes of a meta page say.
 *
 * @param offset - Where in the file they stand, for the error.
 * @throws {HoldfastError} `corrupt` where this is no meta page that we can read.
 */
export function parseMeta(bytes: Uint8Array, offset: number): FileMeta {
  const refuse = (reason: string) =>
    new HoldfastError("corrupt", `the meta page at byte ${offset} ${reason}`);
  if (bytes.length < metaSizeBytes) throw refuse("is cut off");
  const view = viewOf(bytes);
  if ((view.getUint16(18, true) & metaPageFlag) === 0) throw refuse("is none");
  const at = headSizeBytes;
  if (view.getUint32(at, true) !== magic) throw refuse("has a wrong magic number");
  const version = view.getUint32(at + 4, true) & 0xffff;
  if (version !== dataVersion) throw refuse(`has data version ${version}, not ${dataVersion}`);
  const pageSizeBytes = view.getUint32(at + 24, true);
  if (!pageSizesBytes.includes(pageSizeBytes)) throw refuse("has an impossible page size");
  const tree = at + 72;
  const depth = view.getUint16(tree + 6, true);
  const entries = Number(view.getBigUint64(tree + 32, true));
  const root = view.getBigUint64(tree + 40, true);
  const lastPage = view.getBigUint64(at + 120, true);
  if (depth > depthMax) throw refuse("has an impossible depth");
  if (root !== noPage && root > lastPage) throw refuse("has a root beyond the last page");
  if (lastPage > BigInt(Number.MAX_SAFE_INTEGER)) throw refuse("has an impossible last page");
  return {
    ...{ pageSizeBytes, depth, entries, lastPage: Number(lastPage) },
    root: root === noPage ? null : Number(root),
    transaction: view.getBigUint64(at + 128, true),
  };
}

/** The same bytes as numbers. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
