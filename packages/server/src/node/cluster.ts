// This process as one node of a cluster: which ones there are, where they listen for each
// other, and the store that they hold together.
//
// The command line says who begins a cluster, and where this node listens. From then on the
// log says who the members are and where each is, and the command line is asked only for
// those of whom the log says nothing.
//
// Without certificates, whoever reaches the port of a node can pass for another. So nodes
// listen on this machine alone then, unless told otherwise in so many words.

import {
  defaultTiming,
  type Membership,
  membershipOf,
  type NodeId,
  type ReplicaEvent,
  readLogOwner,
} from "@holdfast/consensus";
import { HoldfastError, isHoldfastError } from "@holdfast/std";
import type { HistoryOptions } from "@holdfast/store";
import { lmdbRows } from "@holdfast/store/lmdb";
import { openRaftStore, type RaftStore, type StateCheck } from "@holdfast/store/raft";
import type { World } from "@holdfast/world";
import { NodeNetwork, type PeerCertificate } from "@holdfast/world/node";
import type { Logger } from "pino";
import { isLoopback } from "./origin.ts";
import { nameOf, requireNoRecovery } from "./recover_cluster.ts";
import { requireNoRestore } from "./unfinished_restore.ts";

/** A cluster, and which of its nodes this process is. */
export interface ClusterOptions {
  /** The same on every node; nodes of another cluster are refused. At most 64 bytes. */
  readonly name: string;
  /** This node. */
  readonly node: string;
  /**
   * Where nodes listen for each other, such as `127.0.0.1:4801`; this one among them. They
   * begin the cluster, where the folder is new and {@link join} is not set.
   */
  readonly nodes: ReadonlyMap<string, string>;
  /** Waits in a new folder until a cluster that is there adds this node. */
  readonly join?: boolean;
  /**
   * Has nodes show each other certificates of one authority, each for the name of its node
   * or the host that it listens at. Read once.
   */
  readonly peers?: PeerCertificate;
}

/** Where a node stands, for people and for probes. */
export interface ClusterHealth {
  readonly node: string;
  readonly role: string;
  readonly term: number;
  /** Null while nobody is known to lead. */
  readonly leader: string | null;
  readonly committed: number;
  readonly applied: number;
  /** The rows are durable through this entry; what comes after is in the log. */
  readonly durable: number;
  readonly version: number;
  /** What the last comparison of rows came to that this node took part in: whose are the same as its own. */
  readonly check: StateCheck | null;
  readonly voters: readonly string[];
  /** Who gets the log, and decides nothing yet. */
  readonly learners: readonly string[];
  /** How far the others are, where this node leads. */
  readonly peers: readonly {
    readonly node: string;
    readonly mode: string;
    readonly match: number;
  }[];
}

/** A member, as one node knows it. */
export interface ClusterMember {
  readonly node: string;
  /** A learner gets the log and becomes a voter when it is level; who leaves decides until that is agreed. */
  readonly part: "voter" | "learner" | "leaving";
  readonly address: string | null;
  /** Whose place a learner is to take. */
  readonly replaces: string | null;
  /** How many entries it lacks, and how long ago it was heard; null where the node that was asked does not lead. */
  readonly behind: number | null;
  readonly heardMsAgo: number | null;
}

/** Who the members are, as one node knows it. */
export interface ClusterView {
  readonly cluster: string;
  readonly node: string;
  readonly leader: string | null;
  readonly term: number;
  readonly members: readonly ClusterMember[];
}

/** An open store of a cluster, and what it is called. */
export interface ClusterStore {
  readonly store: RaftStore;
  /** The name of the cluster, and after a recovery which one it was. */
  readonly cluster: string;
}

/** Where this node's part lies, and how it is kept. */
export interface ClusterPlace {
  readonly dataFolder: string;
  readonly letEverybodyIn: boolean;
  /** As in `RaftStoreOptions`; none where it is undefined. */
  readonly history: HistoryOptions | undefined;
  readonly log: Logger;
}

/** Longest wait between two tries to reach the others. */
const waitMs = 200;
const nodeNamePattern = /^[\w.-]{1,64}$/;

/**
 * Opens this node's part of the store.
 *
 * @throws {HoldfastError} `invalid_argument`; `address_in_use`; as `openRaftStore`.
 */
export async function openClusterStore(
  world: World,
  { name, node, nodes, peers, join = false }: ClusterOptions,
  place: ClusterPlace,
): Promise<ClusterStore> {
  const { dataFolder, letEverybodyIn, history, log } = place;
  const address = nodes.get(node);
  if (address === undefined) throw invalid(`node ${node} is none of the cluster's`);
  const isProtected = letEverybodyIn || peers !== undefined;
  for (const [each, where] of nodes) requireNode(each, where, isProtected);
  const network = peers === undefined ? world.network : new NodeNetwork({ peers });
  const urlOf = (place: string) => `${peers === undefined ? "ws" : "wss"}://${place}/raft`;
  const folder = `${dataFolder}/raft`;
  const owner = await readLogOwner(world.disk, folder);
  if (owner === null) {
    await requireNoRecovery(world.disk, dataFolder);
    await requireNoRestore(world.disk, dataFolder);
  }
  const cluster = owner !== null && nameOf(owner.cluster) === name ? owner.cluster : name;
  const listener = await network.listen(urlOf(address));
  const store = await openRaftStore({
    ...{ world: { ...world, network }, cluster, address, listener, folder },
    hostOf: (url) => hostOf(new URL(url)),
    node: node as NodeId,
    bootstrap: join ? null : beginners(nodes),
    addressOf: (other, known) => {
      const where = known ?? nodes.get(other);
      return where === undefined ? null : urlOf(where);
    },
    openRows: lmdbRows({ world, folder: `${dataFolder}/rows` }),
    timing: defaultTiming,
    ...(history === undefined ? {} : { history }),
    onEvent: (event) => logReplica(log, event),
    onCheck: (check) => logCheck(log, check),
  });
  return { store, cluster };
}

