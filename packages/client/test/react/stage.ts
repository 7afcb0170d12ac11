// A page in memory on which components are mounted.

import { Window } from "happy-dom";
import { act, createElement, type ReactNode, StrictMode } from "react";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";
import type { Database } from "../../src/index.ts";
import { DatabaseProvider } from "../../src/react/index.ts";

const page = new Window({ url: "http://localhost/" });

/** Makes the process a page. */
export function openPage(): void {
  Object.assign(globalThis, {
    window: page,
    document: page.document,
    IS_REACT_ACT_ENVIRONMENT: true,
  });
}

/** Makes it a server again: files of tests share processes. */
export function closePage(): void {
  Reflect.deleteProperty(globalThis, "window");
  Reflect.deleteProperty(globalThis, "document");
  Reflect.deleteProperty(globalThis, "IS_REACT_ACT_ENVIRONMENT");
}

/** A place on the page, and what React shows there. */
export class Stage {
  readonly #container = page.document.createElement("div");
  readonly #isStrict: boolean;
  #root: Root | null = null;

  constructor({ isStrict = false } = {}) {
    this.#isStrict = isStrict;
    page.document.body.appendChild(this.#container);
  }

  /** What a reader sees. */
  get text(): string {
    return this.#container.textContent;
  }

  /** Shows `content` under a provider of `database`. */
  async show(database: Database | null, content: ReactNode): Promise<void> {
    const element = this.#wrap(database, content);
    await act(async () => {
      this.#root ??= createRoot(this.#container as unknown as Element);
      this.#root.render(element);
    });
    await this.settle();
  }

  /** Takes over what a server rendered. Returns what React complained about. */
  async hydrate(html: string, database: Database | null, content: ReactNode): Promise<unknown[]> {
    this.#container.innerHTML = html;
    const complaints: unknown[] = [];
    await act(async () => {
      const container = this.#container as unknown as Element;
      this.#root = hydrateRoot(container, this.#wrap(database, content), {
        onRecoverableError: (error) => complaints.push(error),
      });
    });
    await this.settle();
    return complaints;
  }

  /** Does `work`, and lets React show what came of it. */
  async after(work: () => unknown): Promise<void> {
    await act(async () => {
      await work();
    });
    await this.settle();
  }

  /** Lets what was asked for without a clock happen: opening, and closing a moment later. */
  async settle(): Promise<void> {
    for (let round = 0; round < 5; round += 1) {
      await act(() => new Promise<void>((resolve) => setTimeout(resolve, 0)));
    }
  }

  /** Takes it off the page. */
  async leave(): Promise<void> {
    await act(async () => this.#root?.unmount());
    await this.settle();
    this.#container.remove();
  }

  #wrap(database: Database | null, content: ReactNode): ReactNode {
    const element = createElement(DatabaseProvider, { database }, content);
    return this.#isStrict ? createElement(StrictMode, null, element) : element;
  }
}
