// The verbs of a cluster: wrong flags, three nodes with one command, and where they stand.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, inject, it } from "vitest";
import { holdfastProgram } from "../../../tools/bundled_program.ts";
import { Authority } from "../../../tools/certificates.ts";
import { claimPorts } from "../../../tools/free_ports.ts";

const holdfast = await holdfastProgram(inject("runFolder"));
let folder: string;
let running: ChildProcess[];

beforeEach(async () => {
  running = [];
  folder = await mkdtemp(join(tmpdir(), "holdfast-cluster-"));
});

afterEach(async () => {
  for (const child of running) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await once(child, "close");
    }
  }
  await rm(folder, { recursive: true });
});

function start(...args: readonly string[]): { child: ChildProcess; said: () => string } {
  const child = spawn(process.execPath, [holdfast, ...args], { cwd: folder });
  let text = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on("data", (chunk) => {
      text += chunk;
    });
  }
  running.push(child);
  return { child, said: () => text };
}

async function run(...args: readonly string[]): Promise<{ code: number | null; text: string }> {
  const { child, said } = start(...args);
  await once(child, "close");
  return { code: child.exitCode, text: said() };
}

it("says what is wrong with the flags of a cluster", async () => {
  const nodes = "a=127.0.0.1:1,b=127.0.0.1:2";
  const wrong = await Promise.all([
    run("serve", "--cluster", nodes),
    run("serve", "--cluster", nodes, "--node", "c"),
    run("serve", "--cluster", "a,b", "--node", "a"),
    run("serve", "--cluster", "a=10.1.2.3:4801", "--node", "a"),
    run("status", "nowhere"),
  ]);
  expect(wrong.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2]);
  const sentences = ["go together", "none of a, b", "name=host:port", "could pass for", "no URL"];
  for (const [index, sentence] of sentences.entries())
    expect(wrong[index]!.text).toContain(sentence);
});

it("runs three nodes with one command, says where they stand, and ends them all", async () => {
  const port = await claimPorts(inject("runFolder"));
  const urls = [0, 1, 2].map((node) => `http://127.0.0.1:${port + node}/`);
  const dev = start("dev", "--nodes", "3", "--port", String(port), "--history", "10");
  const listening = () => dev.said().match(/Holdfast is listening/g)?.length ?? 0;
  await expect.poll(listening, { timeout: 30_000 }).toBe(3);
  const [one, two, three] = urls.map((url) => `${url}v1/kv/greeting`);
  expect((await fetch(one!, { method: "PUT", body: "hello" })).status).toBe(200);
  for (const url of [two!, three!]) expect(await (await fetch(url)).text()).toBe("hello");

  const status = await run("status", ...urls);
  expect(status.code).toBe(0);
  expect(status.text.match(/ leader /g)?.length, status.text).toBe(2); // the head, and one node
  expect(status.text.match(/ follower /g)?.length).toBe(2);
  expect(status.text.match(/ \(not yet\)$/gm)?.length).toBe(3);

  const backup = await run("backup", urls[2]!, "backups");
  expect([backup.code, backup.text]).toEqual([0, expect.stringContaining("version")]);
  expect((await fetch(two!, { method: "PUT", body: "hello again" })).status).toBe(200);
  // Of another node: what came since.
  const next = await run("backup", urls[0]!, "backups");
  expect([next.code, next.text]).toEqual([0, expect.stringMatching(/: 1 commits, .* version/)]);

  dev.child.kill("SIGTERM");
  await once(dev.child, "close");
  expect(dev.child.exitCode).toBe(0);
  expect((await run("restore", "backups", "restored")).code).toBe(0);
  const alone = start("serve", "--data", "restored", "--port", String(port + 3));
  await expect.poll(alone.said, soon).toContain("listening");
  const kept = await fetch(`http://127.0.0.1:${port + 3}/v1/kv/greeting`);
  expect(await kept.text()).toBe("hello again");
  const gone = await run("status", ...urls);
  expect(gone.code).toBe(3);
  expect(gone.text).toContain("3 of 3 servers did not answer");
});

