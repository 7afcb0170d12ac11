// layers.json: which packages and apps exist, on which level, and what each may use.
//
// It is the one place where the architecture is written down for machines. It is
// read strictly: a misspelt field would otherwise be a rule that never applies.

/** What layers.json says of one package, or of one app. */
export interface Layer {
  /** Imports go to lower levels only. */
  readonly level: number;
  /** No clock, chance, input, output or asynchrony at all. */
  readonly pure: boolean;
  /** No `node:` import outside of the `outside` folders. */
  readonly browserSafe: boolean;
  /** Workspace packages that `src` may import, by folder name. */
  readonly imports: readonly string[];
  /** External packages that `src` may import. */
  readonly libraries: readonly string[];
  /** Folders of `src` that may touch the outside; `.` is all of it. */
  readonly outside: readonly string[];
}

/** All of layers.json. */
export interface Layers {
  readonly packages: ReadonlyMap<string, Layer>;
  /** Programs with a face, by their folder in apps/. Nobody imports one. */
  readonly apps: ReadonlyMap<string, Layer>;
  /** Libraries that run in a browser: what is browser-safe may take them everywhere. */
  readonly browserLibraries: readonly string[];
  /** Packages that the `src` of lower levels never imports: judges and simulators. */
  readonly testOnly: readonly string[];
  /** From this level on, `testOnly` packages may be imported. */
  readonly testOnlyBelowLevel: number;
}

const layerFields = ["level", "pure", "browserSafe", "imports", "libraries", "outside"];

/** Reads layers.json. Throws an Error that says what is wrong with it. */
export function parseLayers(text: string): Layers {
  const root = record(JSON.parse(text), "layers.json");
  expectFields(
    root,
    ["packages", "apps", "browserLibraries", "testOnly", "testOnlyBelowLevel"],
    "layers.json",
  );
  const packages = parseAll(record(root.packages, "packages"));
  const apps = parseAll(record(root.apps, "apps"));
  const layers = {
    packages,
    apps,
    browserLibraries: strings(root.browserLibraries, "browserLibraries"),
    testOnly: strings(root.testOnly, "testOnly"),
    testOnlyBelowLevel: number(root.testOnlyBelowLevel, "testOnlyBelowLevel"),
  };
  for (const name of apps.keys()) {
    if (packages.has(name)) throw new Error(`layers.json: ${name} is a package and an app`);
  }
  for (const [name, layer] of [...packages, ...apps]) checkImports(name, layer, layers);
  return layers;
}

function parseAll(layers: Record<string, unknown>): Map<string, Layer> {
  const entries = Object.entries(layers);
  return new Map(entries.map(([name, value]) => [name, parseLayer(record(value, name), name)]));
}

function parseLayer(value: Record<string, unknown>, name: string): Layer {
  expectFields(value, layerFields, name);
  return {
    level: number(value.level, `${name}.level`),
    pure: boolean(value.pure, `${name}.pure`),
    browserSafe: boolean(value.browserSafe, `${name}.browserSafe`),
    imports: strings(value.imports, `${name}.imports`),
    libraries: strings(value.libraries, `${name}.libraries`),
    outside: strings(value.outside, `${name}.outside`),
  };
}

function checkImports(name: string, layer: Layer, layers: Layers): void {
  for (const lower of layer.imports) {
    const other = layers.packages.get(lower);
    if (other === undefined) throw new Error(`layers.json: ${name} imports unknown ${lower}`);
    if (other.level >= layer.level) {
      throw new Error(`layers.json: ${name} imports ${lower}, which is not on a lower level`);
    }
    if (layer.pure && !other.pure) {
      throw new Error(`layers.json: ${name} is pure and imports ${lower}, which is not`);
    }
    if (layers.testOnly.includes(lower) && layer.level < layers.testOnlyBelowLevel) {
      throw new Error(`layers.json: ${name} imports ${lower}, which is for tests`);
    }
  }
}

function expectFields(
  value: Record<string, unknown>,
  fields: readonly string[],
  where: string,
): void {
  const found = Object.keys(value).sort().join(", ");
  const expected = [...fields].sort().join(", ");
  if (found !== expected) throw new Error(`layers.json: ${where} has ${found}, not ${expected}`);
}

function record(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`layers.json: ${where} is not an object`);
  }
  return value as Record<string, unknown>;
}

function strings(value: unknown, where: string): readonly string[] {
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
    throw new Error(`layers.json: ${where} is not a list of strings`);
  }
  return value;
}

function number(value: unknown, where: string): number {
  if (typeof value !== "number") throw new Error(`layers.json: ${where} is not a number`);
  return value;
}

function boolean(value: unknown, where: string): boolean {
  if (typeof value !== "boolean") throw new Error(`layers.json: ${where} is not true or false`);
  return value;
}
