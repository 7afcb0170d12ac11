// Measures how fast logs of merged data are judged: texts that ten replicas edit and show,
// and events that are named by hashes, with parents and digests. By processor time, with a
// loop of plain arithmetic beside it, to compare machines by.
//
//   npm run bench:check:merge

import { judgeMerge, type MergeId, type MergeRecord } from "@holdfast/check";
import { randomBelow, SeededRandom } from "@holdfast/std";
import { calibrate, cpuSeconds } from "./processor_time.ts";

const replicas = Array.from({ length: 10 }, (_, number) => `r${number}`);

/** All edit one text in turn, five keystrokes or one deletion at a time, and two of them show it. */
function textLog(recordCount: number, length: number): MergeRecord[] {
  const random = new SeededRandom(20261130);
  const log: MergeRecord[] = [];
  const text: [string, number][] = [];
  const made = new Map(replicas.map((replica) => [replica, 0]));
  while (log.length < recordCount) {
    const author = replicas[randomBelow(random, replicas.length)]!;
    const from = made.get(author)!;
    const isTyping = text.length < length;
    const place = randomBelow(random, text.length + (isTyping ? 1 : 0));
    const to = isTyping ? from + 5 : from + 1;
    const id: MergeId | [string, number, number] = isTyping ? [author, from, to] : [author, from];
    if (isTyping) {
      const neighbours = { after: text[place - 1] ?? null, before: text[place] ?? null };
      log.push({ type: "event", replica: author, id, insert: [[author, from, to]], ...neighbours });
      const keys = Array.from({ length: 5 }, (_, key): [string, number] => [author, from + key]);
      text.splice(place, 0, ...keys);
    } else {
      log.push({ type: "event", replica: author, id, delete: text.splice(place, 1) });
    }
    made.set(author, to);
    for (const replica of replicas) {
      if (replica !== author) log.push({ type: "event", replica, id });
    }
    const list = runsOf(text);
    for (const replica of replicas.slice(0, 2)) log.push({ type: "state", replica, list });
  }
  return [...log, { type: "settled" }];
}

function runsOf(text: readonly (readonly [string, number])[]): [string, number, number][] {
  const runs: [string, number, number][] = [];
  for (const [agent, sequence] of text) {
    const last = runs[runs.length - 1];
    if (last?.[0] === agent && last[2] === sequence) last[2] += 1;
    else runs.push([agent, sequence, sequence + 1]);
  }
  return runs;
}

/** Five replicas apply events with a parent each, and every second time all show a digest. */
function hashLog(eventCount: number): MergeRecord[] {
  const log: MergeRecord[] = [];
  const five = replicas.slice(0, 5);
  for (let number = 0; number < eventCount; number += 1) {
    const id = `hash ${number}`;
    const parents = number === 0 ? [] : [`hash ${number - 1}`];
    for (const replica of five) log.push({ type: "event", replica, id, parents });
    if (number % 2 === 1) continue;
    for (const replica of five) log.push({ type: "state", replica, digest: `after ${number}` });
  }
  return [...log, { type: "settled" }];
}

const loop = calibrate();
console.log(`a loop of 2e8 steps: ${loop.toFixed(2)} processor s\n`);
console.log("| log | records | verdict | processor s | records/s | memory at most, MB |");
console.log("| --- | --: | --- | --: | --: | --: |");
const logs: readonly (readonly [string, () => MergeRecord[]])[] = [
  ["a text of 1,000 characters", () => textLog(10_000, 1000)],
  ["a text of 1,000 characters", () => textLog(100_000, 1000)],
  ["a text of 3,000 characters", () => textLog(100_000, 3000)],
  ["hashes and digests", () => hashLog(140_000)],
];
for (const [name, make] of logs) {
  const log = make();
  let verdict = "";
  const seconds = cpuSeconds(() => {
    verdict = judgeMerge(log).verdict;
  });
  const memory = Math.round(process.resourceUsage().maxRSS / 1024);
  const speed = Math.round(log.length / seconds).toLocaleString("en");
  const size = log.length.toLocaleString("en");
  console.log(`| ${name} | ${size} | ${verdict} | ${seconds.toFixed(2)} | ${speed} | ${memory} |`);
}
