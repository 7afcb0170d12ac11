// All rows of a state as a stream of bytes, for a replica that lacks them.
//
// Pieces, one after another: u32 length of the piece, u32 CRC-32C of it, and the piece:
//   u8 0 the format, uint version, uint count of rows, then each: blob key, blob value
// A piece without rows is the last. The bytes are a function of the rows and the version.

import { crc32c, HoldfastError, Reader, Writer } from "@holdfast/std";
import type { EngineRow, EngineSnapshot } from "../../engine.ts";
import { type KeyText, type Span, textAfter, toKeyBytes, toKeyText } from "../../key.ts";
import { type CommitVersion, keySizeBytesMax } from "../../store.ts";

const format = 0;
const headSizeBytes = 8;
/** A piece ends with the row that makes it this large. */
const pieceSizeBytes = 256 * 1024;
const pieceSizeBytesMax = 16_777_216;
/** Rows of a session may be larger than those of callers. */
const valueSizeBytesMax = 4_194_304;
const pageRows = 512;

/** A piece of a state. */
export interface RowsPiece {
  readonly version: CommitVersion;
  readonly rows: readonly EngineRow[];
}

/** The rows of `spans`, which are in order. O(rows); holds one piece in memory. */
export async function* writeRows(
  snapshot: EngineSnapshot,
  spans: readonly Span[],
): AsyncGenerator<Uint8Array> {
  const { version } = snapshot;
  let rows: EngineRow[] = [];
  let sizeBytes = 0;
  for await (const row of rowsOf(snapshot, spans)) {
    rows.push(row);
    sizeBytes += row.key.length + row.value.length;
    if (sizeBytes < pieceSizeBytes) continue;
    yield pieceOf({ version, rows });
    [rows, sizeBytes] = [[], 0];
  }
  if (rows.length > 0) yield pieceOf({ version, rows });
  yield pieceOf({ version, rows: [] });
}

async function* rowsOf(
  snapshot: EngineSnapshot,
  spans: readonly Span[],
): AsyncGenerator<EngineRow> {
  for (const { start, end } of spans) {
    let from: KeyText = start;
    for (;;) {
      const page = await snapshot.range(from, end, pageRows, false);
      yield* page;
      if (page.length < pageRows) break;
      from = textAfter(page.at(-1)!.key);
    }
  }
}

/** @throws {HoldfastError} `corrupt`, `truncated`, `too_large`, `unsupported_version`. */
export async function* readRows(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<RowsPiece> {
  let rest = new Uint8Array(0);
  let isWhole = false;
  for await (const chunk of bytes) {
    const joined = new Uint8Array(rest.length + chunk.length);
    joined.set(rest);
    joined.set(chunk, rest.length);
    rest = joined;
    for (;;) {
      if (rest.length < headSizeBytes) break;
      const head = new Reader(rest);
      const length = head.u32("length of a piece");
      const checksum = head.u32("checksum of a piece");
      if (length > pieceSizeBytesMax) throw new HoldfastError("too_large", `a piece of ${length}`);
      if (rest.length < headSizeBytes + length) break;
      const body = rest.subarray(headSizeBytes, headSizeBytes + length);
      if (crc32c(body) !== checksum) throw new HoldfastError("corrupt", "a piece of a snapshot");
      if (isWhole) throw new HoldfastError("corrupt", "a snapshot goes on after its end");
      const piece = readPiece(body);
      isWhole = piece.rows.length === 0;
      yield piece;
      rest = rest.slice(headSizeBytes + length);
    }
  }
  if (!isWhole || rest.length > 0) throw new HoldfastError("truncated", "a snapshot lacks its end");
}

function pieceOf({ version, rows }: RowsPiece): Uint8Array {
  const body = new Writer(pieceSizeBytes).u8(format).uint(version).uint(rows.length);
  for (const { key, value } of rows) body.blob(toKeyBytes(key)).blob(value);
  const { sizeBytes } = body;
  return new Writer(sizeBytes + headSizeBytes)
    .u32(sizeBytes)
    .u32(crc32c(body.view()))
    .raw(body.view())
    .finish();
}

function readPiece(bytes: Uint8Array): RowsPiece {
  const reader = new Reader(bytes);
  const found = reader.u8("format of a piece");
  if (found !== format)
    throw new HoldfastError("unsupported_version", `a piece of format ${found}`);
  const version = reader.uint("version") as CommitVersion;
  const rows: EngineRow[] = [];
  for (let left = reader.count("rows", bytes.length, 2); left > 0; left -= 1) {
    const key = toKeyText(reader.blob("key", keySizeBytesMax + 1));
    rows.push({ key, value: reader.blob("value", valueSizeBytesMax).slice() });
  }
  reader.end("a piece");
  return { version, rows };
}
