// The sync scenario: servers, clients, documents, and everything that goes wrong.
//
//   0 s        faults begin, clients edit, leave and come back         (safety)
//   40 s       faults end; every client goes to the first server       (liveness);
//              sooner where a plan was cut, and no more is in it
//   + 300 s    all must hold the same by then
//   then       everything is asked to end, the stores are looked into, and what all
//              held and showed is judged
//
// The product runs unchanged: clients as in Node with their log on a disk, servers
// as behind a socket, stores in memory with their log on a disk. What LMDB and
// IndexedDB do is not simulated: the two logs here stand for their contract.

import { type Doc, parseDocumentId } from "@holdfast/doc";
import { DocumentHoldings, verifyDocuments } from "@holdfast/server";
import {
  FaultInjector,
  type Machine,
  networkProfiles,
  type Scenario,
  type Simulation,
  ViolationError,
} from "@holdfast/sim";
import type { Store } from "@holdfast/store";
import { documentsUsed, healAtMsOf } from "../cut_plan.ts";
import { describeFrame } from "./describe_frame.ts";
import { bodyName, wordsName } from "./document_content.ts";
import { SharedStore } from "./shared_store.ts";
import { again, requireWhole, StoreKeeper } from "./store_keeper.ts";
import { SyncClient } from "./sync_client.ts";
import { SyncLedger } from "./sync_ledger.ts";
import {
  documents,
  drawSyncPlan,
  healAtMs,
  presenceDocument,
  type SyncOperation,
  type SyncPlan,
  type SyncSetting,
  servers,
  settingOf,
  storeMachine,
} from "./sync_plan.ts";
import { serveStore } from "./sync_server.ts";

/** A word that somebody typed: a number, twice. */
const wordPattern = /\[(\d{4})\.\1\]/g;
/** How long everything may take to come right once faults have ended. */
const convergeMsMax = 300_000;
/** How often it is looked whether it has. */
const pollMs = 5_000;
/** How long it may take from then on until those who are there are shown, and nobody else. */
const meetMsMax = 120_000;
/** How long a program may take to end in good order. */
const stopMsMax = 60_000;

/** Documents that several people edit, on and off, and servers that fail. */
export const syncScenario: Scenario<SyncOperation> = {
  name: "sync",
  summary: "3 servers and 8 clients edit documents while everything fails",
  describeMessage: describeFrame,
  draw: drawSyncPlan,
  run: (simulation, plan) => new SyncRun(simulation, plan).run(),
};

class SyncRun {
  readonly #simulation: Simulation;
  readonly #plan: SyncPlan;
  readonly #setting: SyncSetting;
  readonly #ledger: SyncLedger;
  /** Where each client connects now. */
  readonly #homes: Map<string, string>;
  readonly #clients = new Map<string, { readonly client: SyncClient; readonly machine: Machine }>();
  readonly #servers = new Map<string, Machine>();
  /** By machine. */
  readonly #stores = new Map<string, StoreKeeper>();
  readonly #injector: FaultInjector;
  /** Machines that stay down for now because their people left. */
  readonly #away = new Set<string>();
  readonly #documents: readonly string[];
  readonly #healAtMs: number;

