import { Queue } from "@holdfast/world";
import fc from "fast-check";
import { expect, test } from "vitest";

interface Item {
  readonly value: number;
}

test("Q1, Q2: behaves as an array does, whatever is done to it", async () => {
  const step = fc.oneof(
    fc.record({ type: fc.constant("push" as const), weight: fc.nat(5) }),
    fc.record({ type: fc.constant("take" as const) }),
    fc.record({ type: fc.constant("shift" as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 100 }), async (steps) => {
      const queue = new Queue<Item>(10);
      const model: { item: Item; weight: number }[] = [];
      let made = 0;
      for (const action of steps) {
        if (action.type === "push") {
          made += 1;
          const item = { value: made };
          queue.push(item, action.weight);
          model.push({ item, weight: action.weight });
        } else if (action.type === "shift") {
          expect(queue.shift()).toBe(model.shift()?.item);
        } else if (model.length > 0) {
          expect(await queue.take()).toBe(model.shift()!.item);
        }
        const weight = model.reduce((sum, entry) => sum + entry.weight, 0);
        expect([queue.count, queue.weight, queue.full]).toEqual([
          model.length,
          weight,
          weight >= 10,
        ]);
      }
    }),
  );
});

test("Q3: who waits gets the next item, or null at the end", async () => {
  const queue = new Queue<Item>(1);
  const first = queue.take();
  await expect(queue.take()).rejects.toMatchObject({ code: "invalid_argument" });
  queue.push({ value: 1 });
  expect(queue.count).toBe(0);
  expect(await first).toEqual({ value: 1 });
  queue.push({ value: 2 });
  queue.end();
  queue.push({ value: 3 });
  expect(await queue.take()).toEqual({ value: 2 });
  expect(await queue.take()).toBeNull();
  const other = new Queue<Item>(1);
  const waiting = other.take();
  other.end();
  expect(await waiting).toBeNull();
});
