// Measures stores side by side: ours, etcd and redis, each with its data synced to a fresh
// folder on this disk, each asked by the same load generator in a process of its own. All
// run at the same time and are measured in turn.
//
//   npm run bench:store -- [--only raft3,etcd3,...] [--op put|get|...] [--inflight N]
//                          [--seconds S] [--json FILE]
//
// A line of the machine, a table, and ratios, above 1 where we do better.

import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { diskSyncMs } from "./disk_sync.ts";
import type { Operation } from "./load.ts";
import { type Options, readOptions } from "./options.ts";
import { ratiosOf, tableHead, tableRow } from "./report.ts";
import { type Common, type Figures, median, play, type Workload } from "./rounds.ts";
import { type Actor, Stage } from "./stage.ts";

const valueSizeBytes = 256;
const warmUpMs = 1_000;
const growFrom = 100_000;
/** What share of etcd3's puts the timetable asks of everybody. */
const saturatedShare = 0.9;
const failovers = 5;

/** How many are in flight unless told: many writers, many readers, one scan. */
const inFlightOf: Record<Operation, number> = {
  put: 256,
  get: 64,
  "get-stale": 64,
  "get-many": 1,
  scan: 1,
};

function say(line: string): void {
  console.log(line);
}

class Bench {
  readonly rows: Figures[] = [];
  readonly #options: Options;
  readonly #actors: readonly Actor[];

  constructor(options: Options, actors: readonly Actor[]) {
    this.#options = options;
    this.#actors = actors;
  }

  async run(): Promise<void> {
    const { op, keys } = this.#options;
    for (const { client, running, target } of this.#actors) {
      await client.connect(target.name, running.address, 1);
      await client.fill(0, op === "grow" ? Math.min(growFrom, keys) : keys, valueSizeBytes);
    }
    if (op === "failover") return this.#failover();
    say(tableHead());
    if (op === "grow") return this.#grow();
    if (op === "latency") return this.#latency();
    if (op !== "all") return this.#closed(op);
    await this.#closed("put");
    await this.#closed("put", 1);
    await this.#closed("get");
    await this.#closed("get-stale");
    await this.#closed("get-many");
    await this.#closed("scan");
    if (this.rows.some(({ target }) => target === "etcd3")) await this.#latency();
  }

  #closed(operation: Operation, inFlight = this.#options.inFlight): Promise<void> {
    return this.#play({ operation, inFlight: inFlight ?? inFlightOf[operation], rate: null });
  }

  async #latency(): Promise<void> {
    const saturated = this.rows.find(
      ({ target, operation, inFlight }) =>
        target === "etcd3" && operation === "put" && inFlight > 1,
    );
    const rate = this.#options.rate ?? saturatedShare * (saturated?.perSecond ?? Number.NaN);
    if (Number.isNaN(rate)) throw new Error("name a rate with --rate");
    await this.#play({ operation: "put", inFlight: inFlightOf.put, rate });
  }

  async #play(workload: Workload, keys = this.#options.keys): Promise<void> {
    const { seconds, rounds, connections } = this.#options;
    const common: Common = {
      keys,
      rounds,
      connections,
      valueSizeBytes,
      warmUpMs,
      measureMs: seconds * 1_000,
    };
    for (const figures of await play(this.#actors, workload, common)) {
      this.rows.push(figures);
      say(tableRow(figures));
    }
  }

  /** The same with few keys and with many. */
  async #grow(): Promise<void> {
    const { keys } = this.#options;
    for (const count of [growFrom, keys]) {
      for (const { client, target } of this.#actors) {
        const begun = performance.now();
        if (count > growFrom) await client.fill(growFrom, count, valueSizeBytes);
        const seconds = (performance.now() - begun) / 1_000;
        say(
          `| ${target.name} holds ${count.toLocaleString("en")} keys, filled in ${seconds.toFixed(1)} s |`,
        );
      }
      for (const operation of ["put", "get"] as const) {
        const inFlight = this.#options.inFlight ?? inFlightOf[operation];
        await this.#play({ operation, inFlight, rate: null }, count);
      }
    }
  }

  /** How long nobody can write after the leader was killed. */
  async #failover(): Promise<void> {
    say("| target | ms from kill -9 of the leader to the next put |\n| --- | --- |");
    for (const { target, running, client } of this.#actors) {
      if (running.leader === undefined || running.restart === undefined) continue;
      const times: number[] = [];
      for (let round = 0; round < failovers; round += 1) {
        await client.putOnce();
        const pid = await running.leader();
        const begun = performance.now();
        process.kill(pid, "SIGKILL");
        await client.putOnce();
        times.push(performance.now() - begun);
        await running.restart(pid);
        await sleep(2_000);
      }
      const shown = times.map((ms) => ms.toFixed(0)).join(", ");
      say(`| ${target.name} | ${shown}; median ${median(times).toFixed(0)} |`);
    }
  }
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const stage = new Stage(options.folder);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => void stage.endAtOnce().finally(() => process.exit(130)));
  }
  try {
    await stage.prepare();
    const machine = {
      processors: `${cpus().length} x ${cpus()[0]?.model ?? "unknown"}`,
      node: process.version,
      load: loadavg()[0]!,
      syncMs: await diskSyncMs(stage.folder),
    };
    say(
      `${machine.processors}, Node ${machine.node}, load ${machine.load.toFixed(1)}; one fdatasync ${machine.syncMs.toFixed(2)} ms; ${valueSizeBytes} bytes a value\n`,
    );
    const actors: Actor[] = [];
    for (const target of options.targets) {
      const missing = target.missing();
      if (missing === null) actors.push(await stage.start(target));
      else say(`${target.name} is left out: ${missing}`);
    }
    const bench = new Bench(options, actors);
    await bench.run();
    const ratios = ratiosOf(bench.rows);
    if (Object.keys(ratios).length > 0) say(`\nratios ${JSON.stringify(ratios, null, 2)}`);
    if (options.json !== null) {
      const content = {
        machine,
        options: { ...options, targets: undefined },
        rows: bench.rows,
        ratios,
      };
      writeFileSync(options.json, `${JSON.stringify(content, null, 2)}\n`);
    }
  } finally {
    await stage.end();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
