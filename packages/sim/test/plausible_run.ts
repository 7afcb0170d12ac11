// Records as a run of three servers and four clients could leave them, drawn from a
// seed: edits that are stored, acknowledged, and passed on; a partition, a process that
// stands still, a kill, a loss of power, a lying sync, and in the end an edit that is gone.
//
// Nothing is simulated here: what is right in a run is not the picture's business.

import { encodeUtf8, type Random, randomBelow, SeededRandom } from "@holdfast/std";
import type {
  ConnectionNumber,
  Happening,
  MessageNumber,
  TraceRecord,
} from "../src/run/trace_record.ts";

const servers = ["server-1", "server-2", "server-3"];
const clients = ["client-1", "client-2", "client-3", "client-4"];
const homes = [0, 0, 1, 2];

/** What is unlike a quiet run, in milliseconds. */
const cut = { fromMs: 8_000, toMs: 12_500 };
const pause = { fromMs: 4_200, toMs: 5_600 };
const kill = { fromMs: 16_000, toMs: 17_400 };
const powerLoss = { fromMs: 21_000, toMs: 22_600 };
const lyingSync = { fromMs: 18_000, toMs: 21_000 };
const endMs = 30_000;

/** How large a run is to be. */
export interface PlausibleOptions {
  readonly seed?: number;
  /** Edits of each client in the whole run; each makes about ten records. */
  readonly edits?: number;
}

/** Draws a run. */
export function plausibleRun({ seed = 1, edits = 24 }: PlausibleOptions = {}): TraceRecord[] {
  return new RunWriter(new SeededRandom(seed)).write(edits);
}

/** The text of a message, as its writer meant it. */
export function describeText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

class RunWriter {
  readonly #random: Random;
  readonly #records: TraceRecord[] = [];
  readonly #connections: { atMs: number; between: readonly string[]; number: ConnectionNumber }[] =
    [];
  #messages = 0;
  #connectionCount = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  write(edits: number): TraceRecord[] {
    for (const [index, machine] of [...servers, ...clients].entries()) {
      this.#at(index * 0.2, { type: "start", machine, life: 1 });
    }
    this.#at(0, note("", "seed 1, profile wan; 3 servers, 4 clients"));
    this.#connect(20, "server-2", "server-1");
    this.#connect(24, "server-3", "server-1");
    this.#connect(27, "server-3", "server-2");
    for (const [index, client] of clients.entries()) this.#greet(60 + index * 7, client);
    this.#faults();
    for (let edit = 0; edit < edits; edit += 1) {
      for (const [index, client] of clients.entries()) {
        const atMs = 300 + ((endMs - 1_500) * (edit + this.#random.next() * 0.5)) / edits;
        this.#edit(atMs, client, servers[homes[index]!]!, edit);
      }
    }
    this.#at(25_000, note("", "all faults have ended; the liveness phase begins"));
    this.#at(29_400, note("client-1", "reads 93 events"));
    this.#at(29_402, note("client-4", "reads 92 events"));
    const text =
      "an acknowledged edit is lost: client-4 edit 17 was saved at 20.1 s, and no server has it";
    this.#at(29_500, { type: "violation", text });
    return this.#records
      .map((record, index) => ({ record, index }))
      .sort((left, right) => left.record.atMs - right.record.atMs || left.index - right.index)
      .map(({ record }) => record);
  }

  #at(atMs: number, happening: Happening): void {
    this.#records.push({ atMs, happening });
  }

