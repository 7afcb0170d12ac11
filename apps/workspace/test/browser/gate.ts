// A gate in front of a server: passes requests on, and holds back those that it is told to.
// The browser's own cache keeps nothing that came through it: what is there, a worker kept.

import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A gate. It passes no WebSockets on: pages find no server for what they write. */
export interface Gate {
  /** `http://127.0.0.1:port/`. */
  readonly url: string;
  /** Holds requests for `path` back from now on. */
  hold(path: string): void;
  /** Whether a request for `path` is held back. */
  isHolding(path: string): boolean;
  /** Passes on what was held back of `path`, and what comes. */
  pass(path: string): void;
  close(): Promise<void>;
}

/** Opens a gate in front of the server at `url`. */
export async function openGate(url: string): Promise<Gate> {
  const held = new Map<string, (() => void)[]>();
  const passOn = (asked: IncomingMessage, response: ServerResponse): void => {
    const { method, headers } = asked;
    const passed = request(new URL(asked.url!, url), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, { ...answer.headers, "cache-control": "no-store" });
      answer.pipe(response);
    });
    passed.on("error", () => response.destroy());
    passed.end();
  };
  const server = createServer((asked, response) => {
    const waiting = held.get(asked.url!);
    if (waiting === undefined) passOn(asked, response);
    else waiting.push(() => passOn(asked, response));
  });
  server.on("upgrade", (_asked, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    hold: (path) => void held.set(path, []),
    isHolding: (path) => (held.get(path)?.length ?? 0) > 0,
    pass: (path) => {
      const waiting = held.get(path) ?? [];
      held.delete(path);
      for (const passOne of waiting) passOne();
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
