import { defineConfig } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";

/** One page in one file; --mode names which. */
export default defineConfig(({ mode }) => ({
  plugins: [viteSingleFile({ removeViteModuleLoader: true })],
  build: { target: "es2023", rollupOptions: { input: `${mode}.html` }, modulePreload: false, reportCompressedSize: false, emptyOutDir: false },
  worker: { format: "es" },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
}));
