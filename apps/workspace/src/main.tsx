// The page's beginning: puts the workspace into the document.

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <h1>Holdfast</h1>
  </StrictMode>,
);
