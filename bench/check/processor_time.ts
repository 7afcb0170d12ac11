// Processor time, and a loop of plain arithmetic to compare machines by.

/** Seconds of processor time that `work` takes, in all threads of this process. */
export function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** How long 2e8 steps take, in seconds. */
export function calibrate(): number {
  return cpuSeconds(() => {
    let x = 1;
    for (let i = 0; i < 2e8; i += 1) x = (Math.imul(x ^ i, 0x01000193) + i) | 0;
  });
}
