// The bytes of keys and values, as docs/formats/key-values.md has them.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isHoldfastError, SeededRandom, toHex } from "@holdfast/std";
import { allKeys, memoryStore } from "@holdfast/store";
import { nodeWorld } from "@holdfast/world/node";
import { expect, it } from "vitest";
import { heldOf } from "../src/kv/entry.ts";
import { KeyValues } from "../src/kv/key_values.ts";

it("KV2: rows lie in the store as the golden file says, and nowhere else", async () => {
  const store = memoryStore({ world: nodeWorld() });
  const kv = new KeyValues(store);
  await kv.put(Buffer.from("a/b"), { contentType: "", value: Buffer.from("hello") });
  await kv.put(Uint8Array.of(0x00, 0xff), { contentType: "text/plain", value: new Uint8Array(0) });
  const rows = await store.read((snapshot) => snapshot.range(allKeys, { limitRows: 10 }));
  const text = rows.map(({ key, value }) => `${toHex(key)} ${toHex(value)}\n`).join("");
  const golden = join(import.meta.dirname, "golden/key_values.txt");
  expect(text).toBe(readFileSync(golden, "utf8"));
  await store.close();
});

it("a damaged row is an error with a code, or another row; never anything else", () => {
  const random = new SeededRandom(3);
  const good = Buffer.from("000000000000000007036162633132", "hex");
  for (let run = 0; run < 2_000; run += 1) {
    const row = Uint8Array.from(good.subarray(0, Math.floor(random.next() * 16)));
    const at = Math.floor(random.next() * row.length);
    if (row.length > 0) row[at] = Math.floor(random.next() * 256);
    try {
      const { version, contentType, value } = heldOf(row);
      expect(Number.isSafeInteger(version)).toBe(true);
      expect(10 + contentType.length + value.length).toBe(row.length);
    } catch (error) {
      expect(isHoldfastError(error, "corrupt", "truncated", "unsupported_version")).toBe(true);
    }
  }
});
