// Where clients of the store connect. Who may is as for keys over HTTP: whoever presents
// the key that the server asks for; and of pages, those of this very origin.

import type { Store } from "@holdfast/store";
import type { World } from "@holdfast/world";
import { listenWebSocket, sameOrigin, type UpgradeSource } from "@holdfast/world/node";
import { type StoreGateway, serveStore, storeClientsMax } from "../../kv/store_gateway.ts";
import type { GatewayOptions } from "./key_value_gateway.ts";

/** The path that takes the WebSockets of clients. */
export const storePath = "/v1/store";

/** What the endpoint needs. */
export interface StoreEndpointOptions extends Omit<GatewayOptions, "clock"> {
  readonly world: Pick<World, "clock">;
  /** Requests for WebSockets. */
  readonly server: UpgradeSource;
  readonly store: Store;
  /** 16 bytes that name the store. */
  readonly identity: Uint8Array;
}

/** Takes clients until it is closed. */
export function openStoreEndpoint(options: StoreEndpointOptions): StoreGateway {
  const { world, server, store, identity, credentials, acceptHost, onFailed } = options;
  const listener = listenWebSocket({
    ...{ server, path: storePath, connectionsMax: storeClientsMax },
    acceptOrigin: (origin, host) => acceptHost(host) && sameOrigin(origin, host),
  });
  return serveStore({ world, store, identity, listener, credentials, onFailed });
}
