// A server of keys and values on a store in memory, and one who speaks to it as curl does.

import { Agent, createServer, type IncomingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";
import { memoryStore, type Store } from "@holdfast/store";
import { nodeWorld } from "@holdfast/world/node";
import { type GatewayOptions, KeyValueGateway } from "../src/node/kv/key_value_gateway.ts";

/** What bodies and events hold; each has some of these. */
export interface KeysBody {
  readonly version: number;
  readonly rows: readonly unknown[];
  readonly next: string | null;
  readonly succeeded: boolean;
  readonly results: readonly unknown[];
  readonly key: string;
  readonly value: string;
  readonly code: string;
}

/** What came back. */
export interface KeysAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body as JSON. */
  json(): KeysBody;
}

/** What to ask. */
export interface KeysRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

/** The path of a key, each byte escaped that needs it, and some that don't. */
export function pathOf(key: Uint8Array): string {
  let path = "/v1/kv/";
  for (const byte of key) {
    const isPlain = /[a-z/]/.test(String.fromCharCode(byte));
    path += isPlain ? String.fromCharCode(byte) : escapeByte(byte);
  }
  return path;
}

/** The body of a transaction. */
export function transactionBody(parts: {
  readonly compare: readonly unknown[];
  readonly success: readonly unknown[];
  readonly failure: readonly unknown[];
}): string {
  const [compare, success, failure] = [parts.compare, parts.success, parts.failure].map((list) =>
    JSON.stringify(list),
  );
  return `{"compare":${compare},"then":${success},"else":${failure}}`;
}

/** Each byte as %XX. */
export function escapeBytes(bytes: Uint8Array): string {
  return [...bytes].map(escapeByte).join("");
}

function escapeByte(byte: number): string {
  return `%${byte.toString(16).padStart(2, "0")}`;
}

/** Asks a server, over connections that stay open. */
export class KeysClient {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  ask(method: string, path: string, { headers = {}, body }: KeysRequest = {}): Promise<KeysAnswer> {
    const target = { host: "127.0.0.1", port: this.#port, path, method, headers };
    return new Promise((resolve, reject) => {
      const asked = request({ ...target, agent: this.#agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const whole = Buffer.concat(chunks);
          const status = response.statusCode ?? 0;
          const json = () => JSON.parse(whole.toString());
          resolve({ status, headers: response.headers, body: whole, json });
        });
      });
      asked.on("error", reject);
      asked.end(body);
    });
  }

  /** The events of a stream, as they come; ends with it. */
  async *follow(path: string, headers: Readonly<Record<string, string>> = {}) {
    const left = new AbortController();
    try {
      const url = `http://127.0.0.1:${this.#port}${path}`;
      const response = await fetch(url, { headers, signal: left.signal });
      if (response.status !== 200) throw new Error(await response.text());
      let text = "";
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const parts = text.split("\n\n");
        text = parts.pop()!;
        for (const part of parts) if (!part.startsWith(":")) yield eventOf(part);
      }
    } finally {
      left.abort();
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** An event of a stream. */
export interface KeysEvent {
  readonly event: string;
  readonly id: string | null;
  readonly data: KeysBody;
}

function eventOf(text: string): KeysEvent {
  const fields = new Map(
    text
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)]),
  );
  return {
    event: fields.get("event") ?? "",
    id: fields.get("id") ?? null,
    data: JSON.parse(fields.get("data") ?? "null"),
  };
}

/** The gateway alone, on a port. */
export async function openKeys(options: Partial<GatewayOptions> = {}) {
  const world = nodeWorld();
  const store: Store = options.store ?? memoryStore({ world });
  const failures: unknown[] = [];
  const gateway = new KeyValueGateway({
    clock: world.clock,
    credentials: "open",
    acceptHost: (host) => host?.startsWith("127.0.0.1") === true,
    onFailed: (error) => failures.push(error),
    ...options,
    store,
  });
  const http = createServer((asked, response) => void gateway.answer(asked, response));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  const client = new KeysClient(port);
  const close = async () => {
    await gateway.close();
    client.close();
    http.close();
    http.closeAllConnections();
    await store.close();
  };
  return { client, gateway, store, port, failures, close };
}
