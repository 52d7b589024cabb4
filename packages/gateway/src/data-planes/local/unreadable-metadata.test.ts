import { join } from "node:path";
import { expect, test } from "vitest";
import { listAll, target } from "../../../test/contract/plane-under-test.ts";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { testBody } from "../../../test/test-body.ts";
import { testGrant } from "../../../test/test-grant.ts";
import { randomIds } from "../../server/random-ids.ts";
import { openConnection } from "../../stores/sqlite/connection.ts";
import { openLocalPlane } from "./local-plane.ts";

const grant = testGrant();
const metadata = {
  headers: { "content-type": "text/plain" },
  user: { a: "b" },
  websiteRedirect: "/c",
  storageClass: "ONEZONE_IA",
} as const;

test.each([
  "{",
  "null",
  "[]",
  '{"headers":{}}',
  '{"headers":{"content-type":5},"user":{}}',
  '{"headers":{},"user":[]}',
  '{"headers":{},"user":{"a":null}}',
  '{"headers":{},"user":{},"websiteRedirect":1}',
])("metadata that the gateway never writes are unreadable: %s", async (document) => {
  const dataDir = await temporaryFolder();
  const plane = await openLocalPlane({
    dataDir,
    clock: { now: () => 1_700_000_000_000, monotonic: () => 0 },
    ids: randomIds,
  });
  try {
    await plane.put(grant, target("b", "k"), metadata, testBody(Buffer.from("text")));
    const connection = openConnection(join(dataDir, "objects.db"));
    connection.run("UPDATE version_metadata SET document = ?", [Buffer.from(document)]);
    connection.close();
    await expect(plane.find(grant, "b", "k", undefined)).rejects.toMatchObject({ kind: "corrupt" });
  } finally {
    await plane.close();
  }
});

test("a storage class that nobody wrote is damage", async () => {
  const dataDir = await temporaryFolder();
  const plane = await openLocalPlane({
    dataDir,
    clock: { now: () => 1_700_000_000_000, monotonic: () => 0 },
    ids: randomIds,
  });
  try {
    await plane.put(grant, target("b", "k"), metadata, testBody(Buffer.from("text")));
    const connection = openConnection(join(dataDir, "objects.db"));
    for (const table of ["versions", "current"]) connection.run(`UPDATE ${table} SET storage_class = 'GOLD'`, []);
    connection.close();
    await expect(plane.find(grant, "b", "k", undefined)).rejects.toMatchObject({ kind: "corrupt" });
    await expect(plane.listObjects(grant, "b", listAll)).rejects.toMatchObject({ kind: "corrupt" });
  } finally {
    await plane.close();
  }
});