it("says whether the rows of nodes were the same when they were last compared", async () => {
  const checks = [
    { index: 10_234, version: 41_207, agreeing: ["a", "b", "c"], differing: [] },
    { index: 10_234, version: 41_207, agreeing: ["a", "b"], differing: ["c"] },
  ];
  const servers = checks.map((check) => {
    const standing = { role: "leader", term: 2, leader: "a", committed: 10_240, applied: 10_240 };
    const members = { voters: ["a", "b", "c"], learners: [], peers: [] };
    const cluster = { node: "a", durable: 9_000, version: 41_300, ...standing, ...members, check };
    const health = { status: "ok", cluster };
    return createServer((socket) => {
      socket.once("data", () => {
        socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${JSON.stringify(health)}`);
      });
    }).listen(0, "127.0.0.1");
  });
  await Promise.all(servers.map((server) => once(server, "listening")));
  const urls = servers.map(
    (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
  );
  const { code, text } = await run("status", ...urls);
  for (const server of servers) server.close();
  expect([code, text]).toEqual([0, expect.stringMatching(/ 3 of 3 alike at version 41207$/m)]);
  expect(text).toMatch(/ DIFFERS from c at version 41207$/m);
});

/** Nodes of one cluster, each a process. */
class Nodes {
  readonly #port: number;
  readonly #names: string[] = [];
  readonly #begun: string;

  private constructor(port: number, begun: readonly string[]) {
    this.#port = port;
    for (const name of begun) this.#names.push(name);
    this.#begun = begun.map((name) => this.place(name)).join();
  }

  static async of(...begun: readonly string[]): Promise<Nodes> {
    return new Nodes(await claimPorts(inject("runFolder")), begun);
  }

  place(name: string): string {
    if (!this.#names.includes(name)) this.#names.push(name);
    return `${name}=127.0.0.1:${this.#port + 100 + this.#names.indexOf(name)}`;
  }

  url(name: string): string {
    return `http://127.0.0.1:${this.#port + this.#names.indexOf(name)}/`;
  }

  start(name: string, ...more: readonly string[]) {
    const cluster = more.includes("--join") ? this.place(name) : this.#begun;
    return start("serve", "--cluster", cluster, "--node", name, ...this.own(name), ...more);
  }

  own(name: string): readonly string[] {
    return ["--data", name, "--port", String(this.#port + this.#names.indexOf(name))];
  }

  async members(asked: string): Promise<Record<string, string>> {
    const response = await fetch(`${this.url(asked)}v1/cluster/members`);
    const { members } = (await response.json()) as {
      members: readonly { readonly node: string; readonly part: string }[];
    };
    return Object.fromEntries(members.map(({ node, part }) => [node, part]));
  }

  /** The status of the answer. */
  async order(asked: string, order: Readonly<Record<string, string>>): Promise<number> {
    const body = JSON.stringify(order);
    const url = `${this.url(asked)}v1/cluster/orders`;
    return (await fetch(url, { method: "POST", body })).status;
  }

  /** The status of the answer. */
  async put(asked: string, key: string): Promise<number> {
    return (await fetch(`${this.url(asked)}v1/kv/${key}`, { method: "PUT", body: key })).status;
  }

  async get(asked: string, key: string): Promise<string> {
    return (await fetch(`${this.url(asked)}v1/kv/${key}`)).text();
  }

  async leader(asked: string): Promise<string | null> {
    const response = await fetch(`${this.url(asked)}healthz`);
    const { cluster } = (await response.json()) as { cluster: { leader: string | null } };
    return cluster.leader;
  }
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "close");
}

const voters = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, "voter"]));
const soon = { timeout: 20_000, interval: 50 };

it("adds a node, has it lead, removes it; tells a wiped disk, replaces it, and loses nothing", async () => {
  const nodes = await Nodes.of("a", "b", "c");
  const started = new Map(["a", "b", "c"].map((name) => [name, nodes.start(name)] as const));
  for (const { said } of started.values()) await expect.poll(said, soon).toContain("listening");
  const command = (...words: readonly string[]) =>
    run("cluster", ...words, "--server", nodes.url("a"));
  expect(await nodes.put("a", "first")).toBe(200);
  expect(await nodes.order("a", { type: "add", node: "b", address: "127.0.0.1:9" })).toBe(400);
  expect(await nodes.order("a", { type: "add", node: "d", address: "10.1.2.3:9" })).toBe(400);
  expect(await nodes.order("a", { type: "remove", node: "nobody" })).toBe(404);

  const d = nodes.start("d", "--join");
  const added = await command("add", nodes.place("d"));
  expect([added.code, added.text]).toEqual([0, expect.stringContaining("--join --cluster d=")]);
  await expect.poll(() => nodes.members("a"), soon).toEqual(voters("a", "b", "c", "d"));
  await expect.poll(d.said, soon).toContain("listening");
  expect(await nodes.get("d", "first")).toBe("first");

  expect(await nodes.order("b", { type: "transfer", to: "d" })).toBe(200);
  expect(await nodes.leader("d")).toBe("d");
  expect(await nodes.order("b", { type: "remove", node: "d" })).toBe(200);
  await once(d.child, "close");
  expect([d.child.exitCode, d.said()]).toEqual([3, expect.stringContaining("was removed from")]);
  expect(await nodes.put("a", "second")).toBe(200);
  expect(await nodes.members("a")).toEqual(voters("a", "b", "c"));

  await kill(started.get("c")!.child);
  await rm(join(folder, "c"), { recursive: true });
  const wiped = nodes.start("c");
  await once(wiped.child, "close");
  expect(wiped.child.exitCode).toBe(3);
  expect(wiped.said()).toContain('"holdfast cluster replace c NEW=HOST:PORT"');

  expect(await nodes.put("a", "third")).toBe(200);
  // While there is an election, it is refused for that.
  const refused = async () =>
    await command("remove", (await nodes.leader("a")) === "a" ? "b" : "a");
  await expect.poll(async () => (await refused()).text, soon).toContain("no majority");
  const replaced = { type: "replace", node: "c", by: "e", address: nodes.place("e").slice(2) };
  expect(await nodes.order("a", replaced)).toBe(200);
  expect(await nodes.order("a", { type: "remove", node: "b" })).toBe(409);
  const e = nodes.start("e", "--join");
  await expect.poll(() => nodes.members("b"), soon).toEqual(voters("a", "b", "e"));
  await expect.poll(e.said, soon).toContain("listening");
  expect(await nodes.put("a", "fourth")).toBe(200);

  await kill(started.get("a")!.child);
  for (const key of ["first", "second", "third", "fourth"]) {
    await expect.poll(() => nodes.get("e", key), soon).toBe(key);
  }

  const shown = await run("cluster", "members", "--server", nodes.url("b"));
  expect([shown.code, shown.text]).toEqual([
    0,
    expect.stringMatching(/a +voter.*e +leader|b +leader/s),
  ]);

  await kill(started.get("b")!.child);
  const recover = ["cluster", "recover", "--data", "e", "--i-accept-data-loss"];
  const inUse = await run(...recover);
  expect([inUse.code, inUse.text]).toEqual([3, expect.stringContaining("is in use")]);
  await kill(e.child);
  expect((await run(...recover.slice(0, -1))).code).toBe(2);
  const recovered = await run(...recover);
  expect([recovered.code, recovered.text]).toEqual([
    0,
    expect.stringMatching(/was holdfast of a, b, e\..*given up.*--cluster e=127/s),
  ]);
  const alone = start("serve", "--cluster", nodes.place("e"), "--node", "e", ...nodes.own("e"));
  await expect.poll(alone.said, soon).toContain("listening");
  for (const key of ["first", "fourth"]) expect(await nodes.get("e", key)).toBe(key);
  expect(await nodes.put("e", "fifth")).toBe(200);
  // One of the cluster before is heard by nobody.
  const old = nodes.start("b");
  await expect.poll(old.said, soon).toMatch(/this is e of cluster holdfast~/);
  expect(await nodes.members("e")).toEqual(voters("e"));
}, 90_000);

it("begins a cluster with a backup, after a restore that was killed, and hears no node of before", async () => {
  const nodes = await Nodes.of("a", "b", "c");
  const single = start("serve", "--data", "single", ...nodes.own("a").slice(2));
  await expect.poll(single.said, soon).toContain("listening");
  expect(await nodes.put("a", "kept")).toBe(200);
  const { child } = single;
  child.kill("SIGTERM");
  await once(child, "close");
  expect((await run("backup", "single", "backups")).code).toBe(0);

  const flags = [
    "--cluster",
    ["a", "b", "c"].map((name) => nodes.place(name)).join(),
    "--node",
    "a",
  ];
  expect((await run("restore", "backups", "a", ...flags.slice(0, 2))).code).toBe(2);
  const cut = start("restore", "backups", "a", ...flags);
  const isBegun = () => existsSync(join(folder, "a/restoring"));
  await expect.poll(isBegun, { timeout: 20_000, interval: 1 }).toBe(true);
  await kill(cut.child);
  if (!existsSync(join(folder, "a/raft"))) {
    const refused = await run("serve", ...flags, ...nodes.own("a"));
    expect([refused.code, refused.text]).toEqual([3, expect.stringContaining("was cut short")]);
  }
  const restored = await run("restore", "backups", "a", ...flags, "--replace");
  const cluster = /--cluster-name (holdfast~[0-9a-f]{8}) --node b --join/.exec(restored.text)?.[1];
  expect([restored.code, cluster], restored.text).toEqual([0, expect.any(String)]);
  expect((await run("serve", "--data", "a")).text).toContain("Serve it with --cluster and --node");

  const joining = ["--join", "--cluster-name", cluster!];
  const [a, b] = [nodes.start("a"), nodes.start("b", ...joining)];
  const c = nodes.start("c", ...joining);
  for (const { said } of [a, b, c]) await expect.poll(said, soon).toContain("listening");
  expect(await nodes.get("c", "kept")).toBe("kept");
  expect(await nodes.put("b", "later")).toBe(200);
  expect(await nodes.members("a")).toEqual(voters("a", "b", "c"));
  await kill(a.child);
  for (const key of ["kept", "later"]) {
    await expect.poll(() => nodes.get("b", key), soon).toBe(key);
  }
  const verified = await run("verify", "a");
  expect([verified.code, verified.text]).toEqual([
    0,
    expect.stringContaining(`node       a of cluster ${cluster}\nlog        entries `),
  ]);
  // Who forgets the new name, as a node of the cluster before has it.
  const old = start("serve", ...flags, "--data", "old", ...nodes.own("a").slice(2));
  await expect.poll(old.said, soon).toMatch(/this is [bc] of cluster holdfast~/);
  // From then on a node knows its cluster, and is started as ever.
  await kill(c.child);
  const again = nodes.start("c");
  await expect.poll(again.said, soon).toContain("listening");
  expect(await nodes.get("c", "later")).toBe("later");
}, 90_000);

it("hears only nodes whose certificates have their names or hosts", async (context) => {
  const authority = await Authority.make(folder, "authority");
  if (authority === null) {
    console.log("skipped: openssl is not installed, which makes certificates");
    context.skip();
    return;
  }
  const nodes = await Nodes.of("a", "b", "c");
  const names = { a: "DNS:a", b: "IP:127.0.0.1", c: "DNS:a" };
  const [a, b, c] = await Promise.all(
    Object.entries(names).map(async ([name, alternatives]) => {
      const { certificateFile, keyFile } = await authority.certify(name, alternatives);
      const files = ["--peer-cert", certificateFile, "--peer-key", keyFile];
      return nodes.start(name, ...files, "--peer-ca", authority.file);
    }),
  );
  await expect.poll(a!.said, soon).toContain("listening");
  await expect.poll(b!.said, soon).toContain("listening");
  await expect.poll(a!.said, soon).toContain("calls itself c is of somebody else");
  expect(await nodes.put("a", "first")).toBe(200);
  expect(await nodes.get("b", "first")).toBe("first");
  expect(c!.said()).not.toContain("listening");
  const alone = ["--node", "a", "--data", "x"];
  const half = await run("serve", "--cluster", nodes.place("a"), ...alone, "--peer-cert", "x");
  expect([half.code, half.text]).toEqual([2, expect.stringContaining("go together")]);
}, 60_000);

it("refuses nodes whose certificates are not valid yet, or no more, and says so", async (context) => {
  const authority = await Authority.make(folder, "authority");
  if (authority === null) {
    console.log("skipped: openssl is not installed, which makes certificates");
    context.skip();
    return;
  }
  const nodes = await Nodes.of("a", "b", "c");
  const certificates = {
    a: await authority.certify("a", "DNS:a"),
    b: await authority.certifyFor("b", "DNS:b", ["20480101", "20480102"]),
    c: await authority.certifyFor("c", "DNS:c", ["20200101", "20200102"]),
  };
  const [a, b, c] = Object.entries(certificates).map(([name, { certificateFile, keyFile }]) => {
    const files = ["--peer-cert", certificateFile, "--peer-key", keyFile];
    return nodes.start(name, ...files, "--peer-ca", authority.file);
  });
  await expect.poll(a!.said, soon).toMatch(/certificate is not yet valid.*refused a node/);
  await expect.poll(a!.said, soon).toMatch(/certificate has expired.*refused a node/);
  // Two of three that hear each other would have agreed by now, and served.
  for (const node of [a, b, c]) expect(node!.said()).not.toContain("listening");
}, 60_000);

it("ends all nodes of a cluster for development where one fails", async () => {
  const port = await claimPorts(inject("runFolder"));
  const other = createServer().listen(port + 1, "127.0.0.1");
  await once(other, "listening");
  const { code, text } = await run("dev", "--nodes", "3", "--port", String(port));
  other.close();
  expect([code, text]).toEqual([3, expect.stringContaining("Node b failed, and the others")]);
}, 60_000);
