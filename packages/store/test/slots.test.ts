// The slots of a session: who waits for one, and who gets it.

import { expect, test } from "vitest";
import { slotsMax } from "../src/drivers/remote/limits.ts";
import { Slots } from "../src/drivers/remote/slots.ts";

test("a slot that is given back goes to the highest priority, and of that to who waits longest", async () => {
  const slots = new Slots();
  const held = await Promise.all(
    Array.from({ length: slotsMax }, () => slots.take(undefined, "batch")),
  );
  const order: string[] = [];
  const wait = (name: string, priority: "batch" | "default" | "immediate", signal?: AbortSignal) =>
    slots.take(signal, priority).then(
      () => order.push(name),
      (error: Error) => order.push(`${name}: ${error.message}`),
    );
  const controller = new AbortController();
  const all = [
    wait("batch", "batch"),
    wait("default 1", "default"),
    wait("gone", "immediate", controller.signal),
    wait("immediate", "immediate"),
    wait("default 2", "default"),
  ];
  await Promise.resolve();
  controller.abort();
  for (const slot of held.slice(0, 4)) {
    slots.put(slot);
    await new Promise((resolve) => setTimeout(resolve));
  }
  await Promise.all(all);
  expect(order).toEqual(["gone: the transaction", "immediate", "default 1", "default 2", "batch"]);
});
