// Pages of a real browser as clients of a store.

import { join } from "node:path";
import { memoryStore } from "@holdfast/store";
import { nodeWorld } from "@holdfast/world/node";
import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { useChromium } from "../../../../tools/browser/chromium.ts";
import { type PageServer, serveModule } from "../../../../tools/browser/page_server.ts";
import type { StoreGateway } from "../../src/kv/store_gateway.ts";
import { openStoreEndpoint } from "../../src/node/kv/store_endpoint.ts";
import type {} from "./remote_page.ts";

const chromium = useChromium();
const world = nodeWorld();
let server: PageServer;
let gateway: StoreGateway;

beforeEach(async () => {
  server = await serveModule(join(import.meta.dirname, "remote_page.ts"));
  gateway = openStoreEndpoint({
    ...{ world, server: server.server, store: memoryStore({ world }), credentials: "open" },
    identity: new Uint8Array(16),
    acceptHost: () => true,
    onFailed: (error) => expect.unreachable(String(error)),
  });
});
afterEach(async () => {
  await gateway?.close();
  await server?.close();
});

async function openPage(): Promise<Page> {
  const page = await (await chromium.context()).newPage();
  await page.goto(server.url);
  return page;
}

test("two pages race for a name: one has it, both know which, and the other is told when it is free", async () => {
  const [left, right] = await Promise.all([openPage(), openPage()]);
  const take = (page: Page, name: string, who: string) =>
    page.evaluate(([what, me]) => holdfastRemote.take(what!, me!), [name, who]);
  for (let round = 0; round < 10; round += 1) {
    const name = `name ${round}`;
    const answers = await Promise.all([take(left, name, "left"), take(right, name, "right")]);
    expect(new Set(answers).size).toBe(1);
    const [winner, loser] = answers[0] === "left" ? [left, right] : [right, left];
    const free = loser.evaluate((what) => holdfastRemote.untilFree(what), name);
    await winner.evaluate((what) => holdfastRemote.give(what), name);
    await free;
    expect(await take(loser, name, "loser")).toBe("loser");
  }
});

test("pages of another origin are not let in", async () => {
  const page = await openPage();
  const others = server.url.replace("127.0.0.1", "other.holdfast.test");
  await page.goto(others);
  const outcome = await page.evaluate(
    async (url) => {
      const socket = new WebSocket(url);
      return new Promise<string>((resolve) => {
        socket.onopen = () => resolve("open");
        socket.onerror = () => resolve("refused");
      });
    },
    `${server.url.replace("http", "ws")}v1/store`,
  );
  expect(outcome).toBe("refused");
});
