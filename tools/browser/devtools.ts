// A Chromium that is driven over the DevTools Protocol by a debugger of pages alone.
//
// For tests of what service workers do to one another. A driver that attaches to all that
// starts has each worker wait for it; one that begins while its page goes away can then wait
// for ever, and with it the navigation. Here a debugger is attached to pages only, so workers
// run as they do for people.
//
// The pipe: Chromium reads commands from its file descriptor 3 and writes answers and events
// to 4, each as JSON that ends with a zero byte.
// Source: chromedevtools.github.io/devtools-protocol, domains Target, Page, Runtime and Input.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { afterAll, afterEach, beforeEach } from "vitest";
import { chromiumArguments, chromiumPath, skipReason } from "./chromium.ts";

/** What the protocol calls a result, or the parameters of an event. */
type Fields = Record<string, unknown>;

interface Message {
  readonly id?: number;
  readonly result?: Fields;
  readonly error?: { readonly message: string };
  readonly method?: string;
  readonly params?: Fields;
  readonly sessionId?: string;
}

interface Call {
  readonly sessionId?: string | undefined;
  readonly resolve: (result: Fields) => void;
  readonly reject: (error: Error) => void;
}

/** Sends a command, to one page where `sessionId` is given, and gives its result. */
type Send = (method: string, params?: Fields, sessionId?: string) => Promise<Fields>;

/** A page, open in a tab. What is asked of it while it is loaded anew rejects. */
export interface Tab {
  /** Goes to `url`; resolves when the navigation is committed, before the page is loaded. */
  goto(url: string): Promise<void>;
  /** Loads the page anew, as its reload button does, or, `past` caches and workers, as with Shift held. */
  reload(past?: "past"): Promise<void>;
  /** Calls `code` in the page, with arguments that JSON can say; awaits what it returns. */
  evaluate<T, A extends readonly unknown[]>(
    code: (...args: A) => T,
    ...args: A
  ): Promise<Awaited<T>>;
  /** Runs `code` in each page that is loaded here from now on, before the page's own. */
  beforeEachPage(code: () => void): Promise<void>;
  /** Types `text` where the cursor is. */
  type(text: string): Promise<void>;
}

/** A profile with an empty storage; its tabs are tabs of one another. */
export interface Profile {
  /** Opens a tab at `url`. */
  open(url?: string): Promise<Tab>;
}

/** Starts Chromium for the tests of the file that calls this at its top; they skip where there is none. */
export function usePages(): { profile(): Promise<Profile> } {
  let starting: Promise<Running> | null = null;
  const profiles = new Set<string>();
  beforeEach((context) => {
    if (chromiumPath === undefined) context.skip(skipReason);
  });
  afterEach(async () => {
    for (const browserContextId of profiles) {
      await (await starting)?.send("Target.disposeBrowserContext", { browserContextId });
    }
    profiles.clear();
  });
  afterAll(async () => {
    await (await starting)?.end();
  });
  return {
    profile: async () => {
      starting ??= Promise.resolve(start());
      const { send } = await starting;
      const { browserContextId } = await send("Target.createBrowserContext");
      profiles.add(browserContextId as string);
      return { open: (url = "about:blank") => open(send, browserContextId as string, url) };
    },
  };
}

interface Running {
  readonly send: Send;
  end(): Promise<void>;
}

function start(): Running {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-chromium-"));
  // Without the window that a person finds at the start: it costs more than all of ours.
  const own = ["--headless", "--no-startup-window", "--remote-debugging-pipe"];
  const args = [...chromiumArguments, ...own];
  const child = spawn(chromiumPath!, [...args, `--user-data-dir=${folder}`], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const send = connect(child);
  const ended = once(child, "exit");
  return {
    send,
    end: async () => {
      // It may end before it has answered.
      await Promise.all([ended, send("Browser.close").catch(() => undefined)]);
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

function connect(child: ChildProcess): Send {
  const calls = new Map<number, Call>();
  const fail = (message: string, isMeant: (call: Call) => boolean): void => {
    for (const [id, call] of calls) {
      if (isMeant(call) && calls.delete(id)) call.reject(new Error(message));
    }
  };
  const receive = ({ id, result, error, method, params }: Message): void => {
    if (method === "Target.detachedFromTarget") {
      fail("the tab was closed", ({ sessionId }) => sessionId === params!.sessionId);
    }
    const call = calls.get(id ?? -1);
    if (call === undefined) return;
    calls.delete(id!);
    if (error === undefined) call.resolve(result!);
    else call.reject(new Error(error.message));
  };
  let rest = "";
  (child.stdio[4] as Readable).setEncoding("utf8").on("data", (text: string) => {
    const messages = (rest + text).split("\0");
    rest = messages.pop()!;
    for (const message of messages) receive(JSON.parse(message) as Message);
  });
  child.on("exit", () => fail("Chromium ended", () => true));
  const commands = child.stdio[3] as Writable;
  commands.on("error", (error) => fail(error.message, () => true));
  let last = 0;
  return (method, params = {}, sessionId) => {
    const id = ++last;
    commands.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => calls.set(id, { sessionId, resolve, reject }));
  };
}

async function open(send: Send, browserContextId: string, url: string): Promise<Tab> {
  const { targetId } = await send("Target.createTarget", { url: "about:blank", browserContextId });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const command = (method: string, params?: Fields) => send(method, params, sessionId as string);
  // As if its window were the one in front.
  await command("Emulation.setFocusEmulationEnabled", { enabled: true });
  await command("Page.enable");
  const tab: Tab = {
    goto: async (address) => {
      const { errorText } = await command("Page.navigate", { url: address });
      if (errorText !== undefined) throw new Error(`${address}: ${errorText}`);
    },
    reload: async (past) =>
      void (await command("Page.reload", { ignoreCache: past !== undefined })),
    evaluate: async (code, ...args) => {
      const { result, exceptionDetails } = await command("Runtime.evaluate", {
        expression: `(${code})(...${JSON.stringify(args)})`,
        awaitPromise: true,
        returnByValue: true,
        userGesture: true,
      });
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
      return (result as { value: never }).value;
    },
    beforeEachPage: async (code) =>
      void (await command("Page.addScriptToEvaluateOnNewDocument", { source: `(${code})()` })),
    type: async (text) => void (await command("Input.insertText", { text })),
  };
  if (url !== "about:blank") await tab.goto(url);
  return tab;
}
