// A scenario whose smallest failing plan is known: it breaks T1 where a machine is killed
// between two operations that are marked, and counts what happened.

import {
  drawFaults,
  type Fault,
  FaultInjector,
  namedRandom,
  type Operation,
  type Plan,
  type Scenario,
  ViolationError,
} from "../src/index.ts";

interface Mark extends Operation {
  readonly mark: "none" | "first" | "second";
}

const names = ["a", "b"];

/** What is killed in between breaks T1; that there is nothing to do breaks T2. */
export const toyScenario: Scenario<Mark> = {
  name: "toy",
  summary: "marks, and kills between them",
  draw(seed) {
    const faults = drawFaults(namedRandom(seed, "toy"), {
      targets: { kill: names, pause: names },
      talks: [],
      fromMs: 100,
      untilMs: 9_000,
      perKindMax: 4,
    });
    const operations = Array.from({ length: 40 }, (_, index) => mark(200 + index * 200));
    return { scenario: "toy", seed, operations, faults };
  },
  async run(simulation, plan) {
    const counts = { marks: 0, lives: 0 };
    for (const name of names) {
      simulation.machine(name, async ({ clock }) => {
        counts.lives += 1;
        for (;;) await clock.sleep(10);
      });
    }
    new FaultInjector(simulation, plan.faults).start();
    let livesAtFirst: number | null = null;
    for (const { atMs, mark } of plan.operations) {
      simulation.after(atMs, () => {
        counts.marks += 1;
        if (mark === "first") livesAtFirst = counts.lives;
        if (mark === "second" && livesAtFirst !== null && counts.lives > livesAtFirst) {
          simulation.fail(new ViolationError("T1", "something began anew in between"));
        }
      });
    }
    await simulation.sleep(10_000);
    if (plan.operations.length === 0) throw new ViolationError("T2", "nothing to do");
    return counts;
  },
};

/** An operation at a time. */
export function mark(atMs: number, kind: Mark["mark"] = "none"): Mark {
  return { atMs, mark: kind };
}

/** A plan that breaks T1, with much in it that has no part in that. */
export function failingPlan(): Plan<Mark> {
  const kill = (atMs: number, machine: string): Fault => ({
    kind: "kill",
    machine,
    atMs,
    durationMs: 400,
  });
  const pause: Fault = { kind: "pause", machine: "a", atMs: 900, durationMs: 300 };
  const others = Array.from({ length: 30 }, (_, index) => mark(100 + index * 250));
  const operations = [...others, mark(2_000, "first"), mark(6_000, "second")];
  const faults = [kill(300, "b"), pause, kill(3_000, "a"), kill(4_000, "b"), kill(8_000, "a")];
  return { scenario: "toy", seed: 7, operations, faults };
}
