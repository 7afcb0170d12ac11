// Which database the hooks below a component use.
//
// Two copies of this library may meet on one page: an application and a component that
// brings its own. A context of each would leave one of them without a database. So the
// context lies on globalThis, under a name that both know, and is made by whoever comes
// first; one for each React, because a context of one React means nothing to another.

import { HoldfastError } from "@holdfast/std";
import { type Context, createContext, createElement, type ReactNode, useContext } from "react";
import type { Database } from "../database.ts";

const contextsKey = Symbol.for("holdfast.react.contexts");

/** Undefined outside of a provider; null inside of one whose database is not open yet. */
type DatabaseContext = Context<Database | null | undefined>;

/** What {@link DatabaseProvider} takes. */
export interface DatabaseProviderProps {
  /** The database; null until it is open, and on a server. Closing it stays its owner's. */
  readonly database: Database | null;
  readonly children?: ReactNode;
}

/** Gives `database` to the hooks in everything below. */
export function DatabaseProvider({ database, children }: DatabaseProviderProps): ReactNode {
  return createElement(databaseContext().Provider, { value: database }, children);
}

/**
 * The database of the nearest {@link DatabaseProvider}; null until it is open.
 *
 * @throws {HoldfastError} `invalid_argument` where there is no provider above.
 */
export function useDatabase(): Database | null {
  const database = useContext(databaseContext());
  if (database === undefined) {
    throw new HoldfastError("invalid_argument", "no DatabaseProvider is above this component");
  }
  return database;
}

// Made when it is first used: importing this touches nothing, and a server that renders
// components without state has a React without contexts.
function databaseContext(): DatabaseContext {
  const shared = globalThis as { [contextsKey]?: WeakMap<object, DatabaseContext> };
  shared[contextsKey] ??= new WeakMap();
  let context = shared[contextsKey].get(createContext);
  if (context === undefined) {
    context = createContext<Database | null | undefined>(undefined);
    context.displayName = "HoldfastDatabase";
    shared[contextsKey].set(createContext, context);
  }
  return context;
}
