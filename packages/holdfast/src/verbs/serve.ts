// holdfast serve: keeps documents in a folder and serves them, until it is told to stop.

import { readFileSync } from "node:fs";
import {
  type ClusterOptions,
  hostDefault,
  type Logger,
  type LogLevel,
  openLog,
  type PeerCertificate,
  type StartedServer,
  startServer,
} from "@holdfast/server/node";
import { isHoldfastError } from "@holdfast/std";
import { type Command, InvalidArgumentError, Option } from "commander";
import { exitCodes } from "../exit_code.ts";
import { CommandFailure, explain, sentence, systemCode } from "../failure.ts";
import { historyFlag, parseMegabytes } from "../megabytes.ts";
import { parseNodes, requireNode } from "../nodes.ts";

/** How long a shutdown may take; then the process ends as it is. */
const shutdownMsMax = 10_000;

interface ServeFlags {
  readonly data: string;
  readonly port: number;
  readonly host: string;
  readonly key?: string;
  readonly insecureLetEverybodyIn: boolean;
  readonly app?: string;
  readonly log: LogLevel;
  readonly history?: number;
  readonly cluster?: ReadonlyMap<string, string>;
  readonly clusterName: string;
  readonly node?: string;
  readonly join: boolean;
  readonly peerCert?: string;
  readonly peerKey?: string;
  readonly peerCa?: string;
}

/** Adds the verb. */
export function addServe(program: Command): void {
  program
    .command("serve")
    .description("keep documents in a folder and serve them")
    .option(
      "--data <folder>",
      "where documents are kept; made where it is missing",
      "holdfast-data",
    )
    .option("--port <number>", "0 for any that is free", parsePort, 4747)
    .option("--host <address>", "where to listen", hostDefault)
    .addOption(
      new Option("--key <secret>", "what clients must present, at least 16 characters").env(
        "HOLDFAST_KEY",
      ),
    )
    .option(
      "--insecure-let-everybody-in",
      "listen to other machines although no key is set: whoever reaches the port reads and changes everything",
      false,
    )
    .option("--app <folder>", "an app to serve at /: a folder with an index.html")
    .option(
      historyFlag,
      "keep so much of what changed, so that a backup need not hold all again; in a cluster the same on all nodes",
      parseMegabytes,
    )
    .option(
      "--cluster <nodes>",
      "be one of several processes that hold the store together: who begins it and where each listens for the others, the same on all, such as a=127.0.0.1:4801,b=127.0.0.1:4802,c=127.0.0.1:4803",
      parseNodes,
    )
    .option("--node <name>", "which of these this process is")
    .option(
      "--join",
      "be a new node of a cluster that is there, which adds it with holdfast cluster add; --cluster need name this node alone",
      false,
    )
    .option(
      "--peer-cert <file>",
      "what this node shows the others, for its name or its host, in PEM; with --peer-key and --peer-ca nodes may listen anywhere",
    )
    .option("--peer-key <file>", "the key of that certificate")
    .option("--peer-ca <file>", "the authority that signed the certificates of all nodes")
    .option("--cluster-name <name>", "nodes of another name are refused", "holdfast")
    .addOption(
      new Option("--log <level>", "how much to log")
        .choices(["debug", "info", "warn", "error", "silent"])
        .default("info"),
    )
    .action(serve);
}

async function serve(flags: ServeFlags): Promise<void> {
  const log = openLog(flags.log);
  // Listened for from the start on: whoever reads the line below may signal at once.
  const stopped = stopSignal();
  const server = await Promise.race([start(flags, log), stopped]);
  // A node that waits for the others holds nothing that its log does not.
  if (typeof server === "string") process.exit(exitCodes.ok);
  process.stdout.write(`Holdfast is listening on ${server.url}\n`);
  const { url, keysUrl } = server;
  log.info({ url, keysUrl, data: flags.data, protected: flags.key !== undefined }, "started");
  const signal = await Promise.race([stopped, server.ended]);
  if (typeof signal !== "string") {
    await Promise.race([server.close(), rest(shutdownMsMax)]).catch(() => undefined);
    throw inWords(signal, flags);
  }
  log.info({ signal }, "shutting down");
  const overdue = setTimeout(() => {
    log.error({ shutdownMsMax }, "the shutdown took too long; nothing that was saved is lost");
    process.exit(exitCodes.environment);
  }, shutdownMsMax);
  // Asked twice, it does not wait.
  process.once("SIGINT", () => process.exit(exitCodes.environment));
  await server.close();
  clearTimeout(overdue);
  log.info("stopped");
  process.exit(exitCodes.ok);
}

