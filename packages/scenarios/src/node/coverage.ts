// Which functions of the product a process has run: V8's own counts, with a bit each.

import { type Profiler, Session } from "node:inspector";

/** A function of the product, and whether it ran. */
export interface FunctionRun {
  /** The package that it is of, as `sync`. */
  readonly package: string;
  /** Tells it from all others: module, name and place. */
  readonly id: string;
  readonly ran: boolean;
}

// Sources in the repository, built files where they are installed. What plays and
// judges is not what is to be reached.
const productModule =
  /\/(?:packages|@holdfast)\/(?!check\/|sim\/|scenarios\/)([a-z]+)\/(?:src|dist)\/.+/;

/** Notes from its making on what runs in this process. */
export class FunctionCoverage {
  readonly #session = new Session();

  /** Begins to note. */
  async start(): Promise<void> {
    this.#session.connect();
    await this.#post("Profiler.enable");
    await this.#post("Profiler.startPreciseCoverage", { callCount: false, detailed: false });
  }

  /** The functions of all modules that were loaded, and whether they ran since the start. */
  async take(): Promise<readonly FunctionRun[]> {
    const { result } = (await this.#post(
      "Profiler.takePreciseCoverage",
    )) as Profiler.TakePreciseCoverageReturnType;
    return result.flatMap(({ url, functions }) => {
      const [place, name] = productModule.exec(url) ?? [];
      if (place === undefined || name === undefined) return [];
      return functions
        .filter(({ functionName }) => functionName !== "")
        .map(({ functionName, ranges }) => ({
          package: name,
          id: `${place} ${functionName} ${ranges[0]!.startOffset}`,
          ran: ranges[0]!.count > 0,
        }));
    });
  }

  #post(method: string, parameters: object = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#session.post(method, parameters, (error, result) => {
        if (error === null) resolve(result);
        else reject(new Error(error.message));
      });
    });
  }
}

/** What several processes have run between them. Starts empty. */
export class CoverageSum {
  readonly #functions = new Map<string, FunctionRun>();

  /** Adds what one process has run. */
  add(runs: readonly FunctionRun[]): void {
    for (const run of runs) {
      if (run.ran || !this.#functions.has(run.id)) this.#functions.set(run.id, run);
    }
  }

  /** For each package, how many of its functions ran, of how many; by name. */
  get packages(): readonly (readonly [name: string, ran: number, of: number])[] {
    const sums = new Map<string, { ran: number; of: number }>();
    for (const { package: name, ran } of this.#functions.values()) {
      const sum = sums.get(name) ?? { ran: 0, of: 0 };
      sum.of += 1;
      if (ran) sum.ran += 1;
      sums.set(name, sum);
    }
    return [...sums]
      .map(([name, { ran, of }]) => [name, ran, of] as const)
      .sort(([left], [right]) => (left < right ? -1 : 1));
  }
}
