import { startPostgres } from "./postgres-server.ts";

/** For `vitest.postgres.config.ts`: one server for all files. */
export async function setup(): Promise<() => Promise<void>> {
  const server = await startPostgres();
  process.env["TEST_POSTGRES"] = server.address.host;
  return () => server.stop();
}
