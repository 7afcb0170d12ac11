// Bugs planted in what finds out that two write in one name.

import type { Mutant } from "./mutant.ts";

const replica = "packages/client/src/replica/replica.ts";

/** See the head of this file. */
export const doublesMutants: readonly Mutant[] = [
  {
    id: "equivocation_acknowledged",
    bug: "A server answers that it has events of which it has another content.",
    file: "packages/server/src/append_batch.ts",
    find: "      outcomes.push(refusal);",
    replace: '      outcomes.push({ type: "known" });',
    scenario: "doubles",
    seed: 2,
    breaks: ["D1", "D2", "D3"],
  },
  {
    id: "two_writers_with_one_agent",
    bug: "A client takes what the server holds under its name for its own.",
    file: replica,
    find: "return [agent, known ? Math.min(next, saved.next(agent)) : 0];",
    replace: "return [agent, known ? next : 0];",
    scenario: "doubles",
    seed: 1,
    breaks: ["D1", "D2", "D3"],
  },
  {
    id: "goes_on_after_a_contradiction",
    bug: "A client takes in what follows an event that the server has with another content.",
    file: replica,
    find: "this.#contradiction = error;",
    replace: "this.#contradiction = null;",
    scenario: "doubles",
    seed: 2,
    breaks: ["D1", "D2", "D3"],
  },
  {
    id: "one_chunk_compared",
    bug: "A server holds events that are offered again against the first chunk of them alone.",
    file: "packages/server/src/equivocation.ts",
    find: "  for (const arrival of arrivals) {",
    replace: "  for (const arrival of [...arrivals].slice(0, 1)) {",
    scenario: "doubles",
    seed: 1,
    breaks: ["D1", "D2", "D3"],
  },
  {
    id: "sequel_of_a_double_stored",
    bug: "A server that refused a bundle of a double stores the next one, which was made upon it.",
    file: "packages/server/src/append_batch.ts",
    find: "const contradiction = sender?.contradiction ?? contradicted.get(sender) ?? null;",
    replace: "const contradiction = null as EventRun | null;",
    scenario: "doubles",
    seed: 47,
    breaks: ["D1", "D2", "D3"],
  },
];
