// A server with an app: real files in a real folder, asked for over real sockets.

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import {
  mkdir,
  mkdtemp,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type StartedServer, type StartOptions, startServer } from "../src/node/index.ts";
import { rawGet } from "./raw_get.ts";

const navigation = { "Sec-Fetch-Mode": "navigate", Accept: "text/html" };
const script = { "Sec-Fetch-Mode": "no-cors", Accept: "*/*" };
const code = `export const words = ${JSON.stringify("words ".repeat(1_000))};\n`;
let home: string;
let app: string;
let server: StartedServer;

async function restart(options: Partial<StartOptions> = {}): Promise<void> {
  await server?.close();
  const dataFolder = join(home, "data");
  server = await startServer({ dataFolder, port: 0, logger: null, appFolder: app, ...options });
}

function get(path: string, headers: Record<string, string> = {}, method = "GET") {
  return rawGet(server.url, path, headers, method);
}

async function textOf(path: string, headers: Record<string, string> = {}) {
  const { status, body } = await get(path, headers);
  return { status, text: body.toString() };
}

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "holdfast-app-"));
  app = join(home, "app");
  await mkdir(join(app, "assets"), { recursive: true });
  await writeFile(join(app, "index.html"), "<!doctype html><title>one</title>");
  await writeFile(join(app, "sw.js"), "// the worker");
  await writeFile(join(app, "assets/main-1.js"), code);
  await restart();
});

afterEach(async () => {
  await server.close();
  await rm(home, { recursive: true });
});