async function start(flags: ServeFlags, logger: Logger): Promise<StartedServer> {
  const { data, host, port, key, app, history, insecureLetEverybodyIn } = flags;
  const cluster = clusterOf(flags);
  try {
    return await startServer({
      dataFolder: data,
      host,
      port,
      letEverybodyIn: insecureLetEverybodyIn,
      logger,
      ...(key === undefined ? {} : { credentialKey: key }),
      ...(app === undefined ? {} : { appFolder: app }),
      ...(cluster === null ? {} : { cluster }),
      ...(history === undefined ? {} : { history: { keepBytes: history * 1_000_000 } }),
    });
  } catch (error) {
    throw inWords(error, flags);
  }
}

function clusterOf(flags: ServeFlags): ClusterOptions | null {
  const { cluster: nodes, node, clusterName: name, join } = flags;
  if (nodes === undefined && node === undefined && !join) return null;
  if (nodes === undefined || node === undefined) {
    throw new CommandFailure(exitCodes.usage, "--cluster and --node go together.");
  }
  requireNode(node, nodes);
  const peers = peersOf(flags);
  return { name, node, nodes, join, ...(peers === null ? {} : { peers }) };
}

function peersOf({ peerCert, peerKey, peerCa }: ServeFlags): PeerCertificate | null {
  if (peerCert === undefined && peerKey === undefined && peerCa === undefined) return null;
  if (peerCert === undefined || peerKey === undefined || peerCa === undefined) {
    const sentence = "--peer-cert, --peer-key and --peer-ca go together.";
    throw new CommandFailure(exitCodes.usage, sentence);
  }
  return { certificate: textOf(peerCert), key: textOf(peerKey), authority: textOf(peerCa) };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const sentence = `${file} can't be read: ${(error as NodeJS.ErrnoException).code}.`;
    throw new CommandFailure(exitCodes.usage, sentence, { cause: error });
  }
}

/** Resolves when the process is asked to end. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, resolve);
  });
}

const howToProtect =
  "Listen on an address of this machine, with a key of at least 16 characters (--key or HOLDFAST_KEY), " +
  "on 127.0.0.1, or say --insecure-let-everybody-in.";

function rest(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}

function inWords(error: unknown, { app, data, host, port, node }: ServeFlags): unknown {
  if (!isHoldfastError(error)) return error;
  const fail = (sentence: string) =>
    new CommandFailure(exitCodes.environment, sentence, { cause: error });
  switch (error.code) {
    case "address_in_use":
      return fail(
        `Port ${port} of ${host} is in use by another program. Stop it, or choose another port with --port.`,
      );
    case "locked":
      return fail(
        `The folder ${data} is in use by another Holdfast. Stop it, or choose another folder with --data.`,
      );
    case "permission_denied":
      return fail(
        `Access is denied: ${error.message}. Grant it, or choose another place with --data or --port.`,
      );
    case "not_found":
      // Said by the system of a place where no folder can be made, by us of an app.
      if (systemCode(error) !== "") {
        return fail(`The folder ${data} can't be made there. Choose another with --data.`);
      }
      return new CommandFailure(
        exitCodes.usage,
        `There is no index.html in ${app}. Build the app first, or name the folder that it was built into with --app.`,
        { cause: error },
      );
    case "forbidden":
      // What the others say to a node that is none of theirs any more.
      return fail(
        error.message.includes("another disk")
          ? `The cluster knows node ${node} with another disk than ${data}. What that disk had promised is lost, and with it this node's vote. If the disk is found, start with it. Else put another node in its place: "holdfast cluster replace ${node} NEW=HOST:PORT", and start that with --join, --node NEW and an empty folder.`
          : `Node ${node} was removed from the cluster, and stops. Its folder ${data} is of no more use to the cluster; a node that comes back takes another name and an empty folder, with --join.`,
      );
    case "invalid_argument":
      if (error.message.includes("is that of node")) {
        const hint = "Serve it with --cluster and --node, or choose another with --data.";
        return fail(`${sentence(error.message)} ${hint}`);
      }
      return new CommandFailure(exitCodes.usage, `${sentence(error.message)} ${howToProtect}`);
    case "io":
      if (!notAFolder.includes(systemCode(error))) return error;
      return fail(
        `${data} is, or lies in, something that is no folder. Choose another with --data.`,
      );
    case "corrupt":
      if (error.message.includes("was cut short")) return fail(sentence(error.message));
      return fail(
        `What lies in the folder ${data} is damaged: ${error.message}. It was left as it is; "holdfast verify" looks at all of it. Put a copy of the folder in its place, or choose another with --data.`,
      );
    default:
      return fail(`The folder ${data} can't be used. ${explain(error)}`);
  }
}

/** What the operating system says of a file where a folder is asked for. */
const notAFolder = ["EEXIST", "ENOTDIR"];

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new InvalidArgumentError("A port is a number from 0 to 65535.");
  }
  return port;
}
