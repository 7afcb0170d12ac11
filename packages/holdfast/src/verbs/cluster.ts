// holdfast cluster: who the members of a cluster are, and changes to that.

import { type ClusterView, membersPath, ordersPath, recoverCluster } from "@holdfast/server/node";
import { isHoldfastError } from "@holdfast/std";
import { type Command, InvalidArgumentError, Option } from "commander";
import { exitCodes } from "../exit_code.ts";
import { CommandFailure, sentence } from "../failure.ts";
import { aligned } from "../table.ts";

/** An order may wait for an election, and for the change before it. */
const answerMsMax = 20_000;
const serverDefault = "http://127.0.0.1:4747/";

interface ServerFlags {
  readonly server: string;
  readonly key?: string;
}

/** An order as the server takes it. */
type OrderBody = Readonly<Record<string, string>>;

/** A node, and where it listens for the others. */
interface Place {
  readonly node: string;
  readonly address: string;
}

/** Adds the verb. */
export function addCluster(program: Command): void {
  const cluster = program
    .command("cluster")
    .description("show and change who the members of a cluster are; any node takes the order");
  const command = (usage: string, description: string): Command =>
    cluster
      .command(usage)
      .description(description)
      .option("--server <url>", "the address of a node of the cluster", serverDefault)
      .addOption(new Option("--key <secret>", "the key of the server").env("HOLDFAST_KEY"));
  command("members", "show who the members are, and how far the leader finds them")
    .option("--json", "print what the server says", false)
    .action(members);
  command("add", "let a node of a new name join; it becomes a voter once it is level")
    .argument(
      "<node>",
      "its name and where it listens for the others: d=127.0.0.1:4804",
      parsePlace,
    )
    .action((place: Place, flags: ServerFlags) => add(place, flags));
  command("remove", "have a node leave; it stops once that is agreed upon")
    .argument("<node>", "its name")
    .action((node: string, flags: ServerFlags) =>
      tell({ type: "remove", node }, flags, `Node ${node} is removed.`),
    );
  command("replace", "let a node of a new name take the place of one, such as of a lost disk")
    .argument("<node>", "who leaves, once the other is level")
    .argument("<by>", "who comes, and where it listens: d=127.0.0.1:4804", parsePlace)
    .action((node: string, by: Place, flags: ServerFlags) => replace(node, by, flags));
  cluster
    .command("recover")
    .description(
      "where a majority is lost for good: make the node in a folder a cluster of its own, and give up what it never heard",
    )
    .requiredOption("--data <folder>", "the folder of the node that has most, on which none runs")
    .requiredOption("--i-accept-data-loss", "what was acknowledged may be lost")
    .action(recover);
  command("transfer", "have another voter lead")
    .argument("<node>", "its name")
    .action((node: string, flags: ServerFlags) =>
      tell({ type: "transfer", to: node }, flags, `Node ${node} leads.`),
    );
}

async function recover({ data }: { readonly data: string }): Promise<void> {
  const { node, before, cluster, address, others, committed, last, lostThrough, kept } =
    await recoverCluster(data).catch((error: unknown) => {
      throw recoveryInWords(error, data);
    });
  const damage =
    lostThrough === null
      ? ""
      : `Its disk was damaged: entries through ${lostThrough}, which it had promised to keep, are lost.\n`;
  process.stdout.write(
    `Node ${node} is all of cluster ${cluster} now, which was ${before} of ${[node, ...others].sort().join(", ")}.
Entries through ${committed} were agreed upon. ${last - committed} more are kept, which may never have been.
What the others agreed upon beyond entry ${last} is given up, whatever was acknowledged of it.
${damage}The log as it was lies in ${kept}. Nodes of the cluster before can't join this one with what they have.
Start it, and add nodes of new names with empty folders:
  holdfast serve --cluster ${node}=${address ?? "HOST:PORT"} --node ${node} --data ${data}\n`,
  );
}

function recoveryInWords(error: unknown, data: string): unknown {
  if (isHoldfastError(error, "locked")) {
    const sentence = `The folder ${data} is in use by another Holdfast. Stop it first.`;
    return new CommandFailure(exitCodes.environment, sentence, { cause: error });
  }
  if (isHoldfastError(error, "not_found")) {
    const sentence = `There is no node of a cluster in ${data}.`;
    return new CommandFailure(exitCodes.usage, sentence, { cause: error });
  }
  return error;
}

