// The simulated network keeps the contract that all networks keep.

import { testNetwork } from "../../../tools/contracts/network_cases.ts";
import { networkProfiles } from "../src/index.ts";
import { NetworkRun } from "./network_run.ts";

let addresses = 0;
const address = (): string => {
  addresses += 1;
  return `ws://server-${addresses}/sync`;
};

const lan = new NetworkRun({ isFree: true });
testNetwork({ name: "simulated", network: lan.host("a").network, address, nobody: "nobody" });

const wifi = new NetworkRun({ isFree: true, seed: 2 });
const [client, server] = [wifi.host("a"), wifi.host("b")];
wifi.model.setProfile(networkProfiles.badWifi);
testNetwork({
  name: "simulated bad",
  network: {
    listen: (at) => server.network.listen(at),
    connect: (to, signal) => client.network.connect(to, signal),
  },
  address,
  nobody: "nobody",
});
