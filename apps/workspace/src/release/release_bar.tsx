// A quiet line that says that a newer release is here.

import type { ReactNode } from "react";
import { takeRelease, useRelease } from "./release.ts";

/** The line; nothing where there is nothing to say. */
export function ReleaseBar(): ReactNode {
  const { isNewer } = useRelease();
  return (
    <div role="status" className="release-bar" hidden={!isNewer}>
      {isNewer && (
        <>
          <span>A new version is ready.</span>
          <button type="button" onClick={takeRelease}>
            Reload
          </button>
        </>
      )}
    </div>
  );
}
