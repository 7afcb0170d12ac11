// Listens, connects, says a word each way, closes, and has then nothing left to do.

import { nodeWorld } from "@holdfast/world/node";

const { network } = nodeWorld();
const listener = await network.listen("ws://127.0.0.1:0/talk");
const client = await network.connect(listener.address);
const server = (await listener.accept())!;
client.send(new Uint8Array([1]));
server.send((await server.receive())!);
console.log(`heard ${await client.receive()}`);
client.close("bye");
await server.closed;
await listener.close();
