// The doubles scenario: a client's folder is copied while it is in use, and both
// copies write; or a backup of it is put back.
//
//   0 s        faults begin, clients edit; the folder is copied          (safety)
//   20 s       faults end                                                (liveness)
//   + 300 s    each document must be saved everywhere, or its client told
//   then       everything is asked to end, and the store is looked into
//
// No lock sees such a copy, so two writers of one name can't be prevented; what is
// promised is that they are found out before anything of theirs is acknowledged that
// is not there (ARCHITECTURE.md, "Doubled agents"). See doubles_ledger.ts.

import { VersionVector } from "@holdfast/causality";
import { type Bundle, decodeBundle, parseDocumentId } from "@holdfast/doc";
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
import type { Arrival } from "@holdfast/sync";
import { documentsUsed, healAtMsOf } from "../cut_plan.ts";
import { DocumentHistory } from "../document_history.ts";
import { shownOf } from "../sync/document_content.ts";
import { StoreKeeper } from "../sync/store_keeper.ts";
import { serveStore } from "../sync/sync_server.ts";
import { DoublesClient } from "./doubles_client.ts";
import { DoublesLedger } from "./doubles_ledger.ts";
import {
  clients,
  type DoublesOperation,
  type DoublesPlan,
  documents,
  drawDoublesPlan,
  firstClient,
  healAtMs,
  networkOf,
  secondClient,
  serverMachine,
} from "./doubles_plan.ts";

/** How long everything may take to come right once faults have ended. */
const convergeMsMax = 300_000;
/** How often it is looked whether it has. */
const pollMs = 5_000;
/** How long a program may take to end in good order. */
const stopMsMax = 60_000;

/** Two writers of one name. */
export const doublesScenario: Scenario<DoublesOperation> = {
  name: "doubles",
  summary: "a client's folder is copied while it is in use, and both copies write",
  draw: drawDoublesPlan,
  run: (simulation, plan) => new DoublesRun(simulation, plan).run(),
};

interface Member {
  readonly client: DoublesClient;
  readonly machine: Machine;
}

class DoublesRun {
  readonly #simulation: Simulation;
  readonly #plan: DoublesPlan;
  readonly #ledger = new DoublesLedger();
  readonly #members = new Map<string, Member>();
  readonly #keeper = new StoreKeeper();
  readonly #injector: FaultInjector;
  /** Logs that were kept, by client. */
  readonly #backups = new Map<string, Uint8Array>();
  /** How many are about to end and start again. */
  #restarting = 0;
  readonly #documents: readonly string[];
  readonly #healAtMs: number;

  constructor(simulation: Simulation, plan: DoublesPlan) {
    this.#simulation = simulation;
    this.#plan = plan;
    this.#documents = documentsUsed(plan.operations, documents);
    this.#healAtMs = healAtMsOf(plan, healAtMs);
    this.#injector = new FaultInjector(simulation, plan.faults);
  }

