// Opens, writes and closes many documents on a server in this process; prints by
// how many bytes the heap grew.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VersionVector } from "@holdfast/causality";
import { type DocumentId, decodeBundle, encodeBundle } from "@holdfast/doc";
import { type ChannelId, documentsPerConnectionMax } from "@holdfast/sync";
import { startServer } from "../../src/node/index.ts";
import { agent, bundleOf } from "../bundles.ts";
import { RawClient } from "../raw_client.ts";

declare const gc: () => void;

const documents = Number(process.argv[2]);
const folder = await mkdtemp(join(tmpdir(), "holdfast-server-"));
const server = await startServer({ dataFolder: folder, port: 0, logger: null });
const { sections } = decodeBundle(bundleOf({ agent: agent(1), from: 0, to: 5 }));

/** All at once, so that they share commits. */
async function use(from: number, to: number): Promise<void> {
  const client = await RawClient.enter(server.syncUrl);
  const channels = Array.from({ length: to - from }, (_, index) => (index + 1) as ChannelId);
  const documentOf = (channel: ChannelId) => `document ${from + channel}` as DocumentId;
  for (const channel of channels) {
    const vector = new VersionVector();
    client.say({ type: "open", channel, document: documentOf(channel), vector });
  }
  for (const _ of channels) await client.next("opened");
  for (const channel of channels) {
    client.send(channel, [encodeBundle({ document: documentOf(channel), sections })]);
  }
  for (const _ of channels) await client.next("saved");
  for (const channel of channels) client.say({ type: "close", channel });
  client.close();
  while (server.status().connections > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

function heapBytes(): number {
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}

// What is compiled and allocated once is no leak.
await use(0, 200);
const before = heapBytes();
for (let from = 200; from < documents + 200; from += documentsPerConnectionMax) {
  await use(from, Math.min(from + documentsPerConnectionMax, documents + 200));
}
const open = server.status().documentsOpen;
process.stdout.write(`${JSON.stringify({ grownBytes: heapBytes() - before, open })}\n`);
await server.close();
await rm(folder, { recursive: true });
