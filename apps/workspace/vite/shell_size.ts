// Weighs the app shell, all that the page needs before the editor, and refuses to build
// one that is too heavy.

import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** The most that the shell may weigh, gzipped. */
const shellSizeBytesMax = 250_000;

/** The plugin. */
export function shellSize(): Plugin {
  return {
    name: "holdfast-shell-size",
    apply: "build",
    generateBundle(_options, bundle) {
      const needed = new Set<string>();
      const need = (name: string): void => {
        const file = bundle[name];
        if (file === undefined || needed.has(name)) return;
        needed.add(name);
        if (file.type === "chunk") file.imports.forEach(need);
      };
      for (const file of Object.values(bundle)) {
        if (file.type === "chunk" && file.isEntry) need(file.fileName);
        else if (file.type === "asset" && file.fileName.endsWith(".css")) need(file.fileName);
      }
      let sizeBytes = 0;
      for (const name of needed) {
        const file = bundle[name]!;
        sizeBytes += gzipSync(file.type === "chunk" ? file.code : file.source).length;
      }
      const told = `app shell: ${(sizeBytes / 1000).toFixed(1)} kB gzipped in ${needed.size} files`;
      if (sizeBytes > shellSizeBytesMax) {
        this.error(`${told}, at most ${shellSizeBytesMax / 1000} kB`);
      }
      this.info(told);
    },
  };
}
