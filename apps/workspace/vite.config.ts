// How the page is built: from the sources of the packages, into dist/.

import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ["@holdfast/source", ...defaultClientConditions] },
  build: { target: "es2022" },
});
