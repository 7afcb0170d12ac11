// Sessions of a server with clients, as a model: every order of what arrives, is
// read, stored, answered and written, and every break of a connection.

import { VersionVector } from "@holdfast/causality";
import { type Cluster, type Machine, type MachineModel, machineModel } from "@holdfast/sim/explore";
import { decodeFrame } from "../src/index.ts";
import { type Bundles, vectorOf } from "./explored_bundles.ts";
import {
  type ClientSaved,
  type ClientWriter,
  clientMachine,
  type ExploredClient,
} from "./explored_client.ts";
import { type ExploredServer, serverMachine } from "./explored_server.ts";
import { describeFrame } from "./transcript.ts";

type State = ExploredServer | ExploredClient;
type Saved = ClientSaved | Bundles;
type Peers = Cluster<State, Uint8Array, Saved, null>;

/** Bounds of the model. */
export interface SessionBounds {
  /** Whether the server's driver tells what ended, and what was stored, in a step of its own, as on a World. */
  readonly fine: boolean;
  /** Who writes, by the clients' names. */
  readonly clients: Readonly<Record<string, ClientWriter>>;
  /** What the server holds to begin with. */
  readonly held: Bundles;
  /** How many connections break, in all. */
  readonly breaks: number;
  /** How many nodes crash, in all. */
  readonly crashes: number;
  /** How often the server's disk is full. */
  readonly failures: number;
}

/** A server and clients. */
export function sessionModel(bounds: SessionBounds): MachineModel<State, Uint8Array, Saved, null> {
  const { fine, clients, held, breaks, crashes, failures } = bounds;
  const names = Object.keys(clients);
  const nodes: Record<string, Machine<State, Uint8Array, Saved>> = {
    server: serverMachine(held, fine) as Machine<State, Uint8Array, Saved>,
  };
  for (const [name, writer] of Object.entries(clients)) {
    nodes[name] = clientMachine(writer) as Machine<State, Uint8Array, Saved>;
  }
  const all = vectorOf(...held);
  for (const { agent, before, writes } of Object.values(clients)) {
    all.advance(agent, before + writes);
  }
  const clientsOf = (peers: Peers) => names.map((name) => peers.state(name) as ExploredClient);
  const heldBy = (peers: Peers) => vectorOf(...(peers.state("server") as ExploredServer).bundles);
  const isConnected = (peers: Peers, name: string) =>
    (peers.state(name) as ExploredClient).session !== null;
  return machineModel({
    nodes,
    network: {
      kind: "channels",
      links: names.map((name) => [name, "server"] as const),
      connectionsMax: 1 + breaks + crashes,
      breaksMax: breaks,
      inFlightMax: 8,
    },
    crashesMax: crashes,
    promptsMax: { "append fails": failures },
    invariants: {
      "SY7 what counts as saved is held": (peers) =>
        clientsOf(peers).every(({ acknowledged }) =>
          heldBy(peers).covers(new VersionVector(acknowledged)),
        ),
    },
    endings: {
      "SY9 who is connected holds the same": (peers) =>
        names.every((name) => {
          const { bundles } = peers.state(name) as ExploredClient;
          return !isConnected(peers, name) || vectorOf(...bundles).equals(heldBy(peers));
        }),
      "SY5 what was written is saved": (peers) =>
        names.every((name) => {
          const { bundles, acknowledged } = peers.state(name) as ExploredClient;
          const { agent } = clients[name]!;
          const saved = new VersionVector(acknowledged).next(agent);
          return !isConnected(peers, name) || saved === vectorOf(...bundles).next(agent);
        }),
    },
    goals: {
      "all of it is everywhere, and known to be saved": (peers) =>
        heldBy(peers).equals(all) &&
        clientsOf(peers).every(
          ({ bundles, acknowledged }) =>
            vectorOf(...bundles).equals(all) && new VersionVector(acknowledged).equals(all),
        ),
    },
    show: {
      state: (state) => {
        const jobs =
          state.role === "client"
            ? (state.session?.jobs ?? [])
            : Object.values(state.sessions).flatMap((session) => session.jobs);
        const waiting =
          jobs.length === 0 ? "" : ` to do: ${jobs.map(({ type }) => type).join(", ")}`;
        const vector = vectorOf(...state.bundles).entries();
        return `@{${vector.map(([agent, next]) => `${agent[0]}:${next}`).join(",")}}${waiting}`;
      },
      message: (bytes) => describeFrame(decodeFrame(bytes)),
      saved: () => "what it holds",
    },
  });
}
