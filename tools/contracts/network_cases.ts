// One contract, every network.

import { type Connection, type Listener, messageSizeBytesMax, type Network } from "@holdfast/world";
import { describe, expect, test } from "vitest";

/** A network, and what is an address there. */
export interface TestedNetwork {
  readonly name: string;
  readonly network: Network;
  /** One that nobody uses. */
  readonly address: () => string;
  /** One where nobody listens. */
  readonly nobody: string;
}

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
const code = (expected: string) => ({ name: "HoldfastError", code: expected });

interface Pair {
  readonly client: Connection;
  readonly server: Connection;
  readonly listener: Listener;
}

/** Declares the tests of one network: whatever carries messages passes them. */
export function testNetwork({ name, network, address, nobody }: TestedNetwork): void {
  describe(`the ${name} network`, () => {
    async function connected(use: (pair: Pair) => Promise<void>): Promise<void> {
      const listener = await network.listen(address());
      const client = await network.connect(listener.address);
      const server = await listener.accept();
      try {
        await use({ client, server: server!, listener });
      } finally {
        client.close("the test is over");
        server!.close("the test is over");
        await Promise.all([client.closed, server!.closed, listener.close()]);
      }
    }

    test("carries messages of every size in order, both ways", async () => {
      await connected(async ({ client, server }) => {
        for (const [from, to] of [
          [client, server],
          [server, client],
        ] as const) {
          const sizes = [0, 1, 125, 126, 65_535, 65_536, messageSizeBytesMax, 0, 3];
          for (const [index, size] of sizes.entries()) from.send(new Uint8Array(size).fill(index));
          for (const [index, size] of sizes.entries()) {
            const message = await to.receive();
            expect(message).toHaveLength(size);
            expect(message!.every((byte) => byte === index)).toBe(true);
            expect(message!.constructor).toBe(Uint8Array);
          }
        }
      });
    });

    test("a message that arrived is the receiver's own", async () => {
      await connected(async ({ client, server }) => {
        const sent = bytes(1, 2, 3);
        client.send(sent);
        const message = await server.receive();
        message![0] = 9;
        expect(sent).toEqual(bytes(1, 2, 3));
      });
    });

    test("refuses a message that is too large, and goes on", async () => {
      await connected(async ({ client, server }) => {
        const tooLarge = new Uint8Array(messageSizeBytesMax + 1);
        expect(() => client.send(tooLarge)).toThrow(expect.objectContaining(code("too_large")));
        client.send(bytes(7));
        expect(await server.receive()).toEqual(bytes(7));
      });
    });

    test("closing tells the other side why, after what was sent", async () => {
      await connected(async ({ client, server }) => {
        client.send(bytes(1));
        client.send(bytes(2));
        client.close("enough");
        client.close("twice");
        expect(await server.closed).toEqual({ kind: "normal", reason: "enough" });
        expect(await client.closed).toEqual({ kind: "normal", reason: "enough" });
        expect(await server.receive()).toEqual(bytes(1));
        expect(await server.receive()).toEqual(bytes(2));
        expect(await server.receive()).toBeNull();
        expect(await server.receive()).toBeNull();
        expect(await client.receive()).toBeNull();
        client.send(bytes(3));
        server.send(bytes(3));
        expect(client.bufferedBytes).toBe(0);
        await server.drained(0);
      });
    });

    test("closing wakes who waits for a message, on both sides", async () => {
      await connected(async ({ client, server }) => {
        const waiting = Promise.all([client.receive(), server.receive()]);
        server.close("enough");
        expect(await waiting).toEqual([null, null]);
      });
    });

    test("clips a reason that is too long, in whole characters", async () => {
      await connected(async ({ client, server }) => {
        client.close("é😀".repeat(100));
        const { kind, reason } = await server.closed;
        expect(kind).toBe("normal");
        expect(reason).toBe("é😀".repeat(20));
      });
    });

    test("who doesn't take holds the sender back; who takes then gets all, in order", async () => {
      await connected(async ({ client, server }) => {
        const messages = 160;
        for (let index = 0; index < messages; index += 1) {
          client.send(new Uint8Array(262_144).fill(index));
        }
        expect(client.bufferedBytes).toBeGreaterThan(8 * 1_048_576);
        let drained = false;
        const draining = client.drained(0).then(() => {
          drained = true;
        });
        await new Promise((resolve) => setTimeout(resolve, 300));
        expect(drained).toBe(false);
        expect(client.bufferedBytes).toBeGreaterThan(8 * 1_048_576);
        const half = client.drained(client.bufferedBytes / 2);
        for (let index = 0; index < messages; index += 1) {
          expect((await server.receive())![0]).toBe(index);
        }
        await half;
        await draining;
        expect(client.bufferedBytes).toBe(0);
      });
    });

    test("a flood of empty messages arrives whole", async () => {
      await connected(async ({ client, server }) => {
        const messages = 100_000;
        for (let count = 0; count < messages; count += 1) client.send(bytes());
        client.send(bytes(1));
        let taken = 0;
        while ((await server.receive())!.length === 0) taken += 1;
        expect(taken).toBe(messages);
      });
    });

    test("who waits for room is let go when the connection ends", async () => {
      await connected(async ({ client, server }) => {
        for (let count = 0; count < 100; count += 1)
          client.send(new Uint8Array(messageSizeBytesMax));
        const draining = client.drained(0);
        client.close("enough");
        server.close("enough");
        await draining;
      });
    });

    test("takes one call to receive at a time", async () => {
      await connected(async ({ client, server }) => {
        const first = server.receive();
        await expect(server.receive()).rejects.toMatchObject(code("invalid_argument"));
        client.send(bytes(1));
        expect(await first).toEqual(bytes(1));
      });
    });

    test("many connections at one listener, each its own", async () => {
      const listener = await network.listen(address());
      const clients = [];
      for (let index = 0; index < 20; index += 1) {
        const client = await network.connect(listener.address);
        client.send(bytes(index));
        clients.push(client);
      }
      for (let index = 0; index < 20; index += 1) {
        const server = await listener.accept();
        server!.send((await server!.receive())!);
      }
      for (const [index, client] of clients.entries()) {
        expect(await client.receive()).toEqual(bytes(index));
        client.close("done");
      }
      await listener.close();
    });

    test("a closed listener takes no more, lets go of its accepted ones, and frees its address", async () => {
      const listener = await network.listen(address());
      const client = await network.connect(listener.address);
      const server = await listener.accept();
      await expect(network.listen(listener.address)).rejects.toMatchObject(code("address_in_use"));
      const neverAccepted = await network.connect(listener.address);
      await listener.close();
      await listener.close();
      expect(await listener.accept()).toBeNull();
      expect((await neverAccepted.closed).kind).toBe("normal");
      await expect(network.connect(listener.address)).rejects.toMatchObject(code("unavailable"));
      client.send(bytes(1));
      expect(await server!.receive()).toEqual(bytes(1));
      client.close("done");
      await server!.closed;
      const again = await network.listen(listener.address);
      await again.close();
    });

    test("closing a listener wakes who waits to accept", async () => {
      const listener = await network.listen(address());
      const waiting = listener.accept();
      await listener.close();
      expect(await waiting).toBeNull();
    });

    test("says when nobody answers, the caller gave up, or the address makes no sense", async () => {
      await expect(network.connect(nobody)).rejects.toMatchObject(code("unavailable"));
      await expect(network.connect("")).rejects.toMatchObject(code("invalid_argument"));
      await expect(network.listen("")).rejects.toMatchObject(code("invalid_argument"));
      const aborted = AbortSignal.abort();
      await expect(network.connect(nobody, aborted)).rejects.toMatchObject(code("cancelled"));
    });
  });
}
