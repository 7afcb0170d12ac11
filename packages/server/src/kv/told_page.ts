// A page of the feed for a client on the wire: what changed in its own keys, as it knows them.

import { HoldfastError } from "@holdfast/std";
import {
  type Change,
  type ChangesPage,
  hasHistory,
  type KeyRange,
  type PastStore,
  type Store,
} from "@holdfast/store";
import type { ClientFrame } from "@holdfast/store/remote";
import type { KeyArea } from "./key_area.ts";

/** The past of `store`. @throws {HoldfastError} `invalid_argument` where it keeps none. */
export function pastOf(store: Store): PastStore {
  if (hasHistory(store)) return store;
  throw new HoldfastError("invalid_argument", "the server's store keeps no history");
}

/** @throws {HoldfastError} As `PastStore.changes`. */
export async function toldPage(
  store: Store,
  area: KeyArea,
  asked: Extract<ClientFrame, { readonly type: "changes" }>,
): Promise<ChangesPage> {
  const { since, limitChanges, consistency } = asked;
  const options = { limitChanges, consistency };
  const page = await pastOf(store).changes(area.rangeOf(asked), since, options);
  return { ...page, changes: page.changes.map((change) => ownChange(change, area)) };
}

function ownChange({ version, cleared, keys }: Change, area: KeyArea): Change {
  return {
    version,
    cleared: cleared.map(
      ({ start, end }): KeyRange => ({ start: area.ownKeyOf(start), end: area.ownKeyOf(end) }),
    ),
    keys: keys.map(({ key, value }) => ({ key: area.ownKeyOf(key), value })),
  };
}
