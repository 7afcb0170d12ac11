// The World of a Node process. See ../../README.md.

export { NodeClock } from "./clock.ts";
export { NodeDisk } from "./disk.ts";
export {
  handshakeMsMax,
  NodeNetwork,
  type NodeNetworkOptions,
  type PeerCertificate,
} from "./network.ts";
export { NodeRandom } from "./random.ts";
export { inboxSizeBytesMax, silenceMs } from "./web_socket_connection.ts";
export {
  acceptQueueCountMax,
  connectionsMaxDefault,
  listenWebSocket,
  sameOrigin,
  type UpgradeSource,
  type WebSocketListenerOptions,
} from "./web_socket_listener.ts";
export { nodeWorld } from "./world.ts";
