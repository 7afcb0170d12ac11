// Bugs planted in the server, and in how documents merge.

import type { Mutant } from "./mutant.ts";

const judgement = "packages/server/src/judgement.ts";
const holdings = "packages/server/src/document_holdings.ts";

/** See the head of this file. */
export const serverMutants: readonly Mutant[] = [
  {
    id: "causes_not_checked",
    bug: "A server stores a bundle whether or not it holds what that builds on.",
    file: judgement,
    find: `        return { type: "missing" };
      }
      let fresh = false;
      for (const run of section.runs) {
        const known = next(run.agent);
        if (run.from > known) return { type: "missing" };`,
    replace: `      }
      let fresh = false;
      for (const run of section.runs) {
        const known = next(run.agent);`,
    scenario: "sync",
    seed: 4,
    breaks: ["S1", "S3", "S5", "missing_dependency"],
  },
  {
    id: "waiting_room_drops",
    bug: "What waits for its turn at a document is dropped where a transaction before it fails.",
    file: "packages/server/src/document_queue.ts",
    find: "        for (const offer of offers) offer.reject(error);\n",
    replace: `        for (const offer of offers) offer.reject(error);
        this.#waiting.length = 0;
`,
    scenario: "sync",
    seed: 5,
    breaks: ["S3"],
  },
  {
    id: "last_chunk_of_a_page_skipped",
    bug: "A reader of a long document never gets the chunk after each page.",
    file: holdings,
    find: "page.at(-1)!.arrival + 1;",
    replace: "page.at(-1)!.arrival + 2;",
    scenario: "sync",
    seed: 29,
    breaks: ["S3"],
  },
  {
    id: "cache_filled_before_commit",
    bug: "A server remembers what a document holds before the transaction that adds it is kept.",
    file: "packages/server/src/document_queue.ts",
    find: `      const result = await appendBatch(tx, this.#document, before, offers);
`,
    replace: `      const result = await appendBatch(tx, this.#document, before, offers);
      this.#cache.put(this.#document, result.state);
`,
    scenario: "sync",
    seed: 14,
    breaks: ["S1", "S3", "S5"],
  },
  {
    id: "cache_one_chunk_behind",
    bug: "A server that brings its memory of a document up to date overlooks the first new chunk.",
    file: "packages/server/src/document_cache.ts",
    find: "const span = { from: known.head.arrival + 1,",
    replace: "const span = { from: known.head.arrival + 2,",
    scenario: "sync",
    seed: 1,
    breaks: ["S1", "S3", "S5"],
  },
  {
    id: "acknowledged_before_commit",
    bug: "A server answers when a transaction is made up, not when it is kept.",
    file: "packages/server/src/document_queue.ts",
    find: `      return { before, ...result };
    });`,
    replace: `      if (result.outcomes.every(({ type }) => type === "stored")) {
        this.#answer(offers, result.outcomes, result.state);
      }
      return { before, ...result };
    });`,
    scenario: "sync",
    seed: 4,
    breaks: ["S1", "S3"],
  },
  {
    id: "compaction_loses_an_entry",
    bug: "Compaction clears the entry of the last events of an agent that it joined.",
    file: "packages/server/src/compaction.ts",
    find: "      kept[kept.length - 1] = { ...before, to: entry.to };",
    replace: "      kept.pop();",
    scenario: "sync",
    seed: 4,
    breaks: ["S1", "S3", "S5"],
  },
  {
    id: "ties_by_arrival",
    bug: "Of two inserts at one place that which came first stands first, on each replica.",
    file: "packages/doc/src/merge/concurrent_inserts.ts",
    find: "if (agent < this.#agentOf(spans[other + spanId]!)) break;",
    replace: "break;",
    scenario: "sync",
    seed: 0,
    breaks: ["S3"],
  },
  {
    id: "last_set_wins_by_arrival",
    bug: "Of two values that were set at the same time that which came last counts, on each replica.",
    file: "packages/doc/src/state/map_state.ts",
    find: "(difference === 0 && graph.id(head).agent > graph.id(winner).agent)",
    replace: "difference === 0",
    scenario: "sync",
    seed: 8,
    breaks: ["S3"],
  },
  {
    id: "undo_by_position",
    bug: "Undo deletes what stands now where its text stood when it was typed.",
    file: "packages/doc/src/undo.ts",
    find: "this.#deleteUnits(row.container, { id: row.start, length: row.end - row.start });",
    replace: "this.#editor.delete(row.container, row.at, row.end - row.start);",
    scenario: "sync",
    seed: 3,
    breaks: ["S9"],
  },
  {
    id: "part_of_a_list_from_its_start",
    bug: "Of values of a list that are held in part, the first are taken for those that lack.",
    file: "packages/doc/src/history/operation_log.ts",
    find: "row.at + skipped, row.values, from, from + length",
    replace: "row.at + skipped, row.values, row.textFrom, row.textFrom + length",
    scenario: "sync",
    seed: 4,
    breaks: ["S3"],
  },
  {
    id: "deletes_by_the_last_width",
    bug: "Where a text was edited last, half of what is deleted from a list is.",
    file: "packages/doc/src/state/sequences.ts",
    find: `    const text = this.open(container);
    const start = at * this.#lastEach;
    const count = length * this.#lastEach;`,
    replace: `    const each = this.#lastEach;
    const text = this.open(container);
    const start = at * each;
    const count = length * each;`,
    scenario: "sync",
    seed: 2,
    breaks: ["S3"],
  },
];
