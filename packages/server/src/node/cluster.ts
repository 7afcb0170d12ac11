// This process as one node of a cluster: which ones there are, where they listen for each
// other, and the store that they hold together.
//
// What nodes say to each other is neither encrypted nor signed yet: whoever reaches the
// port of a node can pass for another. So nodes listen on this machine alone, unless told
// otherwise in so many words.

import { defaultTiming, membershipOf, type NodeId, type ReplicaEvent } from "@holdfast/consensus";
import { HoldfastError, isHoldfastError } from "@holdfast/std";
import { lmdbRows } from "@holdfast/store/lmdb";
import { openRaftStore, type RaftStore } from "@holdfast/store/raft";
import type { World } from "@holdfast/world";
import type { Logger } from "pino";
import { isLoopback } from "./origin.ts";

/** A cluster, and which of its nodes this process is. */
export interface ClusterOptions {
  /** The same on every node; nodes of another cluster are refused. At most 64 bytes. */
  readonly name: string;
  /** This node. */
  readonly node: string;
  /** Who began the cluster and where each listens for the others, such as `127.0.0.1:4801`. The same on every node. */
  readonly nodes: ReadonlyMap<string, string>;
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
  readonly voters: readonly string[];
  /** How far the others are, where this node leads. */
  readonly peers: readonly {
    readonly node: string;
    readonly mode: string;
    readonly match: number;
  }[];
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
  { name, node, nodes }: ClusterOptions,
  place: { readonly dataFolder: string; readonly letEverybodyIn: boolean; readonly log: Logger },
): Promise<RaftStore> {
  const { dataFolder, letEverybodyIn, log } = place;
  const address = nodes.get(node);
  if (address === undefined) throw invalid(`node ${node} is none of the cluster's`);
  for (const [each, where] of nodes) requireNode(each, where, letEverybodyIn);
  const listener = await world.network.listen(urlOf(address));
  return await openRaftStore({
    world,
    node: node as NodeId,
    cluster: name,
    bootstrap: membershipOf([...nodes.keys()] as NodeId[]),
    addressOf: (other) => {
      const where = nodes.get(other);
      return where === undefined ? null : urlOf(where);
    },
    listener,
    folder: `${dataFolder}/raft`,
    openRows: lmdbRows({ world, folder: `${dataFolder}/rows` }),
    timing: defaultTiming,
    onEvent: (event) => logReplica(log, event),
  });
}

/** Resolves once a majority of the cluster answers. */
export async function untilServed(world: World, store: RaftStore, log: Logger): Promise<void> {
  for (let isFirst = true; ; isFirst = false) {
    try {
      await store.read(() => {});
      return;
    } catch (error) {
      if (!isHoldfastError(error, "unavailable", "overloaded")) throw error;
      if (isFirst) log.info("waiting for a majority of the nodes");
      await world.clock.sleep(waitMs);
    }
  }
}

/** Where this node stands. */
export function clusterHealth(node: string, { status }: RaftStore): ClusterHealth {
  const { raft, version, durable } = status;
  const { role, hard, leader, committed, applied, membership, peers } = raft;
  return {
    ...{ node, role, term: hard.term, leader, committed, applied, durable, version },
    voters: membership.voters,
    peers: peers.map(({ id, mode, match }) => ({ node: id, mode, match })),
  };
}

function requireNode(node: string, address: string, letEverybodyIn: boolean): void {
  if (!nodeNamePattern.test(node)) throw invalid(`${JSON.stringify(node)} is no name of a node`);
  if (!URL.canParse(urlOf(address))) throw invalid(`node ${node} at ${address}: no host and port`);
  const { hostname, port } = new URL(urlOf(address));
  if (port === "") throw invalid(`node ${node} at ${address}: no port`);
  if (letEverybodyIn || isLoopback(hostname.replace(/^\[(.*)\]$/, "$1"))) return;
  throw invalid(`node ${node} at ${address}: whoever reaches it there could pass for a node`);
}

function urlOf(address: string): string {
  return `ws://${address}/raft`;
}

function invalid(sentence: string): HoldfastError {
  return new HoldfastError("invalid_argument", sentence);
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
