// Measures how fast histories of transactions on lists are judged: clean ones of growing
// size, and, where HOLDFAST_HISTORIES names their folder, a recorded one with an enormous
// component. By processor time, which a machine that is shared disturbs the least.
//
//   npm run bench:check:isolation
//
// A clean history comes from a generator, as from a file that is read once. What generating
// alone takes is measured apart and taken off. Beside it stands a loop of plain arithmetic,
// to compare machines by.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import {
  judgeLists,
  type ListStep,
  listVocabulary,
  readJepsenEdn,
  type TransactionOperation,
} from "@holdfast/check";
import { randomBelow, SeededRandom } from "@holdfast/std";
import { calibrate, cpuSeconds } from "./processor_time.ts";

const sizes = [10_000, 100_000, 1_000_000];
const processesAtOnce = 10;
const keysAtOnce = 10;
const appendsToKeyMax = 32;

/** What a store of lists that does one transaction after the other would answer. */
function* cleanHistory(size: number): Generator<TransactionOperation<ListStep>> {
  const random = new SeededRandom(20261129);
  const lists = Array.from({ length: keysAtOnce }, (): number[] => []);
  const names = lists.map((_, place) => place);
  let nextKey = keysAtOnce;
  for (let done = 0; done < size; done += processesAtOnce) {
    const atOnce = Math.min(processesAtOnce, size - done);
    const answers: ListStep[][] = [];
    for (let one = 0; one < atOnce; one += 1) {
      const steps: ListStep[] = [];
      for (let left = 1 + randomBelow(random, 4); left > 0; left -= 1) {
        const slot = randomBelow(random, keysAtOnce);
        if (randomBelow(random, 2) === 0) {
          steps.push(["r", names[slot]!, [...lists[slot]!]]);
          continue;
        }
        if (lists[slot]!.length === appendsToKeyMax) {
          lists[slot] = [];
          names[slot] = nextKey;
          nextKey += 1;
        }
        lists[slot]!.push(lists[slot]!.length + 1);
        steps.push(["append", names[slot]!, lists[slot]!.length]);
      }
      answers.push(steps);
    }
    for (const [place, output] of answers.entries()) {
      yield {
        process: String(place),
        input: [],
        outcome: "ok",
        output,
        invokedAt: 2 * done + place,
        completedAt: 2 * done + 2 * processesAtOnce - 1 - place,
      };
    }
  }
}

function row(...cells: (string | number)[]): void {
  console.log(`| ${cells.join(" | ")} |`);
}

const loop = calibrate();
console.log(`a loop of 2e8 steps: ${loop.toFixed(2)} processor s\n`);
row("clean history", "verdict", "processor s", "transactions/s", "memory at most, MB");
row("---", "---", "--:", "--:", "--:");
for (const size of sizes) {
  const generating = cpuSeconds(() => {
    for (const operation of cleanHistory(size)) operation.output?.length;
  });
  let verdict = "";
  const whole = cpuSeconds(() => {
    verdict = judgeLists(cleanHistory(size)).verdict;
  });
  const seconds = whole - generating;
  const memory = Math.round(process.resourceUsage().maxRSS / 1024);
  const speed = Math.round(size / seconds).toLocaleString("en");
  row(size.toLocaleString("en"), verdict, seconds.toFixed(2), speed, memory);
}

const recorded = join(process.env.HOLDFAST_HISTORIES ?? "", "elle", "huge-scc.edn.gz");
if (existsSync(recorded)) {
  const text = gunzipSync(readFileSync(recorded)).toString();
  console.log("");
  row("huge-scc, 10,254 transactions", "verdict", "processor s", "loops");
  row("---", "---", "--:", "--:");
  let history: ReturnType<typeof readJepsenEdn<readonly ListStep[], readonly ListStep[]>> = [];
  const reading = cpuSeconds(() => {
    history = readJepsenEdn(text, listVocabulary);
  });
  row("reading its EDN", "", reading.toFixed(2), (reading / loop).toFixed(2));
  let verdict = "";
  const judging = cpuSeconds(() => {
    verdict = judgeLists(history).verdict;
  });
  row("judging it", verdict, judging.toFixed(2), (judging / loop).toFixed(2));
}
