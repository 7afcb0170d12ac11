// The server as a process runs it: documents and keys in a folder, one port for pages,
// for sync and for keys.

import { readFileSync } from "node:fs";
import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { type AddressInfo, isIPv6 } from "node:net";
import { type ErrorCode, HoldfastError, toHex } from "@holdfast/std";
import type { HistoryOptions, LocalStore } from "@holdfast/store";
import { openLmdbStore } from "@holdfast/store/lmdb";
import { type Access, protocolVersion } from "@holdfast/sync";
import type { World } from "@holdfast/world";
import { listenWebSocket, nodeWorld, type UpgradeSource } from "@holdfast/world/node";
import type { Logger } from "pino";
import { countDocuments } from "../document_count.ts";
import type { StoreGateway } from "../kv/store_gateway.ts";
import { type Server, type ServerEvent, type ServerStatus, serve } from "../serve.ts";
import { AppFolder } from "./app_folder.ts";
import { answerBackup, backupPath } from "./backup_endpoint.ts";
import {
  type ClusterHealth,
  type ClusterOptions,
  type ClusterStore,
  clusterHealth,
  openClusterStore,
  untilServed,
  withOthers,
} from "./cluster.ts";
import { answerCluster, clusterPath } from "./cluster_endpoint.ts";
import { keyAccess, openAccess } from "./key_access.ts";
import { type GatewayOptions, KeyValueGateway } from "./kv/key_value_gateway.ts";
import { keysPath } from "./kv/request_url.ts";
import { openStoreEndpoint, storePath } from "./kv/store_endpoint.ts";
import { logEvent, openLog } from "./log.ts";
import { acceptOrigin, isLoopback } from "./origin.ts";
import { answerRequest, type Health, type PageSource } from "./pages.ts";
import type { PageStatus } from "./status_page.ts";
import { requireNoNode } from "./unfinished_restore.ts";
import { divideUpgrades } from "./upgrades.ts";

/** The path that takes WebSockets. */
export const syncPath = "/sync";

/** The loopback address: nobody but this machine. */
export const hostDefault = "127.0.0.1";

/** Documents that the status page counts. */
const countedDocumentsMax = 10_000;
/** How long the count on the status page stays as it is. */
const countedForMs = 10_000;

const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");

/** Of this package. */
export const version: string = JSON.parse(manifest).version;

/** Options for {@link startServer}. */
export interface StartOptions {
  /** Where documents are kept; made where it is missing. */
  readonly dataFolder: string;
  /** Where to listen; {@link hostDefault}, for this machine alone, unless given. */
  readonly host?: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Who may do what. Without it, and without `credentialKey`, everybody may do everything. */
  readonly access?: Access<unknown>;
  /** What clients must present; see {@link keyAccess}. */
  readonly credentialKey?: string;
  /** Listens to other machines although everybody there may do everything. */
  readonly letEverybodyIn?: boolean;
  /**
   * An app to serve at `/`: a folder with an index.html, as a build left it. Without
   * one the status page is there, which is at `/status` in any case.
   */
  readonly appFolder?: string;
  /** Where to log; null for nowhere. */
  readonly logger: Logger | null;
  /**
   * How much history the store keeps, for its feed and for backups of what changed; none
   * unless given. In a cluster the same on all nodes: it is as the one says that leads.
   */
  readonly history?: HistoryOptions;
  /** Makes this process a node of a cluster. It answers once a majority of the nodes does. */
  readonly cluster?: ClusterOptions;
}

/** A server that runs. */
export interface StartedServer {
  /** Of the app, or of the status page; `http://127.0.0.1:4747/`. */
  readonly url: string;
  /** For clients; `ws://127.0.0.1:4747/sync`. */
  readonly syncUrl: string;
  /** Of keys and values, for plain HTTP; `http://127.0.0.1:4747/v1/kv/`. */
  readonly keysUrl: string;
  /** Of the store, for `openRemoteStore`; `ws://127.0.0.1:4747/v1/store`. */
  readonly storeUrl: string;
  status(): ServerStatus;
  /**
   * Resolves where the store can't go on while the server runs: of a cluster, as where this
   * node was removed from it. Then there is nothing left but to close. Never rejects.
   */
  readonly ended: Promise<HoldfastError>;
  /** Answers what is under way, says bye to all, and gives everything back. */
  close(): Promise<void>;
}

/**
 * Opens the folder, and serves it.
 *
 * @throws {HoldfastError} `invalid_argument` where other machines would be let in
 *   without a key, or the folder is that of a node of a cluster; `not_found` where the app's folder has no index.html; `locked` where another process has the folder;
 *   `permission_denied`, `disk_full`, `io` or `corrupt` of the folder;
 *   `address_in_use` or `permission_denied` of the port.
 */
