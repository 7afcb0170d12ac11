// The store over plain HTTP: keys and values as a person with curl would want them. What
// is asked for and answered is described in docs/http.md.
//
// Who may: whoever has the key that the server asks for. A browser sends along where a
// page came from, and only pages of this very origin are let in; a name of ours that
// somebody else made to point here counts as ours only where a key is asked for.

import type { IncomingMessage, ServerResponse } from "node:http";
import { encodeUtf8, HoldfastError } from "@holdfast/std";
import type { CommitVersion, Consistency, Store } from "@holdfast/store";
import type { Access } from "@holdfast/sync";
import type { Clock } from "@holdfast/world";
import { sameOrigin } from "@holdfast/world/node";
import { type Held, kvValueSizeBytesMax, type Span } from "../../kv/entry.ts";
import { KeyValues, pageRowsMax, type Written } from "../../kv/key_values.ts";
import {
  type HeaderList,
  Refusal,
  send,
  sendFailure,
  sendJson,
  statusOf,
  versionHeaders,
} from "./answer.ts";
import { readOutcome, writeCondition } from "./conditions.ts";
import {
  consistencyNames,
  consistencyOf,
  freshnessHeaders,
  requireLinearizable,
} from "./consistency.ts";
import { EventStreams, lastEventId } from "./event_streams.ts";
import { entryFields } from "./json_bytes.ts";
import { BodyReader } from "./read_body.ts";
import {
  flagOf,
  keyOfPath,
  keysPath,
  type Parameters,
  parametersOf,
  requestUrl,
  textOf,
  transactionPath,
} from "./request_url.ts";
import { runTransaction, transactionBodySizeBytesMax } from "./transaction_request.ts";

/** What the gateway needs. */
export interface GatewayOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Who may: whoever presents what this takes; everybody; nobody. */
  readonly credentials: Pick<Access<unknown>, "authenticate"> | "open" | "closed";
  /** Tells whether `host` is a name of this server. */
  acceptHost(host: string | undefined): boolean;
  /** Hears of an answer that failed for a reason that lies here. Must not throw. */
  onFailed(error: unknown): void;
}

/** Most requests at work at once, watches aside. */
export const requestsMax = 10_000;
/** Entries of a page, unless the request says. */
const limitRowsDefault = 100;
/** What curl says of a body where nobody said anything. */
const curlContentType = "application/x-www-form-urlencoded";

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: string | null;
}

/** Answers all that lies below `/v1/`. */
export class KeyValueGateway {
  readonly #options: GatewayOptions;
  readonly #kv: KeyValues;
  readonly #bodies = new BodyReader();
  readonly #streams: EventStreams;
  #active = 0;
  #acceptedHost: string | undefined;
  #closing = false;
  #idle: (() => void) | null = null;

