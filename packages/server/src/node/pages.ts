// What the server answers to plain HTTP: its health, its status page, and to
// everything else that there is nothing.

import type { IncomingMessage, ServerResponse } from "node:http";
import { type PageStatus, pagePolicy, renderStatusPage } from "./status_page.ts";

/** What the pages are made of. */
export interface PageSource {
  /** Cheap; asked for by every health check. */
  health(): Health;
  /** Asked for by the status page. */
  page(): Promise<PageStatus>;
  /** Hears of a page that could not be made. Must not throw. */
  onFailed(error: unknown): void;
}

/** The answer of `/healthz`. */
export interface Health {
  readonly status: "ok" | "closing";
  readonly version: string;
  readonly uptimeMs: number;
  readonly connections: number;
  readonly documentsOpen: number;
}

const headers = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": pagePolicy,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
} as const;

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
  const path = request.url?.split("?", 1)[0];
  if (path === "/healthz") {
    const health = source.health();
    const status = health.status === "ok" ? 200 : 503;
    answer(response, status, "application/json", `${JSON.stringify(health)}\n`);
  } else if (path === "/") {
    try {
      answer(response, 200, "text/html", renderStatusPage(await source.page()));
    } catch (error) {
      source.onFailed(error);
      answer(response, 503, "text/plain", "The store can't be read; see the server's log.\n");
    }
  } else {
    answer(response, 404, "text/plain", "Nothing here. There are /, /healthz and /sync.\n");
  }
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    ...headers,
    "Content-Type": `${type}; charset=utf-8`,
    "Content-Length": Buffer.byteLength(body),
  });
  response.end(body);
}
