// Takes a picture of a report's page, as it is when it is opened:
//
//   npx tsx tools/report_picture.ts report.html report.png [HEIGHT]

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { chromiumArguments, chromiumPath } from "./browser/chromium.ts";

const [page, picture, height = "960"] = process.argv.slice(2);
if (page === undefined || picture === undefined) {
  console.error("usage: npx tsx tools/report_picture.ts PAGE PICTURE [HEIGHT]");
  process.exit(2);
}
const browser = await chromium.launch({
  ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
  args: [...chromiumArguments],
});
try {
  const tab = await browser.newPage({ viewport: { width: 1_280, height: Number(height) } });
  await tab.goto(pathToFileURL(resolve(page)).href);
  await tab.locator(".ready #timeline .bar").first().waitFor();
  await tab.screenshot({ path: picture });
} finally {
  await browser.close();
}
