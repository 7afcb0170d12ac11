// The networks of this package, on the contract of all.

import { MemoryNetwork } from "@holdfast/world";
import { NodeNetwork } from "@holdfast/world/node";
import { testNetwork } from "../../../tools/contracts/network_cases.ts";

let addresses = 0;
function memoryAddress(): string {
  addresses += 1;
  return `server ${addresses}`;
}

testNetwork({
  name: "memory",
  network: new MemoryNetwork(),
  address: memoryAddress,
  nobody: "nobody",
});
testNetwork({
  name: "node",
  network: new NodeNetwork(),
  address: () => "ws://127.0.0.1:0/sync",
  nobody: "ws://127.0.0.1:1/sync",
});
