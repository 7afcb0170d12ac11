// A page's network: messages over WebSockets that it opens. Nobody can connect to a page.

import { HoldfastError } from "@holdfast/std";
import type { Connection, Listener, Network } from "../network.ts";
import { parseWebSocketAddress } from "../web_socket_address.ts";
import { WebSocketConnection } from "./web_socket_connection.ts";

/** How long a handshake may take, in milliseconds. */
export const handshakeMsMax = 10_000;

/** WebSockets. Addresses are `ws://host:port/path`, and `wss://`, the only one for pages on https. */
export class BrowserNetwork implements Network {
  /** @throws {HoldfastError} `invalid_argument`, always. */
  async listen(address: string): Promise<Listener> {
    const sentence = `a page can't listen, at ${address}: a browser only connects`;
    throw new HoldfastError("invalid_argument", sentence);
  }

  async connect(address: string, signal?: AbortSignal): Promise<Connection> {
    const { href } = parseWebSocketAddress(address, ["ws:", "wss:"]);
    if (signal?.aborted) throw cancelled(href, signal);
    const webSocket = openWebSocket(href);
    return await new Promise((resolve, reject) => {
      const fail = (error: HoldfastError): void => {
        leave();
        webSocket.close();
        reject(error);
      };
      // The browser tells nobody what went wrong: a page could scan a network with it.
      const refused = (): void => fail(unavailable(href, "nobody answered, or refused"));
      const late = (): void => fail(unavailable(href, `no answer within ${handshakeMsMax} ms`));
      const abort = (): void => fail(cancelled(href, signal));
      const opened = (): void => {
        leave();
        resolve(new WebSocketConnection(webSocket));
      };
      const leave = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        webSocket.removeEventListener("open", opened);
        webSocket.removeEventListener("close", refused);
      };
      const timer = setTimeout(late, handshakeMsMax);
      signal?.addEventListener("abort", abort);
      webSocket.addEventListener("open", opened);
      webSocket.addEventListener("close", refused);
    });
  }
}

function openWebSocket(href: string): WebSocket {
  try {
    return new WebSocket(href);
  } catch (error) {
    const sentence = `the browser does not let this page connect to ${href}; a page on https needs wss:`;
    throw new HoldfastError("invalid_argument", sentence, { cause: error });
  }
}

function unavailable(href: string, what: string): HoldfastError {
  return new HoldfastError("unavailable", `connect to ${href}: ${what}`);
}

function cancelled(href: string, signal: AbortSignal | undefined): HoldfastError {
  const sentence = `the connection to ${href} was cancelled`;
  return new HoldfastError("cancelled", sentence, { cause: signal?.reason });
}