describe("an app", () => {
  it("is at /, and the pages of the server where they were, or at /status", async () => {
    const page = await get("/", navigation);
    expect([page.status, page.body.toString()]).toEqual([200, "<!doctype html><title>one</title>"]);
    expect(page.headers["content-type"]).toBe("text/html;charset=utf-8");
    expect((await textOf("/status")).text).toContain(server.syncUrl);
    expect(JSON.parse((await textOf("/healthz")).text)).toMatchObject({ status: "ok" });
    expect((await get("/sync", navigation)).status).toBe(404);
    expect((await get("/", {}, "POST")).status).toBe(405);
  });

  it("answers every path that a person navigates to, and nothing that a page lacks", async () => {
    for (const path of ["/pages/7", "/a/b?c=d", "/v1.2", "/%C3%A9"]) {
      expect(await textOf(path, navigation)).toMatchObject({ status: 200 });
      expect(await textOf(path, { Accept: "text/html,*/*" })).toMatchObject({ status: 200 });
      expect(await textOf(path, script)).toMatchObject({ status: 404 });
      const part = { "Sec-Fetch-Mode": "cors", Accept: "text/html" };
      expect(await textOf(path, part)).toMatchObject({ status: 404 });
      expect(await textOf(path)).toMatchObject({ status: 404 });
    }
    for (const headers of [navigation, script]) {
      expect(await textOf("/assets/main-0.js", headers)).toMatchObject({ status: 404 });
      expect(await textOf("/assets/", headers)).toMatchObject({ status: 404 });
    }
  });

  it("is not kept by browsers but for what carries its hash in its name", async () => {
    for (const path of ["/", "/index.html", "/sw.js", "/any/page"]) {
      const { headers } = await get(path, navigation);
      expect(headers["cache-control"]).toBe("no-cache");
    }
    const { headers } = await get("/assets/main-1.js");
    expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    for (const path of ["/healthz", "/status", "/assets/main-0.js"]) {
      expect((await get(path)).headers["cache-control"], path).toBe("no-store");
    }
  });

  it("may run its own scripts, and speak to its own host, alone", async () => {
    const { headers } = await get("/", navigation);
    const { host } = new URL(server.url);
    const policy = headers["content-security-policy"];
    expect(policy).toContain("default-src 'self';");
    expect(policy).toContain(`connect-src 'self' ws://${host} wss://${host};`);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
    });
  });

  it("has answers to HEAD without a body", async () => {
    const { status, headers, body } = await get("/assets/main-1.js", {}, "HEAD");
    expect([status, body.length]).toEqual([200, 0]);
    expect(headers["content-length"]).toBe(String(code.length));
  });

  it("is refused without an index.html, before anything is made", async () => {
    const options = { dataFolder: join(home, "other"), port: 0, logger: null };
    for (const appFolder of [join(app, "assets"), join(home, "none"), join(app, "index.html")]) {
      await expect(startServer({ ...options, appFolder })).rejects.toMatchObject({
        code: "not_found",
      });
    }
    await expect(stat(options.dataFolder)).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("a text of an app", () => {
  it("goes out compressed to who takes that", async () => {
    const packed = await get("/assets/main-1.js", { "Accept-Encoding": "gzip, br" });
    expect(packed.headers).toMatchObject({ "content-encoding": "gzip", vary: "Accept-Encoding" });
    expect(packed.body.length).toBeLessThan(code.length / 10);
    expect(gunzipSync(packed.body).toString()).toBe(code);
    for (const accepted of ["", "identity", "gzip;q=0", "br", "x-gzipped"]) {
      const plain = await get("/assets/main-1.js", { "Accept-Encoding": accepted });
      expect(plain.headers["content-encoding"]).toBeUndefined();
      expect(plain.headers["content-length"]).toBe(String(code.length));
      expect(plain.body.toString()).toBe(code);
    }
  });

  it("goes out as the build packed it, unless it was packed from another", async () => {
    const path = join(app, "assets/main-1.js");
    await writeFile(`${path}.br`, brotliCompressSync(code));
    const packed = await get("/assets/main-1.js", { "Accept-Encoding": "gzip, BR" });
    expect(packed.headers["content-encoding"]).toBe("br");
    expect(packed.headers["content-type"]).toBe("text/javascript;charset=utf-8");
    expect(brotliDecompressSync(packed.body).toString()).toBe(code);
    await utimes(path, 2_000_000_000, 2_000_000_000);
    const current = await get("/assets/main-1.js", { "Accept-Encoding": "gzip, br" });
    expect(current.headers["content-encoding"]).toBe("gzip");
  });

  it("is not compressed where that gains nothing", async () => {
    await writeFile(join(app, "photo.png"), Buffer.alloc(50_000));
    await writeFile(join(app, "short.txt"), "short");
    await writeFile(join(app, "long.txt"), "x".repeat(4 * 1_048_576 + 1));
    for (const path of ["/photo.png", "/short.txt", "/long.txt"]) {
      const { headers } = await get(path, { "Accept-Encoding": "gzip" });
      expect(headers["content-encoding"]).toBeUndefined();
    }
    expect((await get("/photo.png")).headers["content-type"]).toBe("image/png");
  });
});

describe("a part of a file", () => {
  const digits = "0123456789";
  const part = async (Range: string, headers: Record<string, string> = {}, method = "GET") => {
    const answer = await get("/digits.bin", { Range, ...headers }, method);
    return [answer.status, answer.body.toString(), answer.headers["content-range"]];
  };

  beforeEach(() => writeFile(join(app, "digits.bin"), digits));

  it("goes out to who asks for one", async () => {
    expect((await get("/digits.bin")).headers["accept-ranges"]).toBe("bytes");
    expect(await part("bytes=2-4")).toEqual([206, "234", "bytes 2-4/10"]);
    expect(await part("Bytes=0-0")).toEqual([206, "0", "bytes 0-0/10"]);
    expect(await part("bytes=7-")).toEqual([206, "789", "bytes 7-9/10"]);
    expect(await part("bytes=-3")).toEqual([206, "789", "bytes 7-9/10"]);
    expect(await part("bytes=9-99")).toEqual([206, "9", "bytes 9-9/10"]);
    expect(await part("bytes=-99")).toEqual([206, digits, "bytes 0-9/10"]);
    const { headers } = await get("/digits.bin", { Range: "bytes=2-4" });
    expect(headers).toMatchObject({ "content-length": "3", "cache-control": "no-cache" });
  });

  it("that the file does not have is said to be none", async () => {
    for (const range of ["bytes=10-", "bytes=10-12", "bytes=-0", `bytes=${"9".repeat(400)}-`]) {
      expect(await part(range), range).toEqual([416, "", "bytes */10"]);
    }
    await writeFile(join(app, "digits.bin"), "");
    expect(await part("bytes=0-")).toEqual([416, "", "bytes */0"]);
  });

  it("is the whole where it is several, none, or of what may be another file", async () => {
    for (const range of ["bytes=0-1,3-4", "bytes=4-2", "bytes=-", "bytes=a-b", "lines=1-2", ""]) {
      expect(await part(range), range).toEqual([200, digits, undefined]);
    }
    const { etag = "" } = (await get("/digits.bin")).headers;
    for (const tag of [etag, '"another"', new Date().toUTCString()]) {
      expect(await part("bytes=2-4", { "If-Range": tag })).toEqual([200, digits, undefined]);
    }
    expect(await part("bytes=2-4", { "If-None-Match": etag })).toEqual([304, "", undefined]);
    expect(await part("bytes=2-4", {}, "HEAD")).toEqual([200, "", undefined]);
  });

  it("is of the bytes that are sent: of a packed file, never of what is packed on its way", async () => {
    const ask = { Range: "bytes=1-3", "Accept-Encoding": "gzip, br" };
    const whole = await get("/assets/main-1.js", ask);
    expect([whole.status, gunzipSync(whole.body).toString()]).toEqual([200, code]);
    expect(whole.headers["accept-ranges"]).toBeUndefined();
    const packed = brotliCompressSync(code);
    await writeFile(join(app, "assets/main-1.js.br"), packed);
    const answer = await get("/assets/main-1.js", ask);
    expect([answer.status, answer.headers["content-encoding"]]).toEqual([206, "br"]);
    expect(answer.body).toEqual(packed.subarray(1, 4));
  });
});

describe("a new build", () => {
  it("is asked for again, and answered with 304 only while it is the same", async () => {
    const path = join(app, "index.html");
    await utimes(path, 1, 1);
    const before = await get("/", navigation);
    const tag = before.headers.etag!;
    const again = await get("/", { ...navigation, "If-None-Match": `"x", ${tag}` });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    expect(again.headers["cache-control"]).toBe("no-cache");
    expect(again.headers["content-security-policy"]).toContain("default-src 'self'");
    // Of the same size and, as some builds have it, with the same time.
    await writeFile(path, "<!doctype html><title>two</title>");
    await utimes(path, 1, 1);
    const after = await get("/", { ...navigation, "If-None-Match": tag });
    expect([after.status, after.body.toString()]).toEqual([
      200,
      "<!doctype html><title>two</title>",
    ]);
  });

  it("has other tags for other compressions of one file", async () => {
    await writeFile(join(app, "assets/main-1.js.br"), brotliCompressSync(code));
    const tags = new Set<string | undefined>();
    for (const accepted of ["", "gzip", "br"]) {
      tags.add((await get("/assets/main-1.js", { "Accept-Encoding": accepted })).headers.etag);
    }
    expect(tags.size).toBe(3);
  });

  it("is served while the server runs; what it took away is a 404", async () => {
    expect((await get("/assets/main-1.js")).status).toBe(200);
    await rm(join(app, "assets/main-1.js"));
    await writeFile(join(app, "assets/main-2.js"), "2");
    await writeFile(join(app, "index.html"), "<!doctype html>two");
    expect(await textOf("/assets/main-2.js")).toEqual({ status: 200, text: "2" });
    expect((await get("/assets/main-1.js", navigation)).status).toBe(404);
    expect((await textOf("/", navigation)).text).toBe("<!doctype html>two");
  });

  it("is served when its folder takes the other's place, by name or by link", async () => {
    const next = join(home, "next");
    await mkdir(next);
    await writeFile(join(next, "index.html"), "next");
    await symlink(app, join(home, "current"));
    await restart({ appFolder: join(home, "current") });
    await symlink(next, join(home, "moved"));
    await rename(join(home, "moved"), join(home, "current"));
    expect((await textOf("/", navigation)).text).toBe("next");
    await rm(next, { recursive: true });
    expect((await get("/", navigation)).status).toBe(404);
    await rename(app, next);
    expect((await textOf("/", navigation)).text).toContain("one");
  });
});

describe("nothing else is read", () => {
  const secret = "the secret";

  it("outside of the folder, nor what is hidden in it", async () => {
    await writeFile(join(home, "secret"), secret);
    await mkdir(join(app, ".git"));
    for (const name of [".env", ".git/config", "assets/.key"]) {
      await writeFile(join(app, name), secret);
    }
    await symlink(join(home, "secret"), join(app, "out.txt"));
    await symlink(home, join(app, "out"));
    await mkdir(`${app}-other`);
    await writeFile(`${app}-other/secret`, secret);
    await symlink(`${app}-other`, join(app, "near"));
    const paths = [
      ...["/../secret", "/%2e%2e/secret", "/..%2fsecret", "/..%5csecret", "/assets/../../secret"],
      ...["/assets/..%2f..%2fsecret", "/../app-other/secret", "/..%2fapp-other%2fsecret"],
      ...[
        "/.env",
        "/%2eenv",
        "/.git/config",
        "/assets/.key",
        "/out.txt",
        "/out/secret",
        "/near/secret",
      ],
      ...[`/${join(home, "secret")}`, `//${home}/secret`, `${server.url}../secret`, "*"],
    ];
    for (const path of paths) {
      for (const headers of [{}, navigation, { ...script, "Accept-Encoding": "gzip, br" }]) {
        const { status, text } = await textOf(path, headers);
        expect(text, path).not.toContain(secret);
        if (headers !== navigation) expect(status, path).toBe(404);
      }
    }
    expect(await textOf("/.env", navigation)).toMatchObject({ status: 404 });
  });

  it("by a link in place of a packed file; links within are followed", async () => {
    await writeFile(join(home, "secret"), secret);
    await symlink(join(home, "secret"), join(app, "assets/main-1.js.br"));
    const answer = await get("/assets/main-1.js", { "Accept-Encoding": "br" });
    expect(answer.body.toString()).toBe(code);
    await symlink(join(app, "assets/main-1.js"), join(app, "main.js"));
    expect((await textOf("/main.js")).text).toBe(code);
  });

  it("from names that can't be, and things that are no files", async () => {
    if (process.platform !== "win32") execFileSync("mkfifo", [join(app, "pipe")]);
    for (const path of ["/%", "/%ff", "/a%00b", "/pipe", "/assets/", `/${"x".repeat(5_000)}`]) {
      expect((await get(path, script)).status, path.slice(0, 20)).toBe(404);
    }
  });
});

describe("a file that is being sent", () => {
  const size = 64 * 1_048_576;

  async function begin(): Promise<IncomingMessage> {
    const asked = request(`${server.url}large.bin`, {
      ...{ agent: false, headers: { Connection: "keep-alive" } },
    });
    asked.on("error", () => undefined);
    asked.end();
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    return response;
  }

  beforeEach(async () => {
    await writeFile(join(app, "large.bin"), "");
    await truncate(join(app, "large.bin"), size);
  });

  it("does not look whole when it became shorter", async () => {
    const response = await begin();
    await truncate(join(app, "large.bin"), 1);
    const ended = await new Promise<string>((resolve) => {
      response.on("end", () => resolve("whole"));
      response.on("error", () => resolve("broken off"));
      response.resume();
    });
    expect(ended).toBe("broken off");
    expect((await get("/")).status).toBe(200);
  });

  it("is not made whole by the answer that follows it, when it became shorter", async () => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
    socket.write(ask("/large.bin") + ask("/healthz"));
    await once(socket, "readable");
    await truncate(join(app, "large.bin"), 1);
    const received: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => received.push(chunk));
    await new Promise((resolve) => socket.on("error", resolve).on("close", resolve));
    expect(Buffer.concat(received).toString("latin1").split("HTTP/1.1 ").length).toBe(2);
  });

  it.skipIf(process.platform !== "linux")(
    "is closed when the client leaves [where /proc tells of open files]",
    async () => {
      const open = () => readdirSync("/proc/self/fd").length;
      await get("/large.bin", {}, "HEAD");
      await writeFile(join(app, "assets/main-1.js.br"), "packed from another");
      await utimes(join(app, "assets/main-1.js.br"), 1, 1);
      const before = open();
      for (let turn = 0; turn < 8; turn += 1) (await begin()).destroy();
      await get("/", { "If-None-Match": "*" });
      await get("/assets/main-1.js", { "Accept-Encoding": "br, gzip" });
      await expect.poll(open).toBeLessThanOrEqual(before);
    },
  );
});

