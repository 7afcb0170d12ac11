// A reset: how a kernel says that it knows nothing of a connection. It is sent
// once, overtakes what was sent before it, and nobody notices when it gets lost.

import type { Endpoint, Ground } from "./ground.ts";
import type { Link } from "./link.ts";

/** Sends a reset over `link` to `target`. */
export function sendReset(ground: Ground, link: Link, target: Endpoint): void {
  const latencyMs = link.drawLatencyMs();
  const arriveMs = ground.nature.nowMs + latencyMs;
  target.host.after(latencyMs, () => {
    if (!target.isKnown) return;
    if (link.isCutAt(arriveMs)) {
      ground.bites.note("partition", link.from, `stopped a reset to ${link.to}`);
    } else target.breakOff(`${link.from} reset the connection`);
  });
}
