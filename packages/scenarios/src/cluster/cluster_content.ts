// All rows that a node of a cluster shows, as text.

import { decodeUtf8 } from "@holdfast/std";
import { allKeys, type Snapshot } from "@holdfast/store";
import type { Content } from "../store/store_history.ts";
import { valueText } from "../store/store_model.ts";

const rowsMax = 10_000;

/** What `snapshot` shows; versions that rows keep are numbers. */
export async function contentOf(snapshot: Snapshot): Promise<Content> {
  const rows = await snapshot.range(allKeys, { limitRows: rowsMax });
  const texts = rows.map(({ key, value }) => {
    const name = decodeUtf8(key);
    return [name, name.startsWith("stamp/") ? versionIn(value) : valueText(value)] as const;
  });
  return { version: snapshot.version, rows: texts };
}

function versionIn(stamp: Uint8Array): string {
  const view = new DataView(stamp.buffer, stamp.byteOffset, stamp.byteLength);
  return String(view.getBigUint64(0));
}
