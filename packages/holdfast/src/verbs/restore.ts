// holdfast restore: makes a server's folder out of a backup, or that of the first node of a
// cluster.

import { type RestoredCluster, restoreCluster, restoreFolder } from "@holdfast/server/node";
import { isHoldfastError } from "@holdfast/std";
import { type Command, InvalidArgumentError } from "commander";
import { exitCodes } from "../exit_code.ts";
import { CommandFailure, sentence } from "../failure.ts";
import { nodesText, parseNodes, requireNode } from "../nodes.ts";

interface RestoreFlags {
  readonly to?: number;
  readonly replace: boolean;
  readonly cluster?: ReadonlyMap<string, string>;
  readonly node?: string;
  readonly clusterName: string;
}

/** Adds the verb. */
export function addRestore(program: Command): void {
  program
    .command("restore")
    .description("make a folder for a server out of a backup")
    .argument("<backups>", "the folder that was given to backup")
    .argument("<folder>", "the folder for serve --data; made where it is missing")
    .option("--to <version>", "the version to restore; the newest unless given", parseVersion)
    .option("--replace", "give up what the folder holds", false)
    .option(
      "--cluster <nodes>",
      "have a cluster begin with it: who its nodes are and where each listens for the others, such as a=127.0.0.1:4801,b=127.0.0.1:4802,c=127.0.0.1:4803",
      parseNodes,
    )
    .option("--node <name>", "which of these the folder is for; the others begin with empty ones")
    .option("--cluster-name <name>", "what the cluster is called; it gets an id behind", "holdfast")
    .action(restore);
}

async function restore(backups: string, folder: string, flags: RestoreFlags): Promise<void> {
  const { to: version = null, replace, cluster: nodes, node, clusterName: name } = flags;
  const options = { backups, dataFolder: folder, version, replace };
  try {
    if (nodes !== undefined && node !== undefined) {
      requireNode(node, nodes);
      const restored = await restoreCluster({ ...options, name, node, nodes });
      print(folder, restored);
      process.stdout.write(howToStart(restored, { folder, node, nodes }));
    } else if (nodes === undefined && node === undefined) {
      print(folder, await restoreFolder(options));
    } else {
      throw new CommandFailure(exitCodes.usage, "--cluster and --node go together.");
    }
  } catch (error) {
    throw inWords(error, backups, folder);
  }
}

function print(
  folder: string,
  { version, files }: Pick<RestoredCluster, "version" | "files">,
): void {
  const from = files.join(", ");
  process.stdout.write(
    `${folder}: version ${version}, from ${from}. Clients send again what it lacks.\n`,
  );
}

function howToStart(
  { cluster }: RestoredCluster,
  {
    folder,
    node,
    nodes,
  }: {
    readonly folder: string;
    readonly node: string;
    readonly nodes: ReadonlyMap<string, string>;
  },
): string {
  const common = `  holdfast serve --cluster ${nodesText(nodes)} --cluster-name ${cluster}`;
  const lines = [...nodes.keys()].map((each) => {
    const own = each === node ? `--data ${folder}` : "--join --data EMPTY-FOLDER";
    return `${common} --node ${each} ${own} --port PORT\n`;
  });
  return `Cluster ${cluster} begins with it, once a majority of these runs:\n${lines.join("")}`;
}

function inWords(error: unknown, backups: string, folder: string): unknown {
  if (!isHoldfastError(error)) return error;
  const fail = (text: string) => new CommandFailure(exitCodes.environment, text, { cause: error });
  switch (error.code) {
    case "locked":
      return fail(`A server is running on ${folder}. Stop it, or restore into another folder.`);
    case "invalid_argument":
      if (!error.message.includes("holds something")) {
        return fail(`${sentence(error.message)} Nothing was restored.`);
      }
      return fail(
        `${folder} holds a store already. Restore into another folder, or say --replace to give up what it holds.`,
      );
    case "not_found":
      return fail(
        `Nothing was restored: ${error.message}. holdfast verify ${backups} lists the backups.`,
      );
    case "corrupt":
    case "truncated":
      if (error.message.includes("was cut short")) return fail(sentence(error.message));
      return fail(
        `Nothing was restored: ${error.message}. holdfast verify ${backups} says which backups are whole; restore one of them with --to VERSION.`,
      );
    default:
      return error;
  }
}

function parseVersion(text: string): number {
  const version = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(version)) return version;
  throw new InvalidArgumentError("A version is a whole number, as verify prints it.");
}
