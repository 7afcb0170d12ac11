// What a server of the sync scenario does with a store, its own or a shared one.

import { type ServerEvent, serve } from "@holdfast/server";
import type { MachineWorld } from "@holdfast/sim";
import type { Store } from "@holdfast/store";
import type { Access } from "@holdfast/sync";

const everybody: Access<null> = {
  authenticate: async () => null,
  authorize: async () => true,
};

/** What {@link serveStore} is given beside a store. */
export interface ServeParts {
  /** Resolves when it is to end. */
  readonly over: Promise<void>;
  /** Called when the store can't keep anything any more. */
  readonly onFailed: () => void;
  /** Called with an error that no peer can have caused. */
  readonly onDefect: (error: unknown) => void;
}

/** Serves `store` at the machine's own address. */
export async function serveStore(
  world: MachineWorld,
  store: Store,
  { over, onFailed, onDefect }: ServeParts,
): Promise<void> {
  if (world.signal.aborted) return;
  const listener = await world.network.listen(`ws://${world.machine}/sync`);
  const onEvent = (event: ServerEvent): void => {
    if (event.type === "session_failed") onDefect(event.error);
    if (event.type !== "session" || event.event.type !== "refused") return;
    if (event.event.refusal.code === "io") onFailed();
  };
  const server = await serve({ world, store, listener, access: everybody, onEvent });
  await over;
  await server.close();
}
