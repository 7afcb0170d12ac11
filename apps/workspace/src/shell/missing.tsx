// What is said of something that is not on this device: that it is looked for, that the
// server can't be asked, or that there is no such thing.

import { useConnection, useDatabase } from "@holdfast/client/react";
import { type ReactNode, useEffect, useState } from "react";
import { HomeLink, Notice } from "./notice.tsx";

// The protocol does not say when everything has arrived. After so long a connection, what
// is not here is said not to exist; should it come later, it is shown after all.
const patienceMs = 1_500;

/** Says why `what` is not shown. */
export function Missing({
  isOpen,
  what,
}: {
  readonly isOpen: boolean;
  readonly what: "page" | "text";
}): ReactNode {
  const database = useDatabase();
  const { state } = useConnection();
  const isOnline = state === "online";
  const hasWaited = useHasWaited(isOnline);
  if (!isOpen || !hasWaited) {
    return (
      <div className="loading" role="status">
        {isOnline ? "Asking the server…" : "Opening…"}
      </div>
    );
  }
  if (!isOnline) {
    return (
      <Notice title={what === "page" ? "Not on this device" : "The text is not on this device"}>
        <p>
          {what === "page"
            ? "This page was never opened here, and the server can’t be reached. It will show as soon as it can be."
            : "It was never opened here, and the server can’t be reached. It will show as soon as it can be."}
        </p>
        <button type="button" className="primary" onClick={() => database?.reconnect()}>
          Try now
        </button>
      </Notice>
    );
  }
  return (
    <Notice title="No such page">
      <p>
        The server does not know it, or it was deleted. Ask whoever sent the link whether all of it
        was copied.
      </p>
      <HomeLink />
    </Notice>
  );
}

/** Whether `isSo` has been as it is for some time. */
export function useHasWaited(isSo: boolean): boolean {
  const [waitedFor, setWaitedFor] = useState<boolean | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setWaitedFor(isSo), patienceMs);
    return () => clearTimeout(timer);
  }, [isSo]);
  return waitedFor === isSo;
}
