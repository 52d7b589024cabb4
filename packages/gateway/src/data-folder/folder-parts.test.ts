/** The name that the stores of a data folder share is written in steps; a crash after any of them leaves what the next start takes. */
import { rmSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { openTestDatabase } from "../../test/test-directory.ts";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { randomIds } from "../server/random-ids.ts";
import type { DirectoryDatabase } from "../stores/sql/identity/directory-database.ts";
import { systemClock } from "../server/system-clock.ts";
import { type LocalPlane, openLocalPlane } from "../data-planes/local/local-plane.ts";
import { acceptParts, blobsMarker, pairParts, readParts, refuseMixedParts } from "./folder-parts.ts";

/** The stores of a folder. A start after a crash reads what is stored, so most starts here share them: opening starts threads. */
interface Stores {
  readonly directory: DirectoryDatabase;
  plane?: LocalPlane;
}

async function open(dataDir: string): Promise<Stores> {
  const directory = await openTestDatabase(dataDir);
  const stores: Stores = { directory };
  onTestFinished(() => close(stores));
  return stores;
}

async function close({ directory, plane }: Stores): Promise<void> {
  await plane?.close();
  await directory.close();
}

async function start(dataDir: string): Promise<string | undefined> {
  const stores = await open(dataDir);
  const run = await startWith(dataDir, stores);
  await close(stores);
  return run;
}

/** As a start of the gateway does it; `steps`: how many writes happen before the crash. */
async function startWith(
  dataDir: string,
  stores: Stores,
  steps = Number.POSITIVE_INFINITY,
): Promise<string | undefined> {
  const { directory } = stores;
  const parts = await readParts(dataDir, directory.reader);
  refuseMixedParts(dataDir, parts);
  const plane = (stores.plane ??= await openLocalPlane({ dataDir, clock: systemClock, ids: randomIds }));
  let left = steps;
  const step = <T>(write: () => Promise<T>): Promise<T> => (left-- > 0 ? write() : Promise.reject(new Error("crash")));
  const paired = pairParts(
    {
      dataDir,
      directory: { ...directory, write: (...write) => step(() => directory.write(...write)) },
      objects: {
        setStoreIdentity: (identity) => step(() => plane.setStoreIdentity(identity)),
        sequence: () => plane.sequence(),
      },
    },
    parts,
  );
  if (steps === Number.POSITIVE_INFINITY) await paired;
  else await expect(paired).rejects.toThrow("crash");
  return (await readParts(dataDir, directory.reader)).directory?.run;
}

test("each start has a name of its own, in all stores", async () => {
  const dataDir = await temporaryFolder();
  const [first, second] = [await start(dataDir), await start(dataDir)];
  expect([first, second]).toEqual([expect.stringMatching(/^1-/), expect.stringMatching(/^2-/)]);
  const directory = await openTestDatabase(dataDir);
  onTestFinished(() => directory.close());
  const { directory: own, index, blobs } = await readParts(dataDir, directory.reader);
  expect(own).toEqual({ folderId: expect.stringMatching(/^[0-9a-f]{32}$/), run: second, pending: undefined });
  expect([index?.identity, blobs]).toEqual([own, { ...own, sequence: 0 }]);
});

// Three writes through the databases; the marker of the blobs is between the second and the third.
test.each([0, 1, 2])("a crash after %i writes, twice, at the first start and at a later one", async (steps) => {
  const dataDir = await temporaryFolder();
  const stores = await open(dataDir);
  for (const number of [1, 2]) {
    await startWith(dataDir, stores, steps);
    await startWith(dataDir, stores, steps);
    expect(await startWith(dataDir, stores)).toMatch(new RegExp(`^${number}-`));
  }
  await close(stores);
  expect(await start(dataDir), "closed and opened again").toMatch(/^3-/);
});

test("accepted stores are paired at the next start, and checked again at the one after it", async () => {
  const dataDir = await temporaryFolder();
  await start(dataDir);
  rmSync(blobsMarker(dataDir));
  await expect(start(dataDir)).rejects.toMatchObject({ name: "StoreError", kind: "conflict" });
  const directory = await openTestDatabase(dataDir);
  await acceptParts(dataDir, directory);
  await directory.close();
  await start(dataDir);
  await start(dataDir);
  rmSync(blobsMarker(dataDir));
  await expect(start(dataDir)).rejects.toMatchObject({ kind: "conflict" });
});
