// A page that the server renders first, and that opens a database once it is in a
// browser. The database's server is named in the address, since Next has its own.

"use client";

import { open } from "@holdfast/client/browser";
import { useEffect, useState } from "react";

export default function Page() {
  const [words, setWords] = useState("Nothing yet.");
  useEffect(() => {
    const opening = openPlan(setWords);
    return () => void opening.then((db) => db.close());
  }, []);
  return <output>{words}</output>;
}

async function openPlan(setWords) {
  const url = new URL(location.href).searchParams.get("sync");
  const db = await open({ name: "next", url });
  const plan = await db.doc("plan");
  const show = () => setWords(plan.doc.text("next").toString());
  plan.doc.subscribe(show);
  show();
  plan.change(() => plan.doc.text("next").insert(0, "Written in the page."));
  return db;
}
