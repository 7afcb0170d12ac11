// Pages for the tests in a browser, served on loopback: a TypeScript module, bundled
// from the packages' sources, and a page that loads it.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";

/** A server of pages. */
export interface PageServer {
  /** `http://127.0.0.1:port/`. */
  readonly url: string;
  /** For who wants to listen at the same origin. */
  readonly server: Server;
  close(): Promise<void>;
}

const emptyPage =
  '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>test</title>' +
  '<body><script type="module" src="/entry.js"></script>';

/**
 * Serves a page that runs the module `entry`, with all that it imports.
 *
 * @param entry - Path of a TypeScript file. What its tests call it hangs on `globalThis`.
 */
export async function serveModule(entry: string): Promise<PageServer> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    conditions: ["@holdfast/source"],
    jsx: "automatic",
    sourcemap: "inline",
    logLevel: "silent",
  });
  const script = outputFiles[0]!.contents;
  const server = createServer(({ url }, response) => {
    const isScript = url === "/entry.js";
    response.setHeader("Content-Type", isScript ? "text/javascript" : "text/html; charset=utf-8");
    response.end(isScript ? script : emptyPage);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    server,
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
