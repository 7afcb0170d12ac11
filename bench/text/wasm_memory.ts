// How much memory WebAssembly has taken, which no figure of Node's contains. It never gives
// any back, so this is the most that it ever had.

interface Memory {
  readonly buffer: ArrayBuffer;
}

interface Instance {
  readonly exports: Readonly<Record<string, unknown>>;
}

// What the workspace's types leave out, as far as it is used here.
interface Wasm {
  readonly Memory: new () => Memory;
  Instance: new (...args: unknown[]) => Instance;
  instantiate(...args: unknown[]): Promise<Instance | { readonly instance: Instance }>;
}

const wasm = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly;
const memories = new Set<Memory>();

/** Sees every instance that is made from now on. */
export function watchWasm(): void {
  const { instantiate } = wasm;
  const note = ({ exports }: Instance) => {
    for (const one of Object.values(exports)) if (one instanceof wasm.Memory) memories.add(one);
  };
  wasm.Instance = new Proxy(wasm.Instance, {
    construct(target, args) {
      const instance = new target(...args);
      note(instance);
      return instance;
    },
  });
  wasm.instantiate = async (...args) => {
    const made = await instantiate(...args);
    note("instance" in made ? made.instance : made);
    return made;
  };
}

/** Of all instances together. */
export function wasmBytes(): number {
  let sum = 0;
  for (const { buffer } of memories) sum += buffer.byteLength;
  return sum;
}
