// /v1/cluster: who the members of the cluster are, and orders to change that.
//
//   GET  /v1/cluster/members   as the node that is asked knows it
//   POST /v1/cluster/orders    {"type":"add","node":"d","address":"host:port"}
//                              {"type":"remove","node":"d"}
//                              {"type":"replace","node":"c","by":"d","address":"host:port"}
//                              {"type":"transfer","to":"b"}
//
// Any node takes an order, and has the leader carry it out.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { NodeId, Order } from "@holdfast/consensus";
import { HoldfastError } from "@holdfast/std";
import type { World } from "@holdfast/world";
import { type AdministratorRules, administratorRefusal } from "./administrator.ts";
import { type ClusterStore, clusterView, requireNode } from "./cluster.ts";
import { Refusal, sendFailure, sendJson } from "./kv/answer.ts";
import { BodyReader } from "./kv/read_body.ts";

/** Where they are. */
export const clusterPath = "/v1/cluster/";
/** Who the members are. */
export const membersPath = `${clusterPath}members`;
/** What takes orders. */
export const ordersPath = `${clusterPath}orders`;

const orderSizeBytesMax = 4_096;
const bodies = new BodyReader();

/** What the endpoint stands on. */
export interface ClusterSource extends AdministratorRules {
  /** This node's name, and its store; null where the server is no node of a cluster. */
  readonly cluster: ({ readonly node: string } & ClusterStore) | null;
  readonly world: Pick<World, "clock">;
  /** Whether members may listen where other machines reach them. */
  readonly membersReachable: boolean;
  /** Hears of an answer that failed for a reason that lies here. Must not throw. */
  onFailed(error: unknown): void;
}

/** Answers one request. Never rejects. */
export async function answerCluster(
  source: ClusterSource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    sendJson(response, 200, await answerOf(source, request));
  } catch (error) {
    if (!(error instanceof HoldfastError)) source.onFailed(error);
    if (!request.complete) response.shouldKeepAlive = false;
    sendFailure(response, error);
  }
}

async function answerOf(source: ClusterSource, request: IncomingMessage): Promise<unknown> {
  const { cluster, world } = source;
  const refusal = await administratorRefusal(source, request, "the members of a cluster");
  if (refusal !== null) {
    const { status, sentence } = refusal;
    throw new Refusal(status === 401 ? "unauthenticated" : "forbidden", sentence, { status });
  }
  if (cluster === null) {
    throw new HoldfastError("not_found", "this server is no node of a cluster");
  }
  const path = request.url?.split("?", 1)[0];
  if (path === membersPath) {
    requireMethod(request, "GET");
    return clusterView(cluster.node, cluster, world.clock.now());
  }
  if (path !== ordersPath) {
    throw new HoldfastError("not_found", `there are ${membersPath} and ${ordersPath}`);
  }
  requireMethod(request, "POST");
  const order = await bodies.with(request, orderSizeBytesMax, async (body) => readOrder(body));
  if ("address" in order) {
    requireNode(
      order.type === "add" ? order.node : order.by,
      order.address,
      source.membersReachable,
    );
  }
  await cluster.store.replica.order(order);
  return clusterView(cluster.node, cluster, world.clock.now());
}

function requireMethod({ method }: IncomingMessage, allowed: string): void {
  if (method === allowed) return;
  const how = { status: 405, headers: ["Allow", allowed] };
  throw new Refusal("invalid_argument", `the method here is ${allowed}`, how);
}

/** @throws {HoldfastError} `invalid_argument`. */
function readOrder(body: Buffer): Order {
  const found = parsed(body);
  const text = (name: string): string => {
    const value = found[name];
    if (typeof value === "string" && value !== "" && value.length <= 300) return value;
    throw invalid(`an order's ${name} is a text`);
  };
  const nodeOf = (name: string) => {
    const node = text(name);
    if (Buffer.byteLength(node) > 64) throw invalid(`an order's ${name} has at most 64 bytes`);
    return node as NodeId;
  };
  switch (found.type) {
    case "add":
      return { type: "add", node: nodeOf("node"), address: text("address") };
    case "remove":
      return { type: "remove", node: nodeOf("node") };
    case "replace": {
      const [node, by] = [nodeOf("node"), nodeOf("by")];
      return { type: "replace", node, by, address: text("address") };
    }
    case "transfer":
      return { type: "transfer", to: nodeOf("to") };
    default:
      throw invalid("an order's type is add, remove, replace or transfer");
  }
}

function parsed(body: Buffer): Readonly<Record<string, unknown>> {
  let found: unknown;
  try {
    found = JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw new HoldfastError("invalid_argument", "an order is JSON", { cause: error });
  }
  if (typeof found === "object" && found !== null && !Array.isArray(found)) {
    return found as Record<string, unknown>;
  }
  throw invalid("an order is a JSON object");
}

function invalid(sentence: string): HoldfastError {
  return new HoldfastError("invalid_argument", sentence);
}