  /** @throws {HoldfastError} As {@link KeyValues}. */
  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#kv = new KeyValues(options.store);
    this.#streams = new EventStreams(this.#kv, options.clock);
  }

  /** How many watches are open. */
  get watches(): number {
    return this.#streams.size;
  }

  /** Answers one request. Never rejects. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#active += 1;
    try {
      this.#checkOpen();
      this.#checkOrigin(request);
      await this.#checkCredential(request);
      await this.#route(request, response);
    } catch (error) {
      this.#fail(error, request, response);
    } finally {
      this.#active -= 1;
      if (this.#active === 0) this.#idle?.();
    }
  }

  /** Ends watches, refuses what comes, and waits for what is at work. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#streams.close();
    this.#bodies.close();
    if (this.#active > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { path, query } = requestUrl(request.url ?? "/");
    const asked = { request, response, query };
    if (path.startsWith(keysPath)) {
      const key = keyOfPath(path);
      await (key.length === 0 ? this.#answerRange(asked) : this.#answerKey(key, asked));
    } else if (path === transactionPath) {
      await this.#answerTransaction(asked);
    } else {
      const sentence = `nothing is here; there are ${keysPath} and ${transactionPath}`;
      throw new HoldfastError("not_found", sentence);
    }
  }

  async #answerKey(key: Uint8Array, asked: Asked): Promise<void> {
    switch (asked.request.method) {
      case "GET":
      case "HEAD":
        return this.#get(key, asked);
      case "PUT":
        return this.#put(key, asked);
      case "DELETE": {
        parametersOf(asked.query, []);
        const condition = writeCondition(asked.request.headers);
        sendWritten(asked.response, await this.#kv.remove(key, condition), []);
        return;
      }
      default:
        throw wrongMethod("GET, HEAD, PUT, DELETE");
    }
  }

  async #get(key: Uint8Array, { request, response, query }: Asked): Promise<void> {
    const parameters = parametersOf(query, ["watch", "keys_only", ...consistencyNames]);
    const consistency = consistencyOf(parameters);
    const keysOnly = flagOf(parameters, "keys_only");
    if (flagOf(parameters, "watch")) {
      requireLinearizable(consistency);
      await this.#follow(request, response, { keys: key, keysOnly });
      return;
    }
    if (keysOnly) throw invalid("keys_only is for ranges and watches; ask for the HEAD of a key");
    const { held, fresh } = await this.#look(key, consistency);
    const outcome = readOutcome(request.headers, held?.version ?? null);
    if (outcome === "failed") throw failedCondition(held?.version ?? null);
    if (held === null) {
      throw new Refusal("not_found", "there is no such key", { status: 404, headers: fresh });
    }
    const headers = [...versionHeaders(held.version), ...fresh];
    if (outcome === "not_modified") {
      send(response, 304, headers, "");
      return;
    }
    const type = held.contentType === "" ? "application/octet-stream" : held.contentType;
    send(response, 200, ["Content-Type", type, ...headers], held.value);
  }

  /** What `key` holds, and what the answer says of how fresh that is. */
  async #look(
    key: Uint8Array,
    consistency: Consistency,
  ): Promise<{ readonly held: Held | null; readonly fresh: HeaderList }> {
    if (consistency === "linearizable") return { held: await this.#kv.get(key), fresh: [] };
    const { held, ...seen } = await this.#kv.look(key, consistency);
    return { held, fresh: freshnessHeaders(seen) };
  }

  async #put(key: Uint8Array, { request, response, query }: Asked): Promise<void> {
    parametersOf(query, []);
    const condition = writeCondition(request.headers);
    const said = request.headers["content-type"] ?? "";
    const contentType = said === curlContentType ? "" : said;
    checkCoding(request);
    const written = await this.#bodies.with(request, kvValueSizeBytesMax, (value) =>
      this.#kv.put(key, { contentType, value }, condition),
    );
    sendWritten(
      response,
      written,
      written.type === "written" ? versionHeaders(written.version) : [],
    );
  }

  async #answerRange(asked: Asked): Promise<void> {
    const { request, response, query } = asked;
    if (request.method === "DELETE") {
      const parameters = parametersOf(query, ["prefix", "start", "end", "range"]);
      if (!flagOf(parameters, "range")) {
        throw invalid("to remove all keys of a range, say so: ?range&prefix=...");
      }
      sendJson(response, 200, await this.#kv.removeRange(spanOf(parameters)));
      return;
    }
    if (request.method !== "GET" && request.method !== "HEAD")
      throw wrongMethod("GET, HEAD, DELETE");
    const names = ["prefix", "start", "end", "limit", "reverse", "keys_only", "cursor"];
    const parameters = parametersOf(query, [...names, "watch", ...consistencyNames]);
    const consistency = consistencyOf(parameters);
    const keysOnly = flagOf(parameters, "keys_only");
    const span = spanOf(parameters);
    if (flagOf(parameters, "watch")) {
      for (const name of ["limit", "reverse", "cursor"]) {
        if (parameters.has(name)) throw invalid(`a watch has no ${name}`);
      }
      requireLinearizable(consistency);
      await this.#follow(request, response, { keys: span, keysOnly });
      return;
    }
    const after = cursorOf(parameters);
    const { version, staleMsMax, entries, more } = await this.#kv.page(span, {
      consistency,
      limitRows: limitOf(parameters),
      reverse: flagOf(parameters, "reverse"),
      ...(after === null ? {} : { after }),
    });
    const last = entries.at(-1);
    const next = more && last !== undefined ? Buffer.from(last.key).toString("base64url") : null;
    const rows = entries.map((entry) => entryFields(entry, keysOnly));
    const fresh = consistency === "linearizable" ? [] : freshnessHeaders({ version, staleMsMax });
    sendJson(response, 200, { version, rows, next }, fresh);
  }

  async #answerTransaction({ request, response, query }: Asked): Promise<void> {
    if (request.method !== "POST") throw wrongMethod("POST");
    parametersOf(query, []);
    checkCoding(request);
    const answer = await this.#bodies.with(request, transactionBodySizeBytesMax, (body) =>
      runTransaction(this.#kv, body),
    );
    sendJson(response, 200, answer);
  }

  async #follow(
    request: IncomingMessage,
    response: ServerResponse,
    what: { readonly keys: Uint8Array | Span; readonly keysOnly: boolean },
  ): Promise<void> {
    if (request.method !== "GET") throw wrongMethod("GET");
    const since: CommitVersion | null = lastEventId(request);
    await this.#streams.follow(response, { ...what, since });
  }

  #checkOpen(): void {
    if (this.#closing) throw new HoldfastError("unavailable", "the server is closing");
    if (this.#active - this.#streams.size > requestsMax) {
      throw new HoldfastError("overloaded", `${requestsMax} requests are at work`);
    }
  }

  #checkOrigin({ headers }: IncomingMessage): void {
    const { host, origin } = headers;
    if (host !== this.#acceptedHost) {
      if (!this.#options.acceptHost(host)) {
        const sentence =
          "without a key this server answers to this machine's names and to addresses alone";
        throw new Refusal("forbidden", sentence, {
          status: 421,
          action: "ask for it by its address",
        });
      }
      this.#acceptedHost = host;
    }
    if (!sameOrigin(origin, host)) throw forbidden("pages of another origin may not use the store");
  }

  async #checkCredential({ headers }: IncomingMessage): Promise<void> {
    const { credentials } = this.#options;
    if (credentials === "open") return;
    if (credentials === "closed") {
      throw forbidden("this server decides by documents who may do what, and serves no keys");
    }
    const [, presented = ""] =
      /^bearer +([\x21-\x7e]+) *$/i.exec(headers.authorization ?? "") ?? [];
    await credentials.authenticate(encodeUtf8(presented));
  }

  #fail(error: unknown, request: IncomingMessage, response: ServerResponse): void {
    if (statusOf(error) >= 500 && statusOf(error) !== 503) this.#options.onFailed(error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    // What is left of a body is of no use, and may be long.
    if (!request.complete && hasBody(request)) response.shouldKeepAlive = false;
    sendFailure(response, error);
  }
}

