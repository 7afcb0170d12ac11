import { runSimulation, transcript } from "@holdfast/sim";
import { ReplicaCluster } from "./replica_cluster.ts";

const seed = Number(process.argv[2]);
const r = await runSimulation({ seed, keepsTrace: true }, async (simulation: any) => {
  const c = new ReplicaCluster(simulation, 3, 1);
  await c.run();
  c.judge();
  console.log(c.counts);
});
console.log(String(r.failure?.error ?? "ok").slice(0, 300));
for (const l of transcript(r.records, { linesMax: 1e6 })) console.log(l);
