// A page's script as its author wrote it: no bundler, no import map. Opens a database,
// writes, and shows what comes out of it.

import { open } from "./node_modules/@holdfast/client/dist/holdfast.js";

const db = await open({ name: "plain", url: `ws://${location.host}/sync` });
const plan = await db.doc("plan");
const show = () => {
  document.querySelector("output").textContent = plan.doc.text("plain").toString();
};
plan.doc.subscribe(show);
show();
await plan.change(() => plan.doc.text("plain").insert(0, "Written in the page.")).saved;
