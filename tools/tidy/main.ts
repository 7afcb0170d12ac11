// Runs the house linter on this repository: `npx tsx tools/tidy/main.ts`.

import { join } from "node:path";
import { formatFinding } from "./finding.ts";
import { rules, tidy } from "./tidy.ts";

const { findings, files, edges } = tidy(join(import.meta.dirname, "../.."));
for (const finding of findings) console.log(formatFinding(finding));
const read = `read ${files} files and ${edges} imports by ${Object.keys(rules).length} rules`;
console.log(`tidy: ${read}: ${findings.length === 0 ? "all well" : `${findings.length} findings`}`);
process.exitCode = findings.length === 0 ? 0 : 1;