function sendWritten(response: ServerResponse, written: Written, headers: readonly string[]): void {
  if (written.type === "refused") throw failedCondition(written.present);
  sendJson(response, 200, { version: written.version }, headers);
}

function spanOf(parameters: Parameters): Span {
  const [prefix, start, end] = ["prefix", "start", "end"].map((name) => parameters.get(name));
  return {
    ...(prefix === undefined ? {} : { prefix }),
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
  };
}

function limitOf(parameters: Parameters): number {
  const text = textOf(parameters, "limit");
  if (text === null) return limitRowsDefault;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > pageRowsMax) throw invalid(`limit is a number from 1 to ${pageRowsMax}`);
  return limit;
}

function cursorOf(parameters: Parameters): Uint8Array | null {
  const text = textOf(parameters, "cursor");
  if (text === null) return null;
  const key = Buffer.from(text, "base64url");
  if (key.toString("base64url") !== text) throw invalid("cursor is the next of an earlier answer");
  return key;
}

/** A value is kept as it came, so it must not have come as something else. */
function checkCoding({ headers }: IncomingMessage): void {
  const coding = headers["content-encoding"];
  if (coding === undefined || coding === "identity") return;
  const sentence = "a body is taken as it is, without a Content-Encoding";
  throw new Refusal("invalid_argument", sentence, { status: 415 });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}

function failedCondition(present: CommitVersion | null): Refusal {
  const sentence = present === null ? "there is no such key" : `the key is at version ${present}`;
  return new Refusal("conflict", sentence, {
    status: 412,
    headers: present === null ? [] : versionHeaders(present),
    fields: { version: present },
    action: "read the key, and decide anew",
  });
}

function wrongMethod(allowed: string): Refusal {
  const how = { status: 405, headers: ["Allow", allowed] };
  return new Refusal("invalid_argument", `the methods here are ${allowed}`, how);
}

function forbidden(sentence: string): Refusal {
  const action = "use the server's own origin, or a program";
  return new Refusal("forbidden", sentence, { status: 403, action });
}

function invalid(sentence: string): HoldfastError {
  return new HoldfastError("invalid_argument", sentence);
}
