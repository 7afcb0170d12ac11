// What every page tells the browser that it may not do.

/** The headers of a page under the Content-Security-Policy `policy`. */
export function securityHeaders(policy: string) {
  return {
    "Content-Security-Policy": policy,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
  } as const;
}

/**
 * The policy of an app: scripts from its own files alone, none that stands in the
 * page; connections to its own host alone.
 *
 * @param host - The Host header, of a request that was accepted.
 */
export function appPolicy(host: string | undefined): string {
  // Some browsers don't count a socket to the page's own host as 'self'.
  const sockets =
    host === undefined || !/^[\w.:[\]-]+$/.test(host) ? "" : ` ws://${host} wss://${host}`;
  return [
    "default-src 'self'",
    `connect-src 'self'${sockets}`,
    "img-src 'self' data: blob:",
    // Editors make style sheets while they run, as CodeMirror does.
    "style-src 'self' 'unsafe-inline'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}
