// The simulated disk keeps the contract that every disk keeps.

import { describeDisk } from "../../../tools/contracts/disk_cases.ts";
import { DiskBench } from "./disk_bench.ts";

const bench = new DiskBench(1);
describeDisk({
  name: "simulated",
  disk: bench.boot(),
  folder: (name) => `/data/${name}`,
  run: (work) => bench.run(work),
});
