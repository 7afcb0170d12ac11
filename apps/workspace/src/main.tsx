// The page's beginning: opens the database, and puts the workspace into the document.

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { openDatabase } from "./data/database.ts";
import { releaseName, watchReleases } from "./release/release.ts";
import { App } from "./shell/app.tsx";
import "./styles/tokens.css";
import "./styles/controls.css";
import "./styles/shell.css";
import "./styles/page.css";
import "./styles/overlay.css";

document.documentElement.dataset.release = releaseName;
void watchReleases();
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <App opening={openDatabase()} />
  </StrictMode>,
);
