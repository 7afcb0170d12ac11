// A snapshot that a server holds for a client.

import { type EngineRow, type EngineSnapshot, withKeyText } from "../../engine.ts";
import { type KeyText, keyAfter, toKeyBytes } from "../../key.ts";
import type { CommitVersion, Row } from "../../store.ts";
import type { Link } from "./link.ts";

/** Every read asks the server: nothing is remembered here. */
export class RemoteSnapshot implements EngineSnapshot {
  readonly version: CommitVersion;
  readonly #link: Link;
  readonly #slot: number;

  constructor(link: Link, slot: number, version: CommitVersion) {
    this.#link = link;
    this.#slot = slot;
    this.version = version;
  }

  async get(key: KeyText): Promise<Uint8Array | null> {
    const question = { type: "get", slot: this.#slot, key: toKeyBytes(key) } as const;
    return (await this.#link.ask(question, "value")).value;
  }

  async range(...range: Parameters<EngineSnapshot["range"]>): Promise<readonly EngineRow[]> {
    return withKeyText(await this.rows(...range));
  }

  async rows(
    start: KeyText,
    end: KeyText,
    limitRows: number,
    reverse: boolean,
  ): Promise<readonly Row[]> {
    const found: Row[] = [];
    let [from, to] = [toKeyBytes(start), toKeyBytes(end)];
    for (;;) {
      const { rows, isWhole } = await this.#link.ask(
        {
          ...{ type: "range", slot: this.#slot, start: from, end: to },
          ...{ limitRows: limitRows - found.length, reverse },
        },
        "rows",
      );
      for (const row of rows) found.push(row);
      const last = found.at(-1)?.key;
      if (isWhole || found.length >= limitRows || last === undefined) return found;
      if (reverse) to = last;
      else from = keyAfter(last);
    }
  }

  /** Its transaction gives it back, since a commit still needs it. */
  release(): void {}
}