describe("who may open an app", () => {
  const ask = async (Host: string) => (await textOf("/", { ...navigation, Host })).status;

  it("is whoever asks for this machine, or for an address: a name may only seem ours", async () => {
    for (const host of ["localhost:4747", "127.0.0.1", "[::1]:4747", "192.0.2.7:4747"]) {
      expect(await ask(host), host).toBe(200);
    }
    for (const host of ["rebound.example", "localhost.evil.example:4747"]) {
      expect(await ask(host), host).toBe(421);
    }
    const { text } = await textOf("/", { ...navigation, Host: "rebound.example" });
    expect(text).toContain(`open it by its address: ${server.url}\n`);
    expect((await get("/healthz", { Host: "rebound.example" })).status).toBe(200);
  });

  it("is whoever asks for any name, where a key protects what is behind it", async () => {
    await restart({ credentialKey: "correct horse battery" });
    expect(await ask("notes.example")).toBe(200);
    const { headers } = await get("/", { ...navigation, Host: "notes.example" });
    expect(headers["content-security-policy"]).toContain("wss://notes.example;");
  });
});

describe("the status page", () => {
  it("is at / too where there is no app", async () => {
    await server.close();
    server = await startServer({ dataFolder: join(home, "data"), port: 0, logger: null });
    for (const path of ["/", "/status"]) {
      expect((await textOf(path)).text).toContain(server.syncUrl);
    }
    expect(await textOf("/pages/7", navigation)).toMatchObject({ status: 404 });
  });
});
