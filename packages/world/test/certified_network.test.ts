// Connections both ends of which show a certificate: who is let in, and whose it is.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Authority } from "../../../tools/certificates.ts";
import { NodeNetwork } from "../src/node/index.ts";

const folder = await mkdtemp(join(tmpdir(), "holdfast-certificates-"));
const authority = await Authority.make(folder, "authority");
if (authority === null) console.log("skipped: openssl is not installed, which makes certificates");
afterAll(() => rm(folder, { recursive: true }));

describe.skipIf(authority === null)("certificates", () => {
  let [a, b, strange]: NodeNetwork[] = [];
  beforeAll(async () => {
    const other = await Authority.make(folder, "other");
    a = new NodeNetwork({ peers: await authority!.certify("a", "DNS:a,IP:127.0.0.1") });
    b = new NodeNetwork({ peers: await authority!.certify("b", "DNS:b.example,DNS:*.wild") });
    strange = new NodeNetwork({ peers: await other!.certify("strange", "DNS:a") });
  });

  test("each end knows whose certificate the other has", async () => {
    const listener = await a!.listen("wss://127.0.0.1:0/raft");
    expect(listener.address).toMatch(/^wss:\/\/127\.0\.0\.1:\d+\/raft$/);
    const [dialled, accepted] = await Promise.all([
      b!.connect(listener.address),
      listener.accept(),
    ]);
    for (const [name, isOf] of [
      ...[["a", true] as const, ["127.0.0.1", true] as const, ["127.0.0.2", false] as const],
      ...[["b.example", false] as const, ["", false] as const, [".a", false] as const],
    ]) {
      expect([name, dialled.proves?.(name)]).toEqual([name, isOf]);
    }
    for (const name of ["a", "b", ".example", "x.wild", "example"]) {
      expect([name, accepted?.proves?.(name)]).toEqual([name, false]);
    }
    expect(accepted?.proves?.("b.example")).toBe(true);
    dialled.send(Uint8Array.of(1));
    expect(await accepted?.receive()).toEqual(Uint8Array.of(1));
    dialled.close("done");
    await accepted?.closed;
    await listener.close();
  });

  test("nobody is let in without one, nor with one of another authority; neither end", async () => {
    const listener = await a!.listen("wss://127.0.0.1:0/raft");
    const { port } = new URL(listener.address);
    const refusals = [
      new NodeNetwork().connect(listener.address),
      new NodeNetwork().connect(`ws://127.0.0.1:${port}/raft`),
    ];
    for (const each of refusals) await expect(each).rejects.toMatchObject({ code: "unavailable" });
    const code = "unauthenticated";
    await expect(strange!.connect(listener.address)).rejects.toMatchObject({ code });
    await listener.close();
    const impostor = await strange!.listen("wss://127.0.0.1:0/raft");
    await expect(a!.connect(impostor.address)).rejects.toMatchObject({ code });
    await impostor.close();
  });

  test("nor with one that is no more valid, or not yet; neither end", async () => {
    const listener = await a!.listen("wss://127.0.0.1:0/raft");
    for (const [name, days, sentence] of [
      ["old", ["20200101", "20200102"], /certificate has expired/],
      ["early", ["20480101", "20480102"], /certificate is not yet valid/],
    ] as const) {
      const peers = await authority!.certifyFor(name, "DNS:a", days);
      const other = new NodeNetwork({ peers });
      const theirs = await other.listen("wss://127.0.0.1:0/raft");
      const refused = { code: "unauthenticated", message: expect.stringMatching(sentence) };
      await expect(a!.connect(theirs.address)).rejects.toMatchObject(refused);
      await expect(other.connect(listener.address)).rejects.toMatchObject({ code: "unavailable" });
      await theirs.close();
    }
    await listener.close();
  });

  test("an address without protection, and files that are no certificates, are refused", async () => {
    const code = "invalid_argument";
    await expect(a!.listen("ws://127.0.0.1:0/raft")).rejects.toMatchObject({ code });
    await expect(a!.connect("ws://127.0.0.1:1/raft")).rejects.toMatchObject({ code });
    const nothing = { certificate: "", key: "x", authority: "" };
    expect(() => new NodeNetwork({ peers: nothing })).toThrow(/certificate/);
  });
});
