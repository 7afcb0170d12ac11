// A measuring process: started, given its job, and ended where it takes too long.

import { spawn } from "node:child_process";
import { worker } from "./installation.ts";
import type { Answer, Job } from "./job.ts";

/** Does `job` in a process of its own. */
export function runJob(job: Job, secondsMax: number): Promise<Answer> {
  const flags = ["--expose-gc", "--max-old-space-size=6144", worker, JSON.stringify(job)];
  const child = spawn(process.execPath, flags, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_ENV: "production" },
  });
  let [output, complaint] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-2_000);
  });
  return new Promise((resolve) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill("SIGKILL");
    }, secondsMax * 1_000);
    child.on("close", () => {
      clearTimeout(timer);
      const line = output.trim().split("\n").pop() ?? "";
      if (line.startsWith("{")) resolve(JSON.parse(line) as Answer);
      else if (isLate) resolve({ ok: false, error: `not done in ${secondsMax} s` });
      else resolve({ ok: false, error: complaint.trim().split("\n").pop() || "the process died" });
    });
  });
}
