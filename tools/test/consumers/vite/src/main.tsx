// An ordinary page of React that Vite builds: opens a database, writes, and shows
// what comes out of it.

import { type BrowserDatabase, open } from "@holdfast/client/browser";
import { StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

const socket = `ws://${location.host}/sync`;
const opening: Promise<BrowserDatabase> = open({ name: "vite", url: socket });

function Plan() {
  const [words, setWords] = useState("");
  useEffect(() => {
    let stop = () => {};
    void opening.then(async (db) => {
      const handle = await db.doc("plan");
      const show = () => setWords(handle.doc.text("vite").toString());
      stop = handle.doc.subscribe(show);
      show();
    });
    return () => stop();
  }, []);
  return <output>{words}</output>;
}

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <Plan />
  </StrictMode>,
);

const plan = await (await opening).doc("plan");
await plan.change(() => plan.doc.text("vite").insert(0, "Written in the page.")).saved;
