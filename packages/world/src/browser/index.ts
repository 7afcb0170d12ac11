// The World of a page in a browser. See ../../README.md.

export { BrowserClock } from "./clock.ts";
export { BrowserNetwork, handshakeMsMax } from "./network.ts";
export { BrowserRandom } from "./random.ts";
export { inboxSizeBytesMax } from "./web_socket_connection.ts";
export { browserWorld } from "./world.ts";