  async run(): Promise<Readonly<Record<string, number>>> {
    this.#simulation.network.setProfile(networkProfiles[networkOf(this.#plan.seed)]);
    const server = this.#startServer();
    for (const name of this.#usedClients()) if (name !== secondClient) this.#startClient(name);
    this.#injector.start();
    for (const operation of this.#plan.operations) {
      this.#simulation.after(operation.atMs, () => this.#perform(operation));
    }
    await this.#simulation.sleep(this.#healAtMs);
    this.#injector.heal();
    await this.#settle();
    await this.#writeOnceMore();
    await this.#settle();
    await this.#examine();
    for (const { machine } of this.#members.values()) await this.#stopOne(machine);
    await this.#stopOne(server);
    return this.#ledger.counts;
  }

  // Once all is well, who has no double can write, whatever went before.
  async #writeOnceMore(): Promise<void> {
    const [document] = this.#documents;
    const third = this.#members.get("third");
    if (document === undefined || third === undefined) return;
    const base = { atMs: this.#simulation.nowMs, client: "third", document };
    const { client, machine } = third;
    machine.call(() => client.edit({ type: "insert", word: "[9999.9999]", place: 0, ...base }));
    await this.#simulation.sleep(pollMs);
  }

  #usedClients(): readonly string[] {
    const used = new Set(this.#plan.operations.map(({ client }) => client));
    return clients.filter((name) => used.has(name));
  }

  #startServer(): Machine {
    return this.#simulation.machine(serverMachine, (world) =>
      this.#keeper.main(world, (store, over) =>
        serveStore(world, store, {
          over,
          onFailed: () => this.#keeper.fail(),
          onDefect: (error) => this.#simulation.fail(error),
        }),
      ),
    );
  }

  #startClient(name: string, log: Uint8Array | null = null): void {
    const onViolation = (error: unknown): void => this.#simulation.fail(error);
    const client = new DoublesClient({
      name,
      documents: this.#documents,
      ledger: this.#ledger,
      onViolation,
    });
    if (log !== null) client.give(log);
    const machine = this.#simulation.machine(name, (world) => client.main(world));
    machine.onEnd(() => client.lost());
    this.#members.set(name, { client, machine });
  }

  #perform(operation: DoublesOperation): void {
    const member = this.#members.get(operation.client);
    if (member === undefined || this.#simulation.nowMs >= this.#healAtMs) return;
    const { client, machine } = member;
    switch (operation.type) {
      case "insert":
      case "set":
        machine.call(() => client.edit(operation));
        break;
      case "restart":
        void this.#restart(member, null);
        break;
      case "restore":
        void this.#restart(member, this.#backups.get(operation.client) ?? null);
        break;
      case "copy":
      case "backup":
        machine.call(() => void this.#copy(operation.type, member));
        break;
    }
  }

  async #copy(type: "copy" | "backup", { client }: Member): Promise<void> {
    const log = await client.readLog();
    if (log === null || this.#simulation.nowMs >= this.#healAtMs) return;
    this.#ledger.count(type);
    if (type === "backup") this.#backups.set(client.name, log);
    else if (!this.#members.has(secondClient)) this.#startClient(secondClient, log);
  }

  async #restart({ client, machine }: Member, log: Uint8Array | null): Promise<void> {
    this.#restarting += 1;
    await machine.stop();
    if (log !== null) {
      client.give(log);
      this.#ledger.count("restore");
    }
    machine.start();
    this.#restarting -= 1;
  }

  /**
   * Waits until each document is saved, and as on the server, or its client told.
   *
   * @throws {ViolationError} D2.
   */
  async #settle(): Promise<void> {
    const untilMs = this.#simulation.nowMs + convergeMsMax;
    for (;;) {
      const reason = this.#unsettled() ?? (await this.#behind());
      if (reason === null) return;
      if (this.#simulation.nowMs >= untilMs) {
        throw new ViolationError("D2", `${convergeMsMax} ms after faults ended, ${reason}`);
      }
      await this.#simulation.sleep(pollMs);
    }
  }

  /** Whose documents are not what the server holds; null where all are. */
  async #behind(): Promise<string | null> {
    const { store } = this.#keeper;
    if (store === null) return "there is no server";
    for (const document of this.#documents) {
      const { held } = await heldOf(store, document);
      for (const [name, { client }] of this.#members) {
        const { doc, status } = parts(client, document);
        if (status.problem?.code === "equivocation" || doc.vector().equals(held)) continue;
        return `${document} of ${name} is saved, and not as on the server`;
      }
    }
    return null;
  }

  #unsettled(): string | null {
    if (this.#restarting > 0) return "somebody is about to start again";
    for (const document of this.#documents) {
      for (const [name, { client }] of this.#members) {
        const handle = client.handles.get(document);
        if (handle === undefined) return `${name} has not opened ${document}`;
        const waiting = this.#ledger.waiting(name, document);
        if (waiting > 0) return `${waiting} writes of ${name} into ${document} have no answer`;
        const { state, problem } = handle.status();
        if (problem?.code === "equivocation") continue;
        if (state !== "saved")
          return `${document} of ${name} is ${state}, ${problem ?? "no problem"}`;
      }
    }
    return null;
  }

  async #examine(): Promise<void> {
    const store = this.#keeper.store!;
    const { problems } = await verifyDocuments(store);
    if (problems.length > 0) throw new ViolationError("D1", `the server: ${problems.join("; ")}`);
    for (const document of this.#documents) {
      const { held, chunks } = await heldOf(store, document);
      this.#ledger.requireSaved(document, held, chunks);
      this.#compare(document, held);
    }
  }

  /** @throws {ViolationError} D2, D3. */
  #compare(document: string, held: VersionVector): void {
    const history = new DocumentHistory(document);
    history.opened(serverMachine, held);
    const untold = [serverMachine];
    for (const [name, { client }] of this.#members) {
      const { doc, status } = parts(client, document);
      if (status.problem?.code === "equivocation") {
        this.#ledger.count("told");
        if (name === firstClient || name === secondClient) continue;
        throw new ViolationError("D2", `${name}, who has no double, was told that it has one`);
      }
      history.opened(name, doc.vector());
      history.shows(name, shownOf(doc));
      untold.push(name);
    }
    history.settled(untold);
    this.#simulation.histories.push(history.kept);
    history.judge({ "eventual-delivery": "D2", convergence: "D3" });
  }

  async #stopOne(machine: Machine): Promise<void> {
    let isOver = false;
    void machine.stop().then(() => {
      isOver = true;
    });
    if (await this.#simulation.until(() => isOver, { withinMs: stopMsMax })) return;
    throw new ViolationError("D2", `${machine.name} was asked to end, and runs on`);
  }
}

function parts(client: DoublesClient, document: string) {
  const handle = client.handles.get(document)!;
  return { doc: handle.doc, status: handle.status() };
}

/** What `store` holds of a document. */
async function heldOf(
  store: Store,
  name: string,
): Promise<{ readonly held: VersionVector; readonly chunks: readonly Bundle[] }> {
  const document = parseDocumentId(name);
  const holdings = new DocumentHoldings(store);
  const held = await holdings.vector(document);
  const chunks: Bundle[] = [];
  for await (const { bytes } of holdings.read(document, new VersionVector(), 0 as Arrival)) {
    chunks.push(decodeBundle(bytes));
  }
  await holdings.close();
  return { held, chunks };
}
