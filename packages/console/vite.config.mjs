import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { defineConfig } from "vite";

const fonts = resolve(import.meta.dirname, "dist/.fonts");

/** The style sheet of Cloudscape holds its fonts as `data:` URLs, which `font-src 'self'` refuses: each becomes a file. */
function fontFiles() {
  const face = /url\(['"]?data:font\/woff2;base64,([A-Za-z0-9+/=]+)['"]?\)/g;
  return {
    name: "font-files",
    enforce: "pre",
    transform(code, id) {
      if (!id.includes("global-styles/index.css")) return undefined;
      mkdirSync(fonts, { recursive: true });
      return code.replaceAll(face, (_, base64) => {
        const bytes = Buffer.from(base64, "base64");
        const file = join(fonts, `${createHash("sha256").update(bytes).digest("hex").slice(0, 12)}.woff2`);
        writeFileSync(file, bytes);
        return `url("${file}")`;
      });
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  logLevel: "warn",
  plugins: [fontFiles()],
  resolve: {
    alias: [{ find: /^@s3-credentials\/policy$/, replacement: resolve(import.meta.dirname, "../policy/src/index.ts") }],
  },
  build: {
    target: "es2023",
    write: false,
    manifest: "routes.json",
    // The content security policy allows no `data:` scripts, styles or fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4096,
    rolldownOptions: {
      // `"use client"` is for servers that render React; this page is rendered in the browser alone.
      onLog: (level, log, report) => log.code === "MODULE_LEVEL_DIRECTIVE" || report(level, log),
    },
  },
});
