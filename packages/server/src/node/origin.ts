// Which web pages may open a socket to us.
//
// A browser lets any page open a WebSocket to any host, ours on loopback too, and
// says in the Origin header which page it was. A page whose name was made to point
// at 127.0.0.1 after it was loaded ("DNS rebinding") even names that host as both
// its origin and ours. So a name counts as our own only where a credential protects
// what is behind it, or where it can only be this machine's; an address, which nobody
// can point elsewhere, wherever it is the one that was asked.

import { isIP } from "node:net";
import { sameOrigin } from "@holdfast/world/node";

const loopbackNames = ["localhost", "127.0.0.1", "[::1]"];

/** Tells whether `host`, as a name or an address, is this machine's own. */
export function isLoopback(host: string): boolean {
  return loopbackNames.includes(host) || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/**
 * Tells whether a page from `origin` may connect to what it calls `host`.
 * Programs that are no browsers send no Origin, and may.
 *
 * @param isProtected - Whether a credential is asked for.
 */
export function acceptOrigin(
  origin: string | undefined,
  host: string | undefined,
  isProtected: boolean,
): boolean {
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  const { hostname } = new URL(origin);
  if (isLoopback(hostname)) return true;
  const isAddress = isIP(hostname.replace(/^\[(.*)\]$/, "$1")) !== 0;
  return (isProtected || isAddress) && sameOrigin(origin, host);
}
