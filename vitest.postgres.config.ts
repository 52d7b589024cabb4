import { mergeConfig } from "vitest/config";
import shared from "./vitest.config.ts";

// The tests of the stores once more, on PostgreSQL. The others damage the file of SQLite, or look into it.
const onFiles = ["unreadable-documents", "findings-limits", "groups", "session-life"];
export default mergeConfig(
  { ...shared, test: { ...shared.test, include: ["packages/gateway/src/stores/sql/**/*.test.ts"] } },
  {
    test: {
      globalSetup: ["packages/gateway/test/stores/postgres-for-all.ts"],
      exclude: onFiles.map((name) => `**/${name}.test.ts`),
    },
  },
);
