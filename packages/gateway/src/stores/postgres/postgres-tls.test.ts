import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { selfSigned } from "../../../test/self-signed.ts";
import { type Items, administer, openItems } from "../../../test/stores/postgres-items.ts";
import { type PostgresServer, startPostgres } from "../../../test/stores/postgres-server.ts";
import type { PostgresAddress } from "./connections.ts";

const certificate = selfSigned();
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres(certificate);
  await administer(server.address, "public", "ALTER USER postgres PASSWORD 'secret'");
});
afterAll(() => server.stop());

async function open(more: Partial<PostgresAddress>): Promise<Items> {
  const tls = { authorities: () => certificate.cert };
  const address = { ...server.address, host: "127.0.0.1", tls, password: async () => "secret", ...more };
  const items = await openItems(address, "tls");
  onTestFinished(() => items.close());
  return items;
}

test("a server that proves its name is asked, with a password and authorities that are asked for at each connection", async () => {
  let [asked, trusted] = [0, 0];
  const tls = { authorities: () => ((trusted += 1), certificate.cert) };
  const items = await open({ tls, password: async () => ((asked += 1), "secret") });
  expect(await items.write("mark", "a")).toBe(1);
  expect([asked, trusted]).toEqual([2, 2]);
});

test.each([
  ["with a certificate of nobody who is known", { tls: {} }, "self-signed certificate"],
  ["with a certificate of another one", { tls: { authorities: () => selfSigned().cert } }, "certificate"],
  ["under a name that is not its own", { host: "127.0.0.2" }, "does not match certificate's altnames"],
  ["without TLS, when it wants TLS", { tls: undefined }, "no encryption"],
  ["with a wrong password", { password: async () => "wrong" }, "password authentication failed"],
  ["without a password", { password: undefined }, "asks for a password, and none was given"],
] as const)("a server is not used %s", async (_, more, problem) => {
  await expect(open(more as Partial<PostgresAddress>)).rejects.toMatchObject({
    name: "StoreError",
    kind: "unavailable",
    message: expect.stringContaining(problem) as string,
  });
});
