// Addresses of WebSockets: `ws://host:port/path`, and `wss://` where there is TLS.

import { HoldfastError } from "@holdfast/std";

/**
 * Reads an address.
 *
 * @param protocols - Which ones will do, as `ws:`.
 * @throws {HoldfastError} `invalid_argument` with the forms that would do.
 */
export function parseWebSocketAddress(address: string, protocols: readonly string[]): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !protocols.includes(url.protocol) || url.hash !== "") {
    const sentence = `not an address of the form ${protocols.join(" or ")}//host:port/path: ${address}`;
    throw new HoldfastError("invalid_argument", sentence);
  }
  return url;
}