/** Resolves once this node is a member and a majority of the cluster answers. */
export async function untilServed(world: World, store: RaftStore, log: Logger): Promise<void> {
  const ended = store.ended.then((error) => {
    throw error ?? new HoldfastError("closed", "the store");
  });
  // It may end long after it served.
  ended.catch(() => undefined);
  for (let isFirst = true; ; isFirst = false) {
    try {
      await Promise.race([ended, store.read(() => {})]);
      return;
    } catch (error) {
      if (!isHoldfastError(error, "unavailable", "overloaded")) throw await reasonOf(ended, error);
      if (isFirst) log.info(isMember(store) ? waiting.forMajority : waiting.toBeAdded);
      await world.clock.sleep(waitMs);
    }
  }
}

/** Does `begin`; again, where the other nodes of a cluster were gone meanwhile. */
export async function withOthers<T>(
  begin: () => Promise<T>,
  cluster: RaftStore | null,
  { world, log }: { readonly world: World; readonly log: Logger },
): Promise<T> {
  for (;;) {
    try {
      return await begin();
    } catch (error) {
      const mayPass = isHoldfastError(error, "unavailable", "overloaded", "unknown_outcome");
      if (cluster === null || !mayPass) throw error;
      await untilServed(world, cluster, log);
    }
  }
}

const waiting = {
  forMajority: "waiting for a majority of the nodes",
  toBeAdded: 'waiting to be added: "holdfast cluster add" on a node of the cluster',
} as const;

/** Where this node stands. */
export function clusterHealth(node: string, { status }: RaftStore): ClusterHealth {
  const { raft, version, durable, check } = status;
  const { role, hard, leader, committed, applied, membership, peers } = raft;
  return {
    ...{ node, role, term: hard.term, leader, committed, applied, durable, version, check },
    voters: membership.voters,
    learners: membership.learners,
    peers: peers.map(({ id, mode, match }) => ({ node: id, mode, match })),
  };
}

/** Who the members are, as this node knows it. */
export function clusterView(
  node: string,
  { store, cluster }: ClusterStore,
  nowMs: number,
): ClusterView {
  const { hard, leader, membership, last, peers } = store.status.raft;
  const { voters, outgoing, learners, seats } = membership;
  const nodes = [...new Set([...voters, ...outgoing, ...learners])].sort();
  const members = nodes.map((each): ClusterMember => {
    const seat = seats.find((known) => known.node === each);
    const peer = peers.find(({ id }) => id === each);
    const part = voters.includes(each) ? "voter" : learners.includes(each) ? "learner" : "leaving";
    return {
      ...{ node: each, part, address: seat?.address ?? null, replaces: seat?.replaces ?? null },
      behind: peer === undefined ? null : last.index - peer.match,
      heardMsAgo: peer === undefined ? null : Math.round(nowMs - peer.heardMs),
    };
  });
  return { cluster, node, leader, term: hard.term, members };
}

/**
 * @param isProtected - Whether it may listen where other machines reach it.
 * @throws {HoldfastError} `invalid_argument` of what can't be a node of a cluster.
 */
export function requireNode(node: string, address: string, isProtected: boolean): void {
  if (!nodeNamePattern.test(node)) throw invalid(`${JSON.stringify(node)} is no name of a node`);
  // Of a protocol that knows no port of its own: else that one would be missing.
  const text = `node://${address}`;
  if (address.length > 300 || !URL.canParse(text) || new URL(text).host !== address) {
    throw invalid(`node ${node} at ${address}: no host and port`);
  }
  const url = new URL(text);
  if (url.port === "") throw invalid(`node ${node} at ${address}: no port`);
  if (isProtected || isLoopback(hostOf(url))) return;
  throw invalid(
    `node ${node} at ${address}: whoever reaches it there could pass for a node without a certificate`,
  );
}

function beginners(nodes: ReadonlyMap<string, string>): Membership {
  const seats = [...nodes].map(([node, address]) => {
    return { node: node as NodeId, address, disk: null, replaces: null };
  });
  return membershipOf([...nodes.keys()] as NodeId[], [], seats);
}

function isMember({ status }: RaftStore): boolean {
  return status.raft.membership.voters.length > 0;
}

// A replica that ended says why; what it ended says only that it did.
async function reasonOf(ended: Promise<never>, error: unknown): Promise<unknown> {
  if (!isHoldfastError(error, "closed")) return error;
  return await ended.catch((reason: unknown) => reason);
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

function invalid(sentence: string): HoldfastError {
  return new HoldfastError("invalid_argument", sentence);
}

function logCheck(log: Logger, check: StateCheck): void {
  if (check.differing.length > 0) log.error(check, "the rows of the nodes differ");
  else log.debug(check, "the rows of the nodes are the same");
}

function logReplica(log: Logger, event: ReplicaEvent): void {
  switch (event.type) {
    case "role":
      log.info({ role: event.role, term: event.term, leader: event.leader }, "role");
      break;
    case "connected":
      log.debug({ peer: event.peer }, "connected to a node");
      break;
    case "refused":
      log.warn({ remote: event.remote, reason: event.reason }, "refused a node");
      break;
    case "restored":
      log.info({ index: event.index }, "took in a snapshot of another node");
      break;
    case "stopped":
      log.error({ err: event.error }, "the replica has stopped");
      break;
  }
}
