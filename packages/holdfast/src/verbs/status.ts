// holdfast status: where servers, and the nodes of a cluster, stand.

import type { ClusterHealth, Health } from "@holdfast/server/node";
import type { Command } from "commander";
import { exitCodes } from "../exit_code.ts";
import { CommandFailure } from "../failure.ts";
import { aligned } from "../table.ts";

const answerMsMax = 3_000;
const urlDefault = "http://127.0.0.1:4747/";

/** Adds the verb. */
export function addStatus(program: Command): void {
  program
    .command("status")
    .description("show where servers stand: of a cluster, who leads, terms, and who is behind")
    .argument("[urls...]", `of servers; ${urlDefault} unless given`)
    .option("--json", "print what the servers say, one object on each line", false)
    .action(status);
}

type Found = { readonly url: string } & (
  | { readonly health: Health }
  | { readonly problem: string }
);

async function status(urls: readonly string[], { json }: { readonly json: boolean }) {
  const asked = urls.length === 0 ? [urlDefault] : urls;
  const found = await Promise.all(asked.map(ask));
  const lines = json
    ? found.map((one) => JSON.stringify(one))
    : aligned([heads, ...found.map((one) => cells(one, lastOf(found)))]);
  process.stdout.write(`${lines.join("\n")}\n`);
  const silent = found.filter((one) => "problem" in one).length;
  if (silent === 0) return;
  const sentence = `${silent} of ${found.length} servers did not answer.`;
  throw new CommandFailure(exitCodes.environment, sentence);
}

async function ask(url: string): Promise<Found> {
  if (!URL.canParse(url)) {
    throw new CommandFailure(exitCodes.usage, `${url} is no URL, such as ${urlDefault}.`);
  }
  try {
    const signal = AbortSignal.timeout(answerMsMax);
    const response = await fetch(new URL("/healthz", url), { signal });
    const health = (await response.json()) as Partial<Health> | null;
    if (typeof health?.status !== "string") return { url, problem: "it is no Holdfast server" };
    return { url, health: health as Health };
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string } };
    return { url, problem: cause?.code ?? message };
  }
}

const heads = ["server", "state", "node", "role", "term", "leader", "applied", "behind", "checked"];

/** Through where the log of whoever is furthest is committed. */
function lastOf(found: readonly Found[]): number {
  return Math.max(0, ...found.map((one) => committedOf(one)));
}

function committedOf(one: Found): number {
  return "health" in one ? (one.health.cluster?.committed ?? 0) : 0;
}

function cells(one: Found, last: number): readonly string[] {
  if ("problem" in one) return [one.url, one.problem];
  const { status: state, cluster } = one.health;
  if (cluster === undefined) return [one.url, state, "(alone)"];
  const { node, role, term, leader, applied } = cluster;
  const numbers = [String(applied), String(last - applied)];
  const standing = [node, role, String(term), leader ?? "(nobody)", ...numbers];
  return [one.url, state, ...standing, checkedOf(cluster)];
}

/** What came of the last comparison of rows that the node took part in. */
function checkedOf({ check, voters, learners }: ClusterHealth): string {
  if (check === null) return "(not yet)";
  const { version, agreeing, differing } = check;
  if (differing.length > 0) return `DIFFERS from ${differing.join(", ")} at version ${version}`;
  return `${agreeing.length} of ${voters.length + learners.length} alike at version ${version}`;
}
