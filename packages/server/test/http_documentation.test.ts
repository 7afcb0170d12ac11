// What the documentation says of curl is run as it stands: each `$ ` line of its blocks
// of ```console, and the lines below are what it prints.

import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { startServer } from "../src/node/index.ts";

const repository = join(import.meta.dirname, "../../..");
const curl = "/usr/bin/curl";

/** A command, and what it is said to print. */
interface Step {
  readonly command: string;
  readonly printed: string;
}

function stepsOf(file: string): Step[] {
  const text = readFileSync(join(repository, file), "utf8");
  const blocks = [...text.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, block]) => block!);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const [command, ...lines] = step.trimEnd().split("\n");
        return { command: command!, printed: lines.join("\n") };
      }),
  );
}

it.skipIf(!existsSync(curl)).each(["README.md", "docs/http.md"])(
  "%s tells the truth of curl [needs curl]",
  async (file) => {
    const steps = stepsOf(file);
    expect(steps.length).toBeGreaterThan(3);
    const folder = await mkdtemp(join(tmpdir(), "holdfast-server-"));
    const server = await startServer({ dataFolder: folder, port: 0, logger: null });
    try {
      for (const { command, printed } of steps) {
        const line = command
          .replace("http://127.0.0.1:4747/", server.url)
          .replace(/^curl/, `${curl} -s`);
        const { stdout } = await promisify(execFile)("/bin/sh", ["-c", line]);
        expect({ command, printed: stdout.trimEnd() }).toEqual({ command, printed });
      }
    } finally {
      await server.close();
      await rm(folder, { recursive: true });
    }
  },
);
