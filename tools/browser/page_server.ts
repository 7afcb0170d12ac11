// Pages for the tests in a browser, served on loopback: a folder as it is, or a
// TypeScript module bundled from the packages' sources under a page that loads it.

import { readFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { build } from "esbuild";

/** A server of pages. */
export interface PageServer {
  /** `http://127.0.0.1:port/`. */
  readonly url: string;
  /** For who wants to listen at the same origin. */
  readonly server: Server;
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".woff2": "font/woff2",
};

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
  return await serve(async (path, response) => {
    const isScript = path === "/entry.js";
    response.writeHead(200, { "Content-Type": types[isScript ? ".js" : ".html"] });
    response.end(isScript ? script : emptyPage);
  });
}

/** Serves the files of `folder`; `index.html` where a path has no ending. */
export async function serveFolder(folder: string): Promise<PageServer> {
  return await serve(async (path, response) => {
    const name = extname(path) === "" ? "/index.html" : normalize(path);
    try {
      const content = await readFile(join(folder, name));
      const type = types[extname(name)] ?? "application/octet-stream";
      response.writeHead(200, { "Content-Type": type }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
}

type Answer = (path: string, response: ServerResponse) => Promise<void>;

async function serve(answer: Answer): Promise<PageServer> {
  const server = createServer((request, response) => {
    void answer(new URL(request.url ?? "/", "http://page").pathname, response);
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