  #latencyMs(): number {
    return 18 + this.#random.next() * 26;
  }

  #connect(atMs: number, from: string, to: string): void {
    this.#connectionCount += 1;
    const connection = this.#connectionCount as ConnectionNumber;
    this.#connections.push({ atMs, between: [from, to], number: connection });
    this.#at(atMs, { type: "connect", connection, from, to });
  }

  /** The latest between two machines. */
  #connectionAt(atMs: number, ...machines: readonly string[]): ConnectionNumber {
    return this.#connections
      .filter(
        (connection) =>
          connection.atMs <= atMs && machines.every((name) => connection.between.includes(name)),
      )
      .at(-1)!.number;
  }

  #greet(atMs: number, client: string): void {
    const server = servers[homes[clients.indexOf(client)]!]!;
    this.#connect(atMs, client, server);
    const openedMs = this.#send(atMs + 1, client, server, "hello protocol=1");
    this.#send(openedMs + 0.4, server, client, "welcome epoch=1");
    this.#send(openedMs + 1.2, client, server, "open #1 notes");
  }

  /** Sends, and gives the time of arrival, or of what would have been. */
  #send(atMs: number, from: string, to: string, text: string): number {
    const connection = this.#connectionAt(atMs, from, to);
    this.#messages += 1;
    const message = this.#messages as MessageNumber;
    const arrivedMs = atMs + this.#latencyMs();
    const bytes = encodeUtf8(text);
    this.#at(atMs, { type: "send", connection, message, from, to, bytes });
    const isCut =
      within(atMs, cut) && (from === "server-1") !== (to === "server-1") && !isPair(from, to);
    const isDead = [from, to].some((machine) => isDown(machine, arrivedMs));
    if (isCut) {
      const lost = `lost ${bytes.length} bytes to ${to}`;
      this.#at(atMs + 9, { type: "bite", kind: "partition", machine: from, text: lost });
    }
    if (!isCut && !isDead) this.#at(arrivedMs, { type: "arrive", connection, message, from, to });
    return arrivedMs;
  }

  #edit(atMs: number, client: string, server: string, edit: number): void {
    if (isDown(server, atMs) || (client === "client-2" && within(atMs, pause))) return;
    const disk = {
      type: "disk",
      path: "notes.log",
      sizeBytes: 90 + randomBelow(this.#random, 60),
    } as const;
    this.#at(atMs, { ...disk, machine: client, operation: "append", outcome: "ok" });
    const arrivedMs = this.#send(atMs + 0.9, client, server, `edit ${edit}`);
    if (isDown(server, arrivedMs + 5)) return;
    const isLying = server === "server-3" && within(arrivedMs, lyingSync);
    this.#at(arrivedMs + 0.3, { ...disk, machine: server, operation: "write", outcome: "ok" });
    this.#at(arrivedMs + 3.1, { ...disk, machine: server, operation: "sync", outcome: "ok" });
    if (isLying) {
      const text = "a sync did nothing";
      this.#at(arrivedMs + 3.1, { type: "bite", kind: "lying_sync", machine: server, text });
    }
    this.#send(arrivedMs + 3.4, server, client, `saved through=${edit}`);
    for (const [index, other] of clients.entries()) {
      const isAlike = other !== client && servers[homes[index]!] === server;
      if (isAlike) this.#send(arrivedMs + 3.6, server, other, `bundle ${client} ${edit}`);
    }
    for (const peer of servers) {
      if (peer !== server && !isDown(peer, arrivedMs)) {
        this.#send(arrivedMs + 3.8, server, peer, `append ${client} ${edit}`);
      }
    }
  }

  #faults(): void {
    const sides = [
      ["server-1", "client-1", "client-2"],
      ["server-2", "server-3"],
    ] as const;
    this.#fault(0, cut, "partition", sides.flat(), "halves: server-1 | server-2, server-3");
    this.#fault(1, pause, "pause", ["client-2"], "");
    this.#at(pause.fromMs, { type: "pause", machine: "client-2" });
    this.#at(pause.toMs, { type: "resume", machine: "client-2" });
    this.#fault(2, kill, "kill", ["server-2"], "");
    this.#fault(3, lyingSync, "lying_sync", ["server-3"], "");
    this.#fault(4, powerLoss, "power_loss", ["server-3"], "writes that were not synced: torn");
    this.#fault(
      5,
      { fromMs: 14_000, toMs: 19_500 },
      "slow_network",
      [],
      "latencies 1.5 times as long",
    );
    this.#fault(6, { fromMs: 10_000, toMs: 15_000 }, "clock_drift", ["client-3"], "rate 1.02");
    this.#end("server-2", kill, "killed", ["client-3"]);
    this.#end("server-3", powerLoss, "power lost", ["client-4"]);
  }

  #end(
    machine: string,
    { fromMs, toMs }: { fromMs: number; toMs: number },
    how: "killed" | "power lost",
    others: readonly string[],
  ): void {
    this.#at(fromMs, { type: "end", machine, how, text: "" });
    for (const other of others) {
      const connection = this.#connectionAt(fromMs, other, machine);
      const text = how === "killed" ? "reset by peer" : "nothing was heard for 800 ms";
      const heardMs = fromMs + (how === "killed" ? 25 : 800);
      this.#at(heardMs, { type: "close", connection, machine: other, kind: "broken", text });
    }
    this.#at(toMs, { type: "start", machine, life: 2 });
    this.#at(toMs + 12, note(machine, "recovers 3 documents"));
    for (const other of others) this.#greet(toMs + 90, other);
  }

  #fault(
    fault: number,
    { fromMs, toMs }: { fromMs: number; toMs: number },
    kind: string,
    machines: readonly string[],
    text: string,
  ): void {
    this.#at(fromMs, { type: "fault", fault, phase: "begin", kind, machines, text });
    this.#at(toMs, { type: "fault", fault, phase: "end", kind, machines, text });
  }
}

function within(atMs: number, span: { fromMs: number; toMs: number }): boolean {
  return atMs >= span.fromMs && atMs < span.toMs;
}

function isDown(machine: string, atMs: number): boolean {
  if (machine === "server-2") return within(atMs, kill);
  return machine === "server-3" && within(atMs, powerLoss);
}

/** Whether the two are on one side of the partition. */
function isPair(from: string, to: string): boolean {
  return [from, to].some((name) => name === "client-1" || name === "client-2");
}

function note(machine: string, text: string): Happening {
  return { type: "note", machine, text };
}
