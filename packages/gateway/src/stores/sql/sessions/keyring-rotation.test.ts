import { expect, test } from "vitest";
import { testDirectory, waitingKey } from "../../../../test/test-directory.ts";
import { maxKeys, rotation } from "../../../domain/keyring/rotation.ts";

test("a key is followed by another in time: known first, then sealing, and the old one goes after the longest session", async () => {
  const { keyring, clock, database } = await testDirectory();
  const states = () => database.reader.all("SELECT state FROM keyring ORDER BY created_at", [], ([state]) => state);
  const later = async (ms: number): Promise<readonly unknown[]> => {
    clock.time += ms;
    await keyring.rotate(clock.time);
    return states();
  };
  const first = (await keyring.sealing()).id;
  expect(await later(rotation.age - 1)).toEqual(["sealing"]);
  expect(await later(1)).toEqual(["sealing", "distributed"]);
  expect((await keyring.sealing()).id).toBe(first);
  expect(await later(rotation.distribution - 1)).toEqual(["sealing", "distributed"]);
  expect(await later(1)).toEqual(["retiring", "sealing"]);
  expect((await keyring.sealing()).id).not.toBe(first);
  expect(await keyring.find(first)).toBeDefined();
  expect(await later(rotation.sessions)).toEqual(["retiring", "sealing"]);
  expect(await later(1)).toEqual(["sealing"]);
  expect(await keyring.find(first)).toBeUndefined();
});

test("a gateway that was off for a year rotates one step at a time", async () => {
  const { keyring, clock, database } = await testDirectory();
  clock.time += 365 * 24 * 3_600_000;
  await keyring.rotate(clock.time);
  await keyring.rotate(clock.time);
  expect(await database.reader.all("SELECT state FROM keyring ORDER BY created_at", [], ([state]) => state)).toEqual([
    "sealing",
    "distributed",
  ]);
});

test("rotations by hand stop at the limit of keys, and go on when the oldest have gone", async () => {
  const { keyring, clock, database } = await testDirectory();
  const rotateNow = () => keyring.rotateNow((clock.time += 1), database);
  for (let keys = 1; keys < maxKeys; keys += 1) expect(await rotateNow()).toBe("done");
  const full = await keyring.keys();
  expect(full).toHaveLength(maxKeys);
  expect(await rotateNow()).toBe("too-many");
  expect(await keyring.keys()).toEqual(full);
  expect((await keyring.sealing()).id).toBe(full.at(-1)?.id);
  clock.time += rotation.sessions;
  await keyring.rotate(clock.time);
  expect(await keyring.keys()).toHaveLength(1);
  expect(await rotateNow()).toBe("done");
});

test("rotations by hand at the same time stop at the limit too", async () => {
  const { keyring, clock, database } = await testDirectory();
  clock.time += 1;
  const outcomes = await Promise.all(
    Array.from({ length: maxKeys + 5 }, () => keyring.rotateNow(clock.time, database)),
  );
  expect(outcomes.filter((outcome) => outcome === "done")).toHaveLength(maxKeys - 1);
  expect((await keyring.keys()).map(({ state }) => state)).toEqual(
    expect.arrayContaining([...Array.from({ length: maxKeys - 1 }, () => "retiring"), "sealing"]),
  );
  expect(await keyring.keys()).toHaveLength(maxKeys);
});

test("a rotation by hand uses the key that waits", async () => {
  const directory = await testDirectory();
  const { keyring, clock, database } = directory;
  const waiting = await waitingKey(directory);
  await keyring.rotateNow(clock.time, database);
  expect([(await keyring.sealing()).id, await keyring.keys()]).toEqual([
    waiting,
    expect.objectContaining({ length: 2 }),
  ]);
});
