// How the page is built: from the sources of the packages, into dist/.

import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig } from "vite";
import { serviceWorker } from "./vite/service_worker.ts";
import { shellSize } from "./vite/shell_size.ts";

export default defineConfig({
  plugins: [react(), shellSize(), serviceWorker()],
  resolve: { conditions: ["@holdfast/source", ...defaultClientConditions] },
  build: { target: "es2022" },
  // While the page is worked on: `npm start` in another terminal, `npm run dev` here.
  server: { proxy: { "/sync": { target: "ws://127.0.0.1:4747", ws: true } } },
});