export async function startServer(options: StartOptions): Promise<StartedServer> {
  const { host = hostDefault, port, credentialKey } = options;
  const isProtected = options.access !== undefined || credentialKey !== undefined;
  if (!isProtected && !isLoopback(host) && options.letEverybodyIn !== true) {
    throw new HoldfastError(
      "invalid_argument",
      `without a key, anybody who reaches ${host} could read and change every document`,
    );
  }
  const access =
    options.access ?? (credentialKey === undefined ? openAccess : keyAccess(credentialKey));
  const app = options.appFolder === undefined ? null : await AppFolder.open(options.appFolder);
  const log = options.logger ?? openLog("silent");
  const world = nodeWorld();
  const opened = await openStore(world, options, log);
  const { store } = opened;
  const http = createServer({ headersTimeout: 10_000, requestTimeout: 30_000 });
  const upgrades = divideUpgrades(http, storePath);
  const listener = listenWebSocket({
    server: upgrades.others,
    path: syncPath,
    acceptOrigin: (origin, asked) => acceptOrigin(origin, asked, isProtected),
  });
  const onEvent = (event: ServerEvent): void => logEvent(log, event);
  try {
    const begin = () => serve({ world, store, listener, access, onEvent });
    const server = await withOthers(begin, opened.cluster?.store ?? null, { world, log });
    const running = new RunningProcess({
      ...{ ...opened, http, server, log, app, isProtected, world },
      upgrades: upgrades.own,
      administrators: options.access === undefined ? access : null,
      membersReachable: options.letEverybodyIn === true || options.cluster?.peers !== undefined,
      credentials: credentialsOf(options),
    });
    await running.listen(host, port);
    return running;
  } catch (error) {
    await listener.close();
    await store.close();
    throw error;
  }
}

interface OpenedStore {
  readonly store: LocalStore;
  /** The same, where this process is a node of a cluster. */
  readonly cluster: ({ readonly node: string } & ClusterStore) | null;
}

async function openStore(world: World, options: StartOptions, log: Logger): Promise<OpenedStore> {
  const { dataFolder, cluster, history, letEverybodyIn = false } = options;
  if (cluster === undefined) {
    await requireNoNode(world.disk, dataFolder);
    const kept = history === undefined ? {} : { history };
    return { store: await openLmdbStore({ world, folder: dataFolder, ...kept }), cluster: null };
  }
  const place = { dataFolder, letEverybodyIn, history, log };
  const opened = await openClusterStore(world, cluster, place);
  const { store } = opened;
  try {
    await untilServed(world, store, log);
  } catch (error) {
    await store.close();
    throw error;
  }
  return { store, cluster: { node: cluster.node, ...opened } };
}

interface Parts extends OpenedStore {
  readonly http: HttpServer;
  /** Requests of clients of the store. */
  readonly upgrades: UpgradeSource;
  readonly server: Server;
  readonly log: Logger;
  readonly world: World;
  /** Who may do what concerns the server as a whole; null for nobody. */
  readonly administrators: Access<unknown> | null;
  /** Whether members of the cluster may listen where other machines reach them. */
  readonly membersReachable: boolean;
  readonly app: AppFolder | null;
  readonly isProtected: boolean;
  readonly credentials: GatewayOptions["credentials"];
}

/** Who may use keys and values: hooks that decide by documents say nothing of them. */
function credentialsOf({ access, credentialKey }: StartOptions): GatewayOptions["credentials"] {
  if (access !== undefined) return "closed";
  return credentialKey === undefined ? "open" : keyAccess(credentialKey);
}