  constructor(simulation: Simulation, plan: SyncPlan) {
    this.#simulation = simulation;
    this.#plan = plan;
    this.#setting = settingOf(plan.seed);
    this.#documents = documentsUsed(plan.operations, documents);
    this.#ledger = new SyncLedger(this.#documents);
    simulation.histories.push(...this.#ledger.kept);
    this.#healAtMs = healAtMsOf(plan, healAtMs);
    this.#homes = new Map(this.#setting.homes);
    this.#injector = new FaultInjector(simulation, plan.faults);
  }

  async run(): Promise<Readonly<Record<string, number>>> {
    const { network, isShared } = this.#setting;
    this.#simulation.network.setProfile(networkProfiles[network]);
    this.#simulation.note(`network ${network}, ${isShared ? "one store for all" : "a store each"}`);
    this.#startServers();
    this.#startClients();
    this.#injector.start();
    for (const operation of this.#plan.operations) {
      this.#simulation.after(operation.atMs, () => this.#perform(operation));
    }
    await this.#simulation.sleep(this.#healAtMs);
    this.#heal();
    await this.#converge();
    await this.#stop();
    return this.#ledger.counts;
  }

  // Only those that have something to do: a plan that was cut is a smaller world.
  #startClients(): void {
    const names = [...new Set(this.#plan.operations.map(({ client }) => client))].sort();
    for (const name of names) {
      const client = new SyncClient({
        name,
        documents: this.#documents,
        ledger: this.#ledger,
        server: () => this.#homes.get(name)!,
        storeOf: (server) => (this.#setting.isShared ? storeMachine : server),
        onViolation: (error) => this.#simulation.fail(error),
      });
      const machine = this.#simulation.machine(name, (world) => client.main(world));
      this.#clients.set(name, { client, machine });
    }
  }

  #startServers(): void {
    if (this.#setting.isShared) this.#startShared();
    else for (const name of this.#usedServers()) this.#startOwn(name);
  }

  #usedServers(): readonly string[] {
    const used = new Set(["server-1"]);
    for (const operation of this.#plan.operations) {
      used.add(this.#homes.get(operation.client)!);
      if (operation.type === "leave") used.add(operation.server);
    }
    return servers.filter((server) => used.has(server));
  }

  #startOwn(name: string): void {
    const keeper = new StoreKeeper();
    this.#stores.set(name, keeper);
    const machine = this.#simulation.machine(name, (world) =>
      keeper.main(world, (store, over) =>
        serveStore(world, store, { over, ...this.#listeners(keeper) }),
      ),
    );
    this.#servers.set(name, machine);
  }

  #startShared(): void {
    const keeper = new StoreKeeper();
    this.#stores.set(storeMachine, keeper);
    const home = this.#simulation.machine(storeMachine, (world) =>
      keeper.main(world, (_store, over) => over),
    );
    home.onEnd(() => keeper.lost());
    this.#servers.set(storeMachine, home);
    for (const name of this.#usedServers()) {
      const machine = this.#simulation.machine(name, (world) =>
        again(world, async (stopped) => {
          const store = new SharedStore(world, keeper);
          const over = Promise.race([keeper.gone, stopped]);
          await serveStore(world, store, { over, ...this.#listeners(keeper) });
        }),
      );
      this.#servers.set(name, machine);
    }
  }

  #listeners(keeper: StoreKeeper): { onFailed: () => void; onDefect: (error: unknown) => void } {
    return {
      onFailed: () => keeper.fail(),
      onDefect: (error) => this.#simulation.fail(error),
    };
  }

  #perform(operation: SyncOperation): void {
    const { client, machine } = this.#clients.get(operation.client)!;
    if (this.#simulation.nowMs >= this.#healAtMs) return;
    if (operation.type === "leave") void this.#leave(operation, machine);
    else machine.call(() => client.perform(operation));
  }

  async #leave(
    { client, durationMs, server }: Extract<SyncOperation, { readonly type: "leave" }>,
    machine: Machine,
  ): Promise<void> {
    if (this.#away.has(client)) return;
    this.#away.add(client);
    await machine.stop();
    this.#homes.set(client, server);
    await this.#simulation.sleep(durationMs);
    this.#away.delete(client);
    machine.start();
  }

  #heal(): void {
    this.#simulation.note("faults end");
    this.#injector.heal();
  }

  async #converge(): Promise<void> {
    const { nowMs } = this.#simulation;
    // Those who are away come back on their own; then all go to one server.
    await this.#simulation.until(() => this.#away.size === 0, { withinMs: stopMsMax });
    for (const [name, { machine }] of this.#clients) {
      if (this.#setting.isShared || this.#homes.get(name) === "server-1") continue;
      await this.#stopOne(machine);
      this.#homes.set(name, "server-1");
      machine.start();
    }
    const isEqual = await this.#simulation.until(() => this.#isSettled(), {
      withinMs: convergeMsMax,
      everyMs: pollMs,
    });
    if (!isEqual) {
      const lasted = Math.round((this.#simulation.nowMs - nowMs) / 1_000);
      throw new ViolationError(
        "S3",
        `not equal ${lasted} s after faults ended: ${this.#unsettled()}`,
      );
    }
    this.#compare();
    await this.#meet();
  }

  /** Waits until everybody is shown who is there. @throws {ViolationError} S10. */
  async #meet(): Promise<void> {
    if (!this.#documents.includes(presenceDocument)) return;
    const limit = { withinMs: meetMsMax, everyMs: pollMs };
    if (await this.#simulation.until(() => this.#unmet() === null, limit)) return;
    throw new ViolationError("S10", `${meetMsMax} ms after all was equal, ${this.#unmet()}`);
  }

  #unmet(): string | null {
    for (const [name, { client }] of this.#clients) {
      const others = [...this.#clients.keys()].filter(
        (other) => other !== name && this.#homes.get(other) === this.#homes.get(name),
      );
      const handle = client.handles.get(presenceDocument);
      const shown = [...(handle?.presence.peers().values() ?? [])].sort();
      if (shown.join() === others.sort().join()) continue;
      return `${name} is shown ${shown.join() || "nobody"}, and ${others.join() || "nobody"} is there`;
    }
    return null;
  }

  #isSettled(): boolean {
    return this.#unsettled() === null;
  }

