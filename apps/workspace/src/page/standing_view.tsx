// Where everything stands: a word in the head of the page, all of it behind that.

import type { DocumentHandle, DocumentStatus } from "@holdfast/client";
import { useConnection, useDatabase, useStatus } from "@holdfast/client/react";
import { type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import { useBrowserStorage, useStorage } from "../data/database.ts";
import { type Standing, standingOf } from "../data/standing.ts";
import { Popover } from "../overlay/popover.tsx";
import { releaseName, useRelease } from "../release/release.ts";

/** What a {@link StandingView} takes. */
interface StandingViewProps {
  readonly list: DocumentHandle;
  /** The page; null until it is open. */
  readonly handle: DocumentHandle | null;
}

// So long is "Saving" shown at least, or it would flicker with every key.
const calmMs = 700;

/** A button that says where everything stands, and opens to say more. */
export function StandingView({ list, handle }: StandingViewProps): ReactNode {
  const [listStatus, pageStatus] = [useStatus(list), useStatus(handle)];
  const connection = useConnection();
  const { problem: storageProblem } = useStorage();
  const hasNetwork = useHasNetwork();
  const nowMs = useNow(connection.retryAtMs !== null);
  const statuses = pageStatus === null ? [listStatus] : [listStatus, pageStatus];
  const standing = useCalm(standingOf({ statuses, connection, storageProblem, hasNetwork, nowMs }));
  const { tone, short, sentence, retry } = standing;
  return (
    <div className="standing" data-tone={tone}>
      <Popover
        label="Where everything stands"
        button={
          <>
            <span className="dot" aria-hidden="true" />
            <span className="short">{short}</span>
            <span className="sentence">
              {sentence}
              {retry !== "" && <span aria-hidden="true"> ({retry})</span>}
            </span>
          </>
        }
      >
        {() => <Details standing={standing} status={pageStatus ?? listStatus} />}
      </Popover>
      {/* Said aloud only where it matters: a word for each letter typed would be noise. */}
      <span className="unseen" role="status">
        {tone === "good" || tone === "busy" ? "" : sentence}
      </span>
    </div>
  );
}

function Details({
  standing,
  status,
}: {
  readonly standing: Standing;
  readonly status: DocumentStatus;
}): ReactNode {
  const database = useDatabase();
  const { sentence, retry, remedy } = standing;
  const { pendingCount, localCount, sentCount } = status;
  return (
    <div className="details">
      <p>
        <strong>{/[.!?]$/.test(sentence) ? sentence : `${sentence}.`}</strong>{" "}
        {retry !== "" && `Now ${retry}.`}
      </p>
      {remedy === "reconnect" && (
        <button type="button" className="primary" onClick={() => database?.reconnect()}>
          Try now
        </button>
      )}
      {remedy === "reload" && (
        <button type="button" className="primary" onClick={() => location.reload()}>
          Reload
        </button>
      )}
      {pendingCount + localCount + sentCount > 0 && (
        <>
          <p className="hint">
            Letters and changes of this page that the server has not yet said to be on its disk:
          </p>
          <dl>
            <div>
              <dt>Only in memory</dt>
              <dd>{pendingCount}</dd>
            </div>
            <div>
              <dt>Only on this device</dt>
              <dd>{localCount}</dd>
            </div>
            <div>
              <dt>Sent, no answer yet</dt>
              <dd>{sentCount}</dd>
            </div>
          </dl>
        </>
      )}
      <StorageFacts />
    </div>
  );
}

function StorageFacts(): ReactNode {
  const storage = useBrowserStorage();
  const { usageBytes, quotaBytes, persistent } = useStorage();
  const { offlineReload } = useRelease();
  const [isDenied, setDenied] = useState(false);
  return (
    <ul className="facts">
      {usageBytes !== null && quotaBytes !== null && (
        <li>
          {sizeOf(usageBytes)} of {sizeOf(quotaBytes)} are used on this device.
        </li>
      )}
      {persistent === true && <li>The browser removes nothing of it by itself.</li>}
      {persistent === false && (
        <li>
          The browser may remove it when room gets short.{" "}
          {isDenied ? (
            "It did not agree to keep it; it may once you come here more often."
          ) : (
            <button
              type="button"
              className="link"
              onClick={() => void storage?.persist().then((kept) => setDenied(!kept))}
            >
              Ask it to keep it
            </button>
          )}
        </li>
      )}
      {offlineReload === "on" && <li>This page opens without a network, too.</li>}
      {offlineReload === "off" && (
        <li>
          Reloading without a network is off: that takes https, or this machine’s own address.
        </li>
      )}
      {offlineReload === "failed" && (
        <li>Reloading without a network is off: the browser refused it.</li>
      )}
      {releaseName !== "" && <li>Release {releaseName}.</li>}
    </ul>
  );
}

// Steps from busy to saved only after a while; never the other way, which would be a lie.
function useCalm(standing: Standing): Standing {
  const [isBusy, setBusy] = useState(false);
  const { tone } = standing;
  useEffect(() => {
    if (tone === "busy") {
      setBusy(true);
      return;
    }
    const timer = setTimeout(() => setBusy(false), calmMs);
    return () => clearTimeout(timer);
  }, [tone]);
  if (tone === "good" && isBusy)
    return { ...standing, tone: "busy", short: "Saving", sentence: "Saving" };
  return standing;
}

function useHasNetwork(): boolean {
  return useSyncExternalStore(hearOfNetwork, () => navigator.onLine);
}

function hearOfNetwork(listener: () => void): () => void {
  for (const type of ["online", "offline"]) addEventListener(type, listener);
  return () => {
    for (const type of ["online", "offline"]) removeEventListener(type, listener);
  };
}

function useNow(isWanted: boolean): number {
  const [nowMs, setNowMs] = useState(() => performance.now());
  useEffect(() => {
    if (!isWanted) return;
    setNowMs(performance.now());
    const timer = setInterval(() => setNowMs(performance.now()), 1_000);
    return () => clearInterval(timer);
  }, [isWanted]);
  return nowMs;
}

function sizeOf(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [size, unit] = [bytes, 0];
  while (size >= 1_000 && unit < units.length - 1) {
    size /= 1_000;
    unit += 1;
  }
  return `${size >= 10 || unit === 0 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}
