// Who may ask for what concerns the server as a whole, such as a backup, or who is a member
// of its cluster: whoever has the server's key; programs on this machine, where there is
// none; nobody, where the caller's own rules say who may do what, since those speak of
// documents one by one. Never a page of another site.

import type { IncomingMessage } from "node:http";
import { encodeUtf8, isHoldfastError } from "@holdfast/std";
import type { Access } from "@holdfast/sync";

/** By what it is decided. */
export interface AdministratorRules {
  /** Whom this authenticates may; null for nobody. */
  readonly access: Access<unknown> | null;
  /** Tells whether `host` is a name of this server. */
  acceptHost(host: string | undefined): boolean;
}

/** Why a request is refused. */
export interface AdministratorRefusal {
  readonly status: 401 | 403;
  readonly sentence: string;
}

/** Why whoever sends `request` may not; null where it may. @param what - What is asked for, as "a backup". */
export async function administratorRefusal(
  { access, acceptHost }: AdministratorRules,
  { headers }: IncomingMessage,
  what: string,
): Promise<AdministratorRefusal | null> {
  const site = headers["sec-fetch-site"];
  const isForeignPage =
    headers.origin !== undefined || site === "cross-site" || site === "same-site";
  if (isForeignPage || !acceptHost(headers.host)) {
    const sentence = `${what.charAt(0).toUpperCase()}${what.slice(1)} is not for pages.`;
    return { status: 403, sentence };
  }
  if (access === null) {
    const sentence = `This server has rules of its own for documents, and none for ${what}.`;
    return { status: 403, sentence };
  }
  const [, key = ""] = /^Bearer (.+)$/.exec(headers.authorization ?? "") ?? [];
  try {
    await access.authenticate(encodeUtf8(key));
    return null;
  } catch (error) {
    if (!isHoldfastError(error, "unauthenticated")) throw error;
    return { status: 401, sentence: "Send the server's key: Authorization: Bearer KEY." };
  }
}
