// What the server answers to plain HTTP: its health, its status page, the files of an
// app where it was given one, and to everything else that there is nothing.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { AppFolder } from "./app_folder.ts";
import { backupPath } from "./backup_endpoint.ts";
import type { ClusterHealth } from "./cluster.ts";
import { securityHeaders } from "./security_headers.ts";
import { type PageStatus, pagePolicy, renderStatusPage } from "./status_page.ts";

/** What the pages are made of. */
export interface PageSource {
  /** Served at `/`; null for the status page there. */
  readonly app: AppFolder | null;
  /** Tells whether the app's pages could connect, if they came from `host`. */
  acceptHost(host: string | undefined): boolean;
  /** Cheap; asked for by every health check. */
  health(): Health;
  /** Asked for by the status page. */
  page(): Promise<PageStatus>;
  /** Answers a request for a backup. Never rejects. */
  backup(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Hears of an answer that could not be made. Must not throw. */
  onFailed(error: unknown): void;
}

/** The answer of `/healthz`. */
export interface Health {
  readonly status: "ok" | "closing";
  readonly version: string;
  readonly uptimeMs: number;
  readonly connections: number;
  readonly documentsOpen: number;
  /** Where it stands, where it is a node of a cluster. */
  readonly cluster?: ClusterHealth;
}

const headers = {
  "Cache-Control": "no-store",
  ...securityHeaders(pagePolicy),
} as const;
const ours = ["/healthz", "/status", "/sync", backupPath];

/** Answers one request. Never rejects. */
export async function answerRequest(
  source: PageSource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // A request's body is of no use here; what isn't read ends with the connection.
  request.resume();
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    answer(response, 405, "text/plain", "Only GET and HEAD.\n");
    return;
  }
  const path = request.url?.split("?", 1)[0] ?? "/";
  if (path === "/healthz") {
    const health = source.health();
    const status = health.status === "ok" ? 200 : 503;
    answer(response, status, "application/json", `${JSON.stringify(health)}\n`);
  } else if (path === "/status" || (path === "/" && source.app === null)) {
    try {
      answer(response, 200, "text/html", renderStatusPage(await source.page()));
    } catch (error) {
      source.onFailed(error);
      answer(response, 503, "text/plain", "The store can't be read; see the server's log.\n");
    }
  } else if (path === backupPath) {
    await source.backup(request, response);
  } else if (source.app !== null && !ours.includes(path)) {
    await answerApp(source, source.app, { path, request, response });
  } else {
    answer(response, 404, "text/plain", nothing);
  }
}

const nothing = `Nothing here. There are /, ${ours.join(", ")}, /v1/kv/.\n`;

interface Asked {
  readonly path: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function answerApp(source: PageSource, app: AppFolder, asked: Asked): Promise<void> {
  const { path, request, response } = asked;
  const { host } = request.headers;
  if (!source.acceptHost(host)) {
    // Its page would load and never connect; so it is said here.
    answer(response, 421, "text/plain", misdirected(request));
    return;
  }
  try {
    if (await app.answer(path, request, response)) return;
    answer(response, 404, "text/plain", nothing);
  } catch (error) {
    source.onFailed(error);
    if (response.headersSent) response.destroy();
    else answer(response, 500, "text/plain", "The app can't be read; see the server's log.\n");
  }
}

function misdirected({ socket }: IncomingMessage): string {
  const { localAddress = "127.0.0.1", localPort } = socket;
  const address = localAddress.replace(/^::ffff:/, "");
  const host = address.includes(":") ? `[${address}]` : address;
  return (
    "This server takes pages of this name only where it asks for a key (--key or HOLDFAST_KEY).\n" +
    `Without one, open it by its address: http://${host}:${localPort}/\n`
  );
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    ...headers,
    "Content-Type": `${type}; charset=utf-8`,
    "Content-Length": Buffer.byteLength(body),
  });
  response.end(body);
}
