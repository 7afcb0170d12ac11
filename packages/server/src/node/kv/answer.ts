// How answers of the plain interface go out: their headers, and what a failure looks like.
//
// A value is whatever somebody put, and is served from the origin of the app: so no
// browser may run it, guess at its type, or show it in another page.

import type { ServerResponse } from "node:http";
import {
  type ErrorCode,
  errorActions,
  HoldfastError,
  isErrorCode,
  isHoldfastError,
} from "@holdfast/std";
import type { CommitVersion } from "@holdfast/store";
import { tagOf } from "./conditions.ts";

/** Headers as Node takes them without looking: name, value, name, value. */
export type HeaderList = readonly string[];

/** Of every answer. */
const common: HeaderList = [
  "Cache-Control",
  "no-cache",
  "Content-Security-Policy",
  "default-src 'none'; sandbox",
  "Cross-Origin-Resource-Policy",
  "same-origin",
  "X-Content-Type-Options",
  "nosniff",
];

/** Which status a code has. Those that are not here are 500. */
const statuses: ReadonlyMap<ErrorCode, number> = new Map<ErrorCode, number>([
  ["invalid_argument", 400],
  ["unauthenticated", 401],
  ["forbidden", 403],
  ["not_found", 404],
  ["conflict", 409],
  ["too_large", 413],
  ["overloaded", 429],
  ["unavailable", 503],
  ["closed", 503],
  ["too_old", 503],
  ["cancelled", 503],
  ["timeout", 504],
  ["unknown_outcome", 504],
  ["disk_full", 507],
]);

/** Of a version, as headers. */
export function versionHeaders(version: CommitVersion): HeaderList {
  return ["ETag", tagOf(version), "Holdfast-Version", String(version)];
}

/** Sends `body` whole. A request for the head alone gets the same headers. */
export function send(
  response: ServerResponse,
  status: number,
  headers: HeaderList,
  body: Uint8Array | string,
): void {
  const sizeBytes = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  const length = ["Content-Length", String(sizeBytes)];
  response.writeHead(status, [...common, ...headers, ...length]);
  response.end(body);
}

/** Sends JSON and a line feed. */
export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: HeaderList = [],
): void {
  const typed = ["Content-Type", "application/json; charset=utf-8", ...headers];
  send(response, status, typed, `${JSON.stringify(value)}\n`);
}

/** Begins an answer that has no end yet. */
export function startStream(response: ServerResponse, contentType: string): void {
  response.writeHead(200, [...common, "Content-Type", contentType]);
  response.flushHeaders();
}

/** A failure as JSON. `status` and `headers` are for what has no code of its own. */
export class Refusal extends HoldfastError {
  readonly status: number;
  readonly headers: HeaderList;
  /** Fields beside code, message and action. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly #action: string | undefined;

  constructor(
    code: ErrorCode,
    sentence: string,
    how: {
      readonly status: number;
      readonly headers?: HeaderList;
      readonly fields?: Readonly<Record<string, unknown>>;
      readonly action?: string;
    },
  ) {
    super(code, sentence);
    this.status = how.status;
    this.headers = how.headers ?? [];
    this.fields = how.fields ?? {};
    this.#action = how.action;
  }

  override get action(): string {
    return this.#action ?? errorActions[this.code];
  }
}

/** What a failure looks like in JSON. What is none of ours says nothing of itself. */
export function failureFields(error: unknown): Record<string, unknown> {
  if (error instanceof Refusal) {
    const { code, message, action, fields } = error;
    return { code, message, action, ...fields };
  }
  if (!isHoldfastError(error)) {
    const action = "look at the server's log";
    return { code: "io", message: "the server failed to answer", action };
  }
  const { code, message, action } = error;
  return { code, message, action };
}

/** Answers with a failure. */
export function sendFailure(response: ServerResponse, error: unknown): void {
  const status = statusOf(error);
  const headers = error instanceof Refusal ? [...error.headers] : [];
  if (status === 429 || status === 503) headers.push("Retry-After", "1");
  if (status === 401) headers.push("WWW-Authenticate", "Bearer");
  sendJson(response, status, failureFields(error), headers);
}

/** The status that says most nearly what went wrong. */
export function statusOf(error: unknown): number {
  if (error instanceof Refusal) return error.status;
  if (!isHoldfastError(error) || !isErrorCode(error.code)) return 500;
  return statuses.get(error.code) ?? 500;
}
