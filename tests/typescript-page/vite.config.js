import { defineConfig } from "vite";

export default defineConfig({
  // The host serves the page from the root of its own scheme.
  base: "./",
  build: {
    outDir: "../../target/typescript-page",
    emptyOutDir: true,
    target: "es2022",
    // The page's policy allows no data in addresses.
    assetsInlineLimit: 0,
  },
  // In the development server: the package finds its wasm module beside its own files.
  optimizeDeps: { exclude: ["sample-backend"] },
});