class RunningProcess implements StartedServer, PageSource {
  readonly #parts: Parts;
  readonly #startedAtMs: number;
  readonly #keys: KeyValueGateway;
  readonly #clients: StoreGateway;
  #counted: { readonly documents: number; readonly atMs: number } | null = null;
  #closing: Promise<void> | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#startedAtMs = parts.world.clock.now();
    const { store, world, credentials } = parts;
    const shared = {
      ...{ store, credentials },
      acceptHost: (host: string | undefined) => this.acceptHost(host),
      onFailed: (error: unknown) => this.onFailed(error),
    };
    this.#keys = new KeyValueGateway({ ...shared, clock: world.clock });
    const { identity } = parts.server.store;
    this.#clients = openStoreEndpoint({ ...shared, world, server: parts.upgrades, identity });
    parts.http.on("request", (request, response) => {
      const url = request.url ?? "";
      if (url.startsWith(clusterPath)) void this.#answerCluster(request, response);
      else if (url.startsWith("/v1/") && !url.startsWith(backupPath)) {
        void this.#keys.answer(request, response);
      } else void answerRequest(this, request, response);
    });
  }

  get ended(): Promise<HoldfastError> {
    const { cluster } = this.#parts;
    return new Promise((resolve) => {
      void cluster?.store.ended.then((error) => {
        if (error !== null) resolve(error);
      });
    });
  }

  get url(): string {
    return `http://${this.#authority}/`;
  }

  get syncUrl(): string {
    return `ws://${this.#authority}${syncPath}`;
  }

  get keysUrl(): string {
    return `http://${this.#authority}${keysPath}`;
  }

  get storeUrl(): string {
    return `ws://${this.#authority}${storePath}`;
  }

  get #authority(): string {
    const { address, port } = this.#parts.http.address() as AddressInfo;
    return `${isIPv6(address) ? `[${address}]` : address}:${port}`;
  }

  get app(): AppFolder | null {
    return this.#parts.app;
  }

  acceptHost(host: string | undefined): boolean {
    const origin = host === undefined ? undefined : `http://${host}`;
    return acceptOrigin(origin, host, this.#parts.isProtected);
  }

  status(): ServerStatus {
    return this.#parts.server.status();
  }

  health(): Health {
    const { connections, documentsOpen } = this.status();
    const status = this.#closing === null ? "ok" : "closing";
    const cluster = this.#clusterHealth();
    return {
      ...{ status, version, uptimeMs: this.#uptimeMs, connections, documentsOpen },
      ...(cluster === null ? {} : { cluster }),
    };
  }

  async page(): Promise<PageStatus> {
    const { store, server } = this.#parts;
    const documents = await this.#countDocuments();
    return {
      ...this.status(),
      closing: this.#closing !== null,
      url: this.syncUrl,
      documents,
      documentsMore: documents >= countedDocumentsMax,
      uptimeMs: this.#uptimeMs,
      version,
      nodeVersion: process.versions.node,
      protocol: protocolVersion,
      driver: store.capabilities.driver,
      durable: store.capabilities.durable,
      storeIdentity: toHex(server.store.identity),
      epoch: server.store.epoch,
    };
  }

  backup(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { store, world, administrators } = this.#parts;
    return answerBackup(
      {
        ...{ store, world, access: administrators },
        acceptHost: (host) => this.acceptHost(host),
        onFailed: (error) => this.onFailed(error),
      },
      request,
      response,
    );
  }

  #answerCluster(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { cluster, world, administrators, membersReachable } = this.#parts;
    return answerCluster(
      {
        ...{ cluster, world, membersReachable, access: administrators },
        acceptHost: (host) => this.acceptHost(host),
        onFailed: (error) => this.onFailed(error),
      },
      request,
      response,
    );
  }

  #clusterHealth(): ClusterHealth | null {
    const { cluster } = this.#parts;
    return cluster === null ? null : clusterHealth(cluster.node, cluster.store);
  }

  onFailed(error: unknown): void {
    this.#parts.log.error({ err: error }, "a request could not be answered");
  }

  /** @throws {HoldfastError} As {@link startServer}; the server is closed then. */
  async listen(host: string, port: number): Promise<void> {
    const { http, server } = this.#parts;
    try {
      await new Promise<void>((resolve, reject) => {
        http.once("error", reject);
        http.listen({ host, port, exclusive: true }, () => {
          http.off("error", reject);
          resolve();
        });
      });
    } catch (error) {
      await this.#clients.close();
      await server.close();
      throw listenError(host, port, error);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { http, server, store } = this.#parts;
    // Pages stay up meanwhile, so that whoever checks our health sees us leave.
    await this.#keys.close();
    await this.#clients.close();
    await server.close();
    http.close();
    http.closeAllConnections();
    await store.close();
  }

  get #uptimeMs(): number {
    return Math.round(this.#parts.world.clock.now() - this.#startedAtMs);
  }

  async #countDocuments(): Promise<number> {
    const atMs = this.#parts.world.clock.now();
    if (this.#counted === null || atMs - this.#counted.atMs > countedForMs) {
      const documents = await countDocuments(this.#parts.store, countedDocumentsMax);
      this.#counted = { documents, atMs };
    }
    return this.#counted.documents;
  }
}

const listenCodes: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ["EADDRINUSE", "address_in_use"],
  ["EACCES", "permission_denied"],
  ["EADDRNOTAVAIL", "invalid_argument"],
  ["ENOTFOUND", "invalid_argument"],
]);

function listenError(host: string, port: number, cause: unknown): HoldfastError {
  const system = (cause as NodeJS.ErrnoException).code ?? String(cause);
  const code = listenCodes.get(system) ?? "io";
  return new HoldfastError(code, `listen on ${host}, port ${port}: ${system}`, { cause });
}
