// What the keeper says of the connection when things go wrong underneath.

import { SeededRandom } from "@holdfast/std";
import { ManualClock, MemoryDisk, MemoryNetwork, type World } from "@holdfast/world";
import { expect, test } from "vitest";
import { ConnectionKeeper, type ConnectionState } from "../src/link/connection_keeper.ts";
import { ReplicaHoldings } from "../src/link/replica_holdings.ts";

function keeperOn(network: MemoryNetwork): { keeper: ConnectionKeeper; states: ConnectionState[] } {
  const clock = new ManualClock();
  const world: World = { clock, network, random: new SeededRandom(1), disk: new MemoryDisk() };
  const states: ConnectionState[] = [];
  const keeper: ConnectionKeeper = new ConnectionKeeper(world, {
    urls: ["nowhere"],
    credential: new Uint8Array(0),
    software: "test",
    holdings: new ReplicaHoldings(() => null),
    onEvent: () => {},
    onState: () => states.push(keeper.state),
  });
  return { keeper, states };
}

test("nobody answers: offline, with the reason, and it is tried again", async () => {
  const { keeper, states } = keeperOn(new MemoryNetwork());
  const stop = new AbortController();
  const running = keeper.run(stop.signal);
  await new Promise((resolve) => setImmediate(resolve));
  expect(states.map(({ state }) => state)).toEqual(["connecting", "offline"]);
  expect(keeper.state.reason).toMatchObject({ code: "unavailable" });
  expect(keeper.state.retryAtMs).not.toBeNull();
  stop.abort();
  await running;
});

test("a defect underneath ends the keeper, and nobody is told that it goes on", async () => {
  class Defective extends MemoryNetwork {
    override connect(): Promise<never> {
      return Promise.reject(new TypeError("not a function"));
    }
  }
  const { keeper } = keeperOn(new Defective());
  await expect(keeper.run(new AbortController().signal)).rejects.toThrow(TypeError);
  expect(keeper.state).toMatchObject({ state: "offline", retryAtMs: null });
  expect(keeper.state.reason?.message).toBe("sync was ended by a defect");
});