async function members({ json, ...flags }: ServerFlags & { readonly json: boolean }) {
  const view = await ask(flags, membersPath);
  process.stdout.write(json ? `${JSON.stringify(view)}\n` : tableOf(view));
}

async function add({ node, address }: Place, flags: ServerFlags): Promise<void> {
  const view = await ask(flags, ordersPath, { type: "add", node, address });
  process.stdout.write(`Node ${node} may join. ${howToStart({ node, address }, view)}`);
}

async function replace(node: string, by: Place, flags: ServerFlags): Promise<void> {
  const body = { type: "replace", node, by: by.node, address: by.address };
  const view = await ask(flags, ordersPath, body);
  const start = howToStart(by, view);
  process.stdout.write(`Node ${by.node} takes the place of ${node} once it is level. ${start}`);
}

function howToStart({ node, address }: Place, { cluster }: ClusterView): string {
  const name = cluster === "holdfast" ? "" : ` --cluster-name ${cluster}`;
  return `Start it with an empty folder, unless it runs:\n  holdfast serve --join --cluster ${node}=${address} --node ${node}${name} --data FOLDER --port PORT\n`;
}

async function tell(order: OrderBody, flags: ServerFlags, done: string): Promise<void> {
  await ask(flags, ordersPath, order);
  process.stdout.write(`${done}\n`);
}

async function ask(
  { server, key }: ServerFlags,
  path: string,
  body?: OrderBody,
): Promise<ClusterView> {
  if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol)) {
    throw new CommandFailure(exitCodes.usage, `${server} is no URL, such as ${serverDefault}.`);
  }
  const [status, answer] = await answerOf(new URL(path, server), key, body);
  if (status === 200) return answer as unknown as ClusterView;
  const { code, message, action } = answer;
  if (typeof message !== "string") {
    const sentence = `What answers at ${server} is no Holdfast server, or an older one.`;
    throw new CommandFailure(exitCodes.environment, sentence);
  }
  if (code === "unauthenticated") {
    const sentence = `The server at ${server} asks for its key: --key or HOLDFAST_KEY.`;
    throw new CommandFailure(exitCodes.environment, sentence);
  }
  const isWrong = code === "invalid_argument" || code === "not_found";
  const exitCode = isWrong ? exitCodes.usage : exitCodes.environment;
  throw new CommandFailure(exitCode, `${sentence(message)} What to do: ${String(action)}.`);
}

async function answerOf(
  url: URL,
  key: string | undefined,
  body: OrderBody | undefined,
): Promise<readonly [number, Readonly<Record<string, unknown>>]> {
  const headers = key === undefined ? {} : { Authorization: `Bearer ${key}` };
  const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  try {
    const signal = AbortSignal.timeout(answerMsMax);
    const response = await fetch(url, { headers, signal, ...sent });
    const answer: unknown = await response.json().catch(() => null);
    return [response.status, typeof answer === "object" && answer !== null ? { ...answer } : {}];
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string } };
    const sentence = `The server at ${url.origin} does not answer: ${cause?.code ?? message}.`;
    const hint =
      body === undefined ? "" : ' Whether it was heard shows "holdfast cluster members".';
    throw new CommandFailure(exitCodes.environment, `${sentence}${hint}`);
  }
}

function tableOf({ members: found, leader }: ClusterView): string {
  const rows = found.map(({ node, part, address, replaces, behind, heardMsAgo }) => {
    const role = node === leader ? "leader" : part;
    const what = replaces === null ? role : `${role} for ${replaces}`;
    const heard = heardMsAgo === null ? "" : `${heardMsAgo} ms ago`;
    return [node, what, address ?? "(unknown)", behind === null ? "" : String(behind), heard];
  });
  return `${aligned([["node", "part", "address", "behind", "heard"], ...rows]).join("\n")}\n`;
}

function parsePlace(text: string): Place {
  const [, node, address] = /^([\w.-]{1,64})=(\S+:\d{1,5})$/.exec(text) ?? [];
  if (node !== undefined && address !== undefined) return { node, address };
  throw new InvalidArgumentError("A node is name=host:port.");
}
