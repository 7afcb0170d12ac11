// Reads over HTTP that may be older than linearizable ones.

import { afterAll, beforeAll, expect, it } from "vitest";
import { openKeys } from "./keys_client.ts";

let keys: Awaited<ReturnType<typeof openKeys>>;
let version: number;
beforeAll(async () => {
  keys = await openKeys();
  version = (await keys.client.ask("PUT", "/v1/kv/a", { body: "1" })).json().version;
});
afterAll(() => keys.close());

const get = (query: string, key = "a") => keys.client.ask("GET", `/v1/kv/${key}?${query}`);

it("ST22: a session's reads show its writes, and hand out its token", async () => {
  for (const query of ["", `&at_least=${version}`]) {
    const { status, headers, body } = await get(`consistency=session${query}`);
    expect([status, body.toString(), headers.etag]).toEqual([200, "1", `"${version}"`]);
    expect(headers["holdfast-store-version"]).toBe(String(version));
  }
  const missing = await get(`consistency=session&at_least=${version}`, "b");
  expect(missing.status).toBe(404);
  expect(missing.headers["holdfast-store-version"]).toBe(String(version));
  const page = await get(`consistency=session&at_least=${version}`, "");
  expect(page.json()).toMatchObject({ version, rows: [{ key: "a" }] });
  expect(page.headers["holdfast-store-version"]).toBe(String(version));
  for (const key of ["a", ""]) {
    const future = await get(`consistency=session&at_least=${version + 1}`, key);
    expect([future.status, future.json().code]).toEqual([400, "invalid_argument"]);
  }
});

it("ST23: a bounded read says which bound it met, and a linearizable one says nothing", async () => {
  for (const key of ["a", ""]) {
    const { status, headers } = await get("consistency=bounded&stale_ms=1000", key);
    expect([status, headers["holdfast-stale-ms"]]).toEqual([200, "0"]);
    const plain = await get("consistency=linearizable", key);
    expect([plain.status, plain.headers["holdfast-store-version"]]).toEqual([200, undefined]);
  }
});

it("refuses what makes no sense", async () => {
  const queries = [
    ...["consistency=stale", "consistency=bounded", "consistency=bounded&stale_ms=-1"],
    ...["consistency=session&at_least=x", "consistency=session&stale_ms=1", "at_least=1"],
    ...["consistency=session&at_least=99999999999999999", "consistency=session&watch"],
  ];
  for (const query of queries) {
    for (const key of ["a", ""]) {
      const { status, body } = await get(query, key);
      expect([query, status, JSON.parse(body.toString()).code]).toEqual([
        query,
        400,
        "invalid_argument",
      ]);
    }
  }
});
