// Loaded into a server by `--import`: measures the longest work that it did without letting
// anything else have a turn, in processor time, so that what else the machine does counts
// for nothing. An upper bound: the work of other threads meanwhile counts, too.
//
// A timer is due every few milliseconds; how much processor time goes by between two of its
// calls is how long the longest turn between them can have been. Written to the file that
// HOLDFAST_TURNS names, with the process's number at its end, whenever it grows.
// SIGUSR2 begins anew.

import { writeFileSync } from "node:fs";

const everyMs = 5;
const file = `${process.env.HOLDFAST_TURNS}${process.pid}`;
let longestMs = 0;
let before = process.cpuUsage();

setInterval(() => {
  const { user, system } = process.cpuUsage(before);
  before = process.cpuUsage();
  const ms = (user + system) / 1e3;
  if (ms <= longestMs) return;
  longestMs = ms;
  writeFileSync(file, ms.toFixed(1));
}, everyMs).unref();

process.on("SIGUSR2", () => {
  longestMs = 0;
});
