// Plain stretches on their way into a history many at a time. How they are read: payload.test.ts.

import { expect, test } from "vitest";
import { encodePayload, PayloadReader } from "../src/bundle/payload.ts";
import { History } from "../src/history/history.ts";
import type { Stretch } from "../src/history/operation.ts";
import { PlainBatch, plainStretchesMax } from "../src/history/plain_batch.ts";
import { agentAt } from "./history.ts";

const agents = [agentAt(0), agentAt(1)];

test("more than one batch holds become the same rows of a history", () => {
  const list: Stretch[] = [];
  let seq = 0;
  for (let index = 0; index < 3 * plainStretchesMax; index += 1) {
    const isInsert = index % 3 !== 2;
    const agent = agents[0]!;
    const parents = seq === 0 ? [] : [{ agent, seq: seq - 1 }];
    const at = isInsert ? index : 0;
    list.push(
      isInsert
        ? { agent, seq, parents, operation: { type: "insert", container: "t", at, content: "ab" } }
        : {
            agent,
            seq,
            parents,
            operation: { type: "delete", container: "t", at, length: 1, backward: false },
          },
    );
    seq += isInsert ? 2 : 1;
  }
  const payload = encodePayload(list, new Map([[agents[0]!, 0]]));
  const [one, many] = [new History(), new History()];
  for (const history of [one, many]) {
    const reader = new PayloadReader(payload, agents, [0]);
    const batch = new PlainBatch();
    while (reader.next()) {
      history.append(agents[0]!, history.graph.frontier, reader);
      do {
        if (history === one) break;
        const textFrom = reader.textEnd;
        reader.nextPlain(batch);
        history.appendPlain(reader.container, batch, reader.text, textFrom);
      } while (batch.count > 0);
    }
  }
  const all = [{ start: 0, end: seq }];
  expect(many.size).toBe(seq);
  expect(many.stretches(all)).toEqual(one.stretches(all));
  expect(many.operations.rowCount).toBe(one.operations.rowCount);
});
