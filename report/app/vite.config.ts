import { defineConfig } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";

/** One page in one file, or for a notebook the widget as one module; --mode names which. */
export default defineConfig(({ mode }) => ({
  plugins: mode === "widget" ? [] : [viteSingleFile({ removeViteModuleLoader: true })],
  build: {
    target: "es2023", modulePreload: false, reportCompressedSize: false, emptyOutDir: false,
    rollupOptions: mode === "widget"
      ? { input: "src/widget/main.tsx", preserveEntrySignatures: "strict", output: { entryFileNames: "widget.js" } }
      : { input: `${mode}.html` },
  },
  worker: { format: "es" },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
}));
