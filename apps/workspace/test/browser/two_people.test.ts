// Two people with browsers of their own write in one page, offline and on.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { useChromium } from "../../../../tools/browser/chromium.ts";
import { Reader } from "./reader.ts";
import { WorkspaceServer } from "./workspace_server.ts";

const chromium = useChromium();
let server: WorkspaceServer;

beforeAll(async () => {
  server = await new WorkspaceServer().start();
}, 120_000);

beforeEach(() => server.start().then(() => undefined));
afterAll(() => server.remove());

async function twoReaders(title: string): Promise<readonly [Reader, Reader]> {
  const anna = await Reader.open(await chromium.context(), server.url);
  const address = await anna.createPage(title);
  const ben = await Reader.open(await chromium.context(), address);
  await ben.text.waitFor();
  return [anna, ben];
}

describe("two people", { timeout: 240_000 }, () => {
  test("write in one page, and see each other, their cursors and the title", async () => {
    const [anna, ben] = await twoReaders("Plan");
    await anna.write("Anna was here. ");
    await ben.sees("Anna was here. ");
    await ben.write("Ben too.");
    await anna.sees("Anna was here. Ben too.");
    await anna.stands(/^Saved$/);
    expect(await ben.page.locator(".title textarea").inputValue()).toBe("Plan");
    const name = (of: Reader) => of.page.locator(".me-name").textContent();
    await anna.page.getByRole("img", { name: `Also here: ${await name(ben)}` }).waitFor();
    await ben.page.getByRole("img", { name: `Also here: ${await name(anna)}` }).waitFor();
    await anna.page
      .locator(`.cm-editor :text("${await name(ben)}")`)
      .first()
      .waitFor({ state: "attached" });
    expect([...anna.problems, ...ben.problems]).toEqual([]);
  });

  test("one is offline, both write, a reload finds all of it, the server dies meanwhile, both end equal", async () => {
    const [anna, ben] = await twoReaders("Storm");
    await anna.write("Before. ");
    await ben.sees("Before. ");
    await ben.isOfflineReady();
    await ben.page.context().setOffline(true);
    await ben.write("Ben, offline. ");
    await anna.write("Anna, online. ");
    await anna.stands(/^Saved$/);
    await server.kill();
    await anna.write("Anna, alone. ");
    await anna.stands(/^Saved on this device; will be sent when the server is there/);
    await ben.page.reload();
    await ben.sees("Before. Ben, offline. ");
    await ben.stands(/^Saved on this device; will be sent when the server is there/);
    await ben.write("After the reload. ");
    await server.start();
    await ben.page.context().setOffline(false);
    await anna.stands(/^Saved$/);
    await ben.stands(/^Saved$/);
    for (const part of ["Ben, offline. After the reload. ", "Anna, online. Anna, alone. "]) {
      await anna.sees(new RegExp(part.replaceAll(".", "\\.")));
    }
    await ben.sees(await anna.read());
    expect([...anna.problems, ...ben.problems]).toEqual([]);
  });

  test("undo takes back one's own and never the other's", async () => {
    const [anna, ben] = await twoReaders("Undo");
    await anna.write("one two three");
    await ben.sees("one two three");
    await ben.text.focus();
    await ben.page.keyboard.press("Control+Home");
    await ben.page.keyboard.type("BEN ");
    await anna.sees("BEN one two three");
    await anna.text.focus();
    for (let count = 0; count < 20; count += 1) await anna.page.keyboard.press("Control+z");
    await anna.sees("BEN ");
    await ben.sees("BEN ");
    for (let count = 0; count < 20; count += 1) await anna.page.keyboard.press("Control+Shift+Z");
    await ben.sees("BEN one two three");
  });

  test("restore an older version as one change, under the other's cursor", async () => {
    const [anna, ben] = await twoReaders("History");
    await anna.write("The first line.\nThe second line.");
    await ben.sees("The first line.\nThe second line.");
    await ben.text.focus();
    await ben.page.keyboard.press("Control+End");
    // Ben's cursor stays at the end of what stays.
    await anna.page.keyboard.press("Control+Home");
    await anna.page.keyboard.type("WRONG ");
    await ben.sees("WRONG The first line.\nThe second line.");
    await anna.page.getByRole("button", { name: "History", exact: true }).click();
    const slider = anna.page.getByRole("slider", { name: "Version" });
    await slider.waitFor();
    for (let count = 0; count < 6; count += 1) await slider.press("ArrowLeft");
    await expect
      .poll(() => anna.page.locator(".past-text ins").textContent(), { timeout: 20_000 })
      .toBe("WRONG ");
    await anna.page.getByRole("button", { name: "Restore this version" }).click();
    await ben.sees("The first line.\nThe second line.");
    await ben.page.keyboard.type("!");
    await anna.sees("The first line.\nThe second line.!");
    await anna.page.getByRole("button", { name: "Undo", exact: true }).click();
    await ben.sees("WRONG The first line.\nThe second line.!");
  });

  test("a rename and a delete that did not know of each other are both kept", async () => {
    const [anna, ben] = await twoReaders("Old name");
    await ben.isOfflineReady();
    await ben.page.context().setOffline(true);
    await ben.page.locator(".title textarea").fill("New name");
    // That the network is gone shows only when something does not come back.
    await ben.stands(/^Saved on this device; (will|sending)/);
    await anna.page.getByRole("button", { name: "More", exact: true }).click();
    await anna.page.getByRole("menuitem", { name: "Delete page" }).click();
    await ben.page.context().setOffline(false);
    await ben.page.getByText("This page was deleted.").waitFor();
    await ben.page.getByRole("button", { name: "Put it back" }).click();
    await anna.page.getByRole("link", { name: "New name" }).waitFor();
  });
});
