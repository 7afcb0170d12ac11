// Laws over drawn histories. fast-check prints the seed and path that replay a failure.

import { Doc } from "@holdfast/doc";
import { SeededRandom } from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { causalOrder, historyArbitrary, parentSteps, reader, Script, texts } from "./history.ts";
import { checkLaws, deliver, document, play } from "./laws.ts";

const seedArbitrary = fc.nat({ max: 2 ** 31 });

test("D1 D2 D3 D8 D9: short histories obey every law", () => {
  fc.assert(
    fc.property(historyArbitrary(14), seedArbitrary, (steps, seed) => checkLaws(steps, seed)),
    { numRuns: 200 },
  );
});

test("D1 D2 D3 D8 D9: long histories obey every law", () => {
  fc.assert(
    fc.property(historyArbitrary(90), seedArbitrary, (steps, seed) => checkLaws(steps, seed)),
    { numRuns: 24 },
  );
});

describe("D4 interleaving", () => {
  // Each agent types a run at one place of a shared text, letter by letter.
  const runArbitrary = fc.record({
    text: fc.stringMatching(/^[a-z]{1,6}$/),
    backwards: fc.boolean(),
  });
  test("concurrent runs, typed forwards or backwards, stay whole", () => {
    fc.assert(
      fc.property(
        fc.array(runArbitrary, { minLength: 2, maxLength: 5 }),
        fc.nat({ max: 3 }),
        seedArbitrary,
        (runs, at, seed) => {
          const script = new Script().insert(0, 0, "123");
          for (let who = 1; who < runs.length; who += 1) script.see(who, 0);
          const written = runs.map(({ text }, who) => text.toUpperCase() + who);
          runs.forEach(({ backwards }, who) => {
            const letters = [...written[who]!];
            if (backwards) for (const letter of letters.reverse()) script.insert(who, at, letter);
            else
              for (const [index, letter] of letters.entries())
                script.insert(who, at + index, letter);
          });
          const random = new SeededRandom(seed);
          const { bundles } = play(script.steps, random);
          const doc = new Doc({ document, agent: reader });
          const all = script.steps.map((_, index) => index);
          for (const index of causalOrder(parentSteps(script.steps), all, random)) {
            deliver(doc, bundles[index]!);
          }
          const text = doc.text(texts[0]).toString();
          for (const run of written) expect(text).toContain(run);
        },
      ),
      { numRuns: 150 },
    );
  });
});
