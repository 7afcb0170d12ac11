// Takes a picture of a run's diagram, where the promise breaks:
//
//   npx tsx tools/diagram_picture.ts run.html run.png

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { chromiumArguments, chromiumPath } from "./browser/chromium.ts";

const [page, picture] = process.argv.slice(2);
if (page === undefined || picture === undefined) {
  console.error("usage: npx tsx tools/diagram_picture.ts PAGE PICTURE");
  process.exit(2);
}
const browser = await chromium.launch({
  ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
  args: [...chromiumArguments],
});
try {
  const tab = await browser.newPage({ viewport: { width: 1_280, height: 800 } });
  await tab.goto(pathToFileURL(resolve(page)).href);
  await tab.locator("#violation").click();
  await tab.locator("#record").waitFor();
  await tab.screenshot({ path: picture });
} finally {
  await browser.close();
}
