// `npm run mutants:raft`: plants each bug, and prints what finds it.
//
// usage: npm run mutants:raft -- [ID...]
// Exit code 1 where a mutant does not fall, or does not apply.

import { hunt } from "./hunt.ts";
import { mutants, seedsMax } from "./list.ts";

const chosen = process.argv.slice(2);
let survivors = 0;

for (const mutant of mutants) {
  if (chosen.length > 0 && !chosen.includes(mutant.id)) continue;
  try {
    const { found, others } = await hunt(mutant, seedsMax);
    if (found === null) survivors += 1;
    const what =
      found === null ? `SURVIVED ${others.join("; ")}` : `seed ${found.seed}: ${found.sentence}`;
    console.log(`${mutant.id.padEnd(34)} ${mutant.by.padEnd(11)} ${what.slice(0, 120)}`);
  } catch (error) {
    survivors += 1;
    console.log(`${mutant.id.padEnd(34)} ${mutant.by.padEnd(11)} ${String(error).slice(0, 300)}`);
  }
}
console.log(survivors === 0 ? "all fell" : `${survivors} did not fall`);
process.exitCode = survivors === 0 ? 0 : 1;
