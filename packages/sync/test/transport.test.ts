// The same session over every transport: the network in memory, and WebSockets.

import { SeededRandom } from "@holdfast/std";
import { MemoryNetwork, type Network, Scope } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import { describe, expect, test } from "vitest";
import { InitiatorSession, PresenceHub, runResponder, type SessionId } from "../src/index.ts";
import { FakeWriter, NaiveHoldings } from "./naive_holdings.ts";
import { agentA, agentB, notes, storeName } from "./peers.ts";

const { clock } = nodeWorld();

const transports: { name: string; network: Network; address: string }[] = [
  { name: "memory", network: new MemoryNetwork(), address: "anywhere" },
  { name: "WebSocket", network: nodeWorld().network, address: "ws://127.0.0.1:0/sync" },
];

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await clock.sleep(2);
}

describe.each(transports)("over $name", ({ network, address }) => {
  test("SY9 SY11: two clients converge, through breaks; each side ends in good order", async () => {
    const random = new SeededRandom(4);
    const stopping = new AbortController();
    const server = new NaiveHoldings();
    const presence = new PresenceHub(clock);
    await Scope.run(clock, async (scope) => {
      const listener = await network.listen(address);
      let sessions = 0;
      scope.spawn("accept", async () => {
        for (let next = await listener.accept(); next !== null; next = await listener.accept()) {
          const connection = next;
          sessions += 1;
          const session = sessions as SessionId;
          scope.spawn("session", () =>
            runResponder({
              clock,
              connection,
              holdings: server,
              access: { authenticate: async () => null, authorize: async () => true },
              presence,
              store: storeName,
              session,
              signal: stopping.signal,
              onEvent: () => {},
            }),
          );
        }
      });
      const clients = [agentA, agentB].map((agent) => {
        return { holdings: new NaiveHoldings(), writer: new FakeWriter(agent, notes) };
      });
      for (let round = 0; round < 4; round += 1) {
        const live = await Promise.all(
          clients.map(async ({ holdings }) => {
            const session = new InitiatorSession({
              clock,
              connection: await network.connect(listener.address),
              holdings,
              credential: new Uint8Array(0),
              software: "test",
              onEvent: () => {},
            });
            session.open(notes);
            return { session, ended: session.run() };
          }),
        );
        for (let step = 0; step < 30; step += 1) {
          for (const { holdings, writer } of clients) {
            if (random.next() < 0.7)
              holdings.put(notes, writer.write(await holdings.vector(notes), 500));
          }
          if (random.next() < 0.3) await clock.sleep(1);
        }
        if (round === 3) {
          const all = async (): Promise<boolean> => {
            const vectors = await Promise.all(
              [server, ...clients.map(({ holdings }) => holdings)].map((each) =>
                each.vector(notes),
              ),
            );
            const counts = clients.map(({ writer }) => [writer.agent, writer.seq] as const);
            return vectors.every((vector) =>
              counts.every(([agent, count]) => vector.next(agent) === count),
            );
          };
          await until(all);
        }
        for (const { session } of live) session.stop({ code: "closed", sentence: "done" });
        for (const { ended } of live) expect(await ended).toMatchObject({ by: "here" });
      }
      stopping.abort();
      await listener.close();
    });
    expect(presence.documentCount).toBe(0);
    expect(server.listenerCount(notes)).toBe(0);
  });
});
