// The nodes of a cluster, as flags name them.

import { InvalidArgumentError } from "commander";
import { exitCodes } from "./exit_code.ts";
import { CommandFailure } from "./failure.ts";

/** @throws {InvalidArgumentError} Where `text` is not `a=host:port,b=host:port`. */
export function parseNodes(text: string): ReadonlyMap<string, string> {
  const nodes = new Map<string, string>();
  for (const part of text.split(",")) {
    const [, name, address] = /^([\w.-]{1,64})=(\S+:\d{1,5})$/.exec(part) ?? [];
    if (name === undefined || address === undefined || nodes.has(name)) {
      throw new InvalidArgumentError("Nodes are name=host:port, apart by commas, each name once.");
    }
    nodes.set(name, address);
  }
  return nodes;
}

/** The same, as {@link parseNodes} reads it. */
export function nodesText(nodes: ReadonlyMap<string, string>): string {
  return [...nodes].map(([name, address]) => `${name}=${address}`).join();
}

/** @throws {CommandFailure} Where `node` is none of them. */
export function requireNode(node: string, nodes: ReadonlyMap<string, string>): void {
  if (nodes.has(node)) return;
  const names = [...nodes.keys()].join(", ");
  throw new CommandFailure(exitCodes.usage, `Node ${node} is none of ${names}.`);
}
