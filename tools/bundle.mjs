// The command as a few files instead of thousands: starting it reads one command's code and no more.
import { rmSync } from "node:fs";
import { rolldown } from "rolldown";

const folder = "packages/cli/bundle";

const bundle = await rolldown({
  input: "packages/cli/src/main.ts",
  platform: "node",
  // The gateway has worker threads and native code of its own; `serve` loads it where it is installed.
  external: ["@s3-credentials/gateway"],
  resolve: { conditionNames: ["source", "import", "node", "default"] },
});
rmSync(folder, { recursive: true, force: true });
await bundle.write({
  dir: folder,
  format: "esm",
  minify: true,
  entryFileNames: "[name].js",
  chunkFileNames: "[name]-[hash].js",
});
await bundle.close();
