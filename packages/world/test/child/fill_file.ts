// Appends to the file that it is given, past the size that the process may write.

import { isHoldfastError } from "@holdfast/std";
import { nodeWorld } from "@holdfast/world/node";

const { disk } = nodeWorld();
const file = await disk.open(process.argv[2]!, { create: true });
const fitting = new Uint8Array(600_000).fill(1);
await file.append(fitting);
for (let attempt = 0; attempt < 2; attempt += 1) {
  try {
    await file.append(new Uint8Array(600_000).fill(2));
    console.log("kept");
  } catch (error) {
    console.log(isHoldfastError(error) ? error.code : String(error), await file.size());
  }
}
const rest = await file.append(new Uint8Array(100_000).fill(3));
await file.sync();
await file.close();
console.log("appended at", rest);
