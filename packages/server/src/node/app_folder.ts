// An app that the server serves: the files of a folder, as a build left them.
//
// Each request looks at the disk anew, so a new build is served from the moment on
// that it lies there. What lies in assets/ carries its content's hash in its name and
// is kept by browsers for ever; everything else they ask for again each time, and are
// told when it is the same. So no page is ever put together from two builds by a cache.
//
// A page of an app may have any path: where there is no file, and a person navigates
// there, the answer is index.html. A script or an image that is not there is a 404,
// and so is everything in assets/: a page in place of a script is an error that nobody
// understands, and a cache would keep it.

import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { HoldfastError } from "@holdfast/std";
import { lookup } from "mrmime";
import { type ByteRange, byteRangeOf } from "./byte_range.ts";
import { acceptsEncoding, isCompressible, packings } from "./content_encoding.ts";
import { type FolderFile, fileNameOf, openFolderFile } from "./folder_file.ts";
import { appPolicy, securityHeaders } from "./security_headers.ts";

const start = "index.html";
const hashed = /^assets\//;
/** Smaller files would not get smaller, larger ones would cost too much each time. */
const compressedSizeBytes = { min: 1_024, max: 4 * 1_048_576 };
/** How long a client may take nothing of what it asked for. */
const stalledMsMax = 60_000;

/** How a file goes out. */
interface Sending {
  readonly file: FolderFile;
  readonly type: string;
  readonly encoding: string | null;
  /** Whether it lies on the disk as `encoding` says. */
  readonly isPacked: boolean;
}

/** The folder of an app. */
export class AppFolder {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws {HoldfastError} `not_found` where `folder` has no index.html. */
  static async open(folder: string): Promise<AppFolder> {
    const file = await openFolderFile(folder, start);
    if (file === null) throw new HoldfastError("not_found", `there is no ${start} in ${folder}`);
    await file.handle.close();
    return new AppFolder(folder);
  }

  /** Answers a GET or HEAD request for `urlPath`; false where there is nothing to answer. */
  async answer(
    urlPath: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<boolean> {
    const name = fileNameOf(urlPath);
    if (name === null) return false;
    const accepted = request.headers["accept-encoding"];
    let found = name === "" ? start : name;
    let sending = await this.#choose(found, accepted);
    if (sending === null && !hashed.test(name) && isNavigation(request)) {
      found = start;
      sending = await this.#choose(found, accepted);
    }
    if (sending === null) return false;
    try {
      await send({ sending, isHashed: hashed.test(found), request, response });
    } finally {
      await sending.file.handle.close();
    }
    return true;
  }

  async #choose(name: string, accepted: string | undefined): Promise<Sending | null> {
    const file = await openFolderFile(this.#folder, name);
    if (file === null) return null;
    const type = typeOf(name);
    for (const { encoding, ending } of packings) {
      if (!acceptsEncoding(accepted, encoding)) continue;
      const packed = await openFolderFile(this.#folder, name + ending);
      // One that is older was packed from another file.
      const isCurrent = packed !== null && packed.modifiedMs >= file.modifiedMs;
      await (isCurrent ? file : packed)?.handle.close();
      if (isCurrent) return { file: packed, type, encoding, isPacked: true };
    }
    const { sizeBytes } = file;
    const isWorthIt =
      isCompressible(type) &&
      sizeBytes >= compressedSizeBytes.min &&
      sizeBytes <= compressedSizeBytes.max;
    const encoding = isWorthIt && acceptsEncoding(accepted, "gzip") ? "gzip" : null;
    return { file, type, encoding, isPacked: false };
  }
}

interface Exchange {
  readonly sending: Sending;
  readonly isHashed: boolean;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function send({ sending, isHashed, request, response }: Exchange): Promise<void> {
  const { file, type, encoding, isPacked } = sending;
  const isPacking = encoding !== null && !isPacked;
  const tag = `W/"${file.version}${isPacking ? "-gzip" : ""}"`;
  const headers = {
    ...securityHeaders(appPolicy(request.headers.host)),
    "Cache-Control": isHashed ? "public, max-age=31536000, immutable" : "no-cache",
    ETag: tag,
    Vary: "Accept-Encoding",
  };
  if (isNamed(request.headers["if-none-match"], tag)) {
    response.writeHead(304, headers).end();
    return;
  }
  // What is compressed on its way has no size yet, so no parts.
  const range = isPacking ? null : byteRangeOf(request, file.sizeBytes);
  if (range === "unsatisfiable") {
    const whole = { "Content-Range": `bytes */${file.sizeBytes}`, "Content-Length": 0 };
    response.writeHead(416, { ...headers, ...whole }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: file.sizeBytes };
  response.writeHead(range === null ? 200 : 206, {
    ...headers,
    "Content-Type": type,
    ...(encoding === null ? {} : { "Content-Encoding": encoding }),
    ...(isPacking ? {} : { "Accept-Ranges": "bytes", "Content-Length": end - start }),
    ...(range === null ? {} : { "Content-Range": `bytes ${start}-${end - 1}/${file.sizeBytes}` }),
  });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  response.setTimeout(stalledMsMax, () => response.destroy());
  await stream({ file, range: { start, end }, isPacking, response });
}

interface Streaming {
  readonly file: FolderFile;
  readonly range: ByteRange;
  readonly isPacking: boolean;
  readonly response: ServerResponse;
}

async function stream({ file, range, isPacking, response }: Streaming): Promise<void> {
  const { start, end } = range;
  if (start === end) {
    response.end();
    return;
  }
  const content = file.handle.createReadStream({ start, end: end - 1, autoClose: false });
  const steps = isPacking ? [content, createGzip()] : [content];
  try {
    await pipeline([...steps, response], { end: false });
  } catch {
    // The client left, or the disk failed: the rest can't be sent any more.
    response.destroy();
    return;
  }
  // A file that became shorter meanwhile must not look whole.
  if (content.bytesRead < end - start) response.destroy();
  else response.end();
}

/** Tells whether a person opens a page, and no page loads a part of itself. */
function isNavigation({ headers }: IncomingMessage): boolean {
  // Browsers leave it out where the connection is not secure.
  const mode = headers["sec-fetch-mode"];
  if (mode !== undefined) return mode === "navigate";
  return headers.accept?.includes("text/html") ?? false;
}

function isNamed(header: string | undefined, tag: string): boolean {
  return (header ?? "").split(",").some((part) => part.trim() === tag || part.trim() === "*");
}

function typeOf(name: string): string {
  const type = lookup(name) ?? "application/octet-stream";
  return isCompressible(type) && !type.endsWith("/wasm") ? `${type};charset=utf-8` : type;
}