  /** What is still missing for all to be well; null where nothing is. */
  #unsettled(): string | null {
    for (const document of this.#documents) {
      let first: { readonly name: string; readonly handle: Handle } | null = null;
      for (const [name, { client }] of this.#clients) {
        const handle = client.handles.get(document);
        if (handle === undefined) return `${name} has not opened ${document}`;
        const { state, problem } = handle.status();
        if (state !== "saved")
          return `${document} of ${name} is ${state}, ${problem ?? "no problem"}`;
        first ??= { name, handle };
        if (!handle.doc.vector().equals(first.handle.doc.vector())) {
          return `${document} of ${name} holds other events than that of ${first.name}`;
        }
      }
    }
    return null;
  }

  #compare(): void {
    for (const document of this.#documents) {
      const docs = new Map<string, Doc>();
      for (const [name, { client }] of this.#clients) {
        const { doc } = client.handles.get(document)!;
        docs.set(name, doc);
        requireWordsOnce(document, doc.text(bodyName).toString());
        requireWords(document, doc.list(wordsName).toArray());
      }
      this.#ledger.settled(document, docs);
    }
  }

  async #stop(): Promise<void> {
    for (const { machine } of this.#clients.values()) await this.#stopOne(machine);
    for (const [machine, { store }] of this.#stores) {
      if (store === null) throw new ViolationError("S3", `${machine} has no store in the end`);
      await this.#examine(machine, store);
    }
    this.#ledger.end();
    // Gateways first: a store waits for those who use it.
    for (const machine of [...this.#servers.values()].reverse()) await this.#stopOne(machine);
    for (const machine of this.#simulation.machines) {
      if (machine.timersLeft > 0) {
        throw new ViolationError(
          "S8",
          `${machine.name} ended with ${machine.timersLeft} timers pending`,
        );
      }
    }
  }

  async #examine(machine: string, store: Store): Promise<void> {
    requireWhole(machine, (await verifyDocuments(store)).problems);
    const holdings = new DocumentHoldings(store, (_document, error) => {
      throw error;
    });
    for (const document of this.#documents) {
      const held = await holdings.vector(parseDocumentId(document));
      this.#ledger.examined(machine, document, held);
    }
    await holdings.close();
  }

  async #stopOne(machine: Machine): Promise<void> {
    let isOver = false;
    void machine.stop().then(() => {
      isOver = true;
    });
    if (await this.#simulation.until(() => isOver, { withinMs: stopMsMax })) return;
    throw new ViolationError(
      "S8",
      `${machine.name} was asked to end ${stopMsMax} ms ago, and runs on`,
    );
  }
}

type Handle = NonNullable<ReturnType<SyncClient["handles"]["get"]>>;

/** @throws {ViolationError} S6. */
function requireWordsOnce(document: string, content: string): void {
  const seen = new Set<string>();
  for (const [word] of content.matchAll(wordPattern)) {
    if (seen.has(word)) throw new ViolationError("S6", `"${word}" is in ${document} twice`);
    seen.add(word);
  }
}

/** @throws {ViolationError} S6. */
function requireWords(document: string, list: readonly unknown[]): void {
  for (const word of list) {
    if (typeof word === "string" && word.replace(wordPattern, "") === "") continue;
    throw new ViolationError("S6", `${JSON.stringify(word)} is in the list of ${document}`);
  }
  requireWordsOnce(document, list.join(""));
}
