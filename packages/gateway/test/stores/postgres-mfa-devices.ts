/** MFA devices of the identity store on PostgreSQL. */
import {
  mayCreateMfaDevice,
  mayDeleteMfaDevice,
  mayEnableMfaDevice,
  mfaDeviceArn,
} from "../../src/domain/identity/mfa-rules.ts";
import { nameKey } from "../../src/domain/identity/names.ts";
import { readMfaDevicePage } from "../../src/domain/identity/pages.ts";
import { changedTags, done, missing } from "../../src/domain/identity/principal-rules.ts";
import { stepOfCode, synchronize } from "../../src/domain/identity/totp.ts";
import type { AccessSecrets } from "../../src/domain/keyring/access-secrets.ts";
import type { AccountQuotas } from "../../src/ports/identity-store.ts";
import type { MfaDeviceRecord, MfaDeviceStore, MfaOwner, WrongCode } from "../../src/ports/mfa-device-store.ts";
import { changedOne, type Postgres } from "./postgres-identity-store.ts";
import * as rows from "./postgres-rows.ts";
import type { Queries, Row } from "./postgres-rows.ts";

interface Device extends MfaDeviceRecord {
  readonly sealedSeed: Buffer;
  readonly drift: number;
  readonly lastStep: number;
}

const wrongCode: WrongCode = { kind: "wrong-code" };

function deviceFrom(row: Row): Device {
  const text = (name: string): string => String(row[name]);
  const ownerId = row["owner_id"] === null ? undefined : text("owner_id");
  return {
    accountId: text("account_id"),
    serialNumber: text("serial"),
    name: text("name"),
    path: text("path"),
    createdAt: Number(row["created_at"]),
    tags: new Map(Object.entries(JSON.parse((row["tags"] as Buffer).toString()) as Record<string, string>)),
    assigned: row["enabled_at"] === null ? undefined : { ownerId, enabledAt: Number(row["enabled_at"]) },
    sealedSeed: row["seed"] as Buffer,
    drift: Number(row["drift"]),
    lastStep: Number(row["last_step"]),
  };
}

function recordOf({ sealedSeed: _seed, drift: _drift, lastStep: _step, ...record }: Device): MfaDeviceRecord {
  return record;
}

async function mfaDevice(db: Queries, accountId: string, serialNumber: string): Promise<Device | undefined> {
  const sql = "SELECT * FROM mfa_devices WHERE account_id = $1 AND serial_key = $2";
  return (await db.all(sql, [accountId, nameKey(serialNumber)])).map(deviceFrom)[0];
}

export async function mfaDevicesOf(db: Queries, { accountId, ownerId }: MfaOwner): Promise<readonly Device[]> {
  const sql =
    "SELECT * FROM mfa_devices WHERE account_id = $1 AND owner_id IS NOT DISTINCT FROM $2 AND enabled_at IS NOT NULL ORDER BY serial_key";
  return (await db.all(sql, [accountId, ownerId ?? null])).map(deviceFrom);
}

async function ownDevice(db: Queries, owner: MfaOwner, serialNumber: string): Promise<Device | undefined> {
  const devices = await mfaDevicesOf(db, owner);
  return devices.find((device) => nameKey(device.serialNumber) === nameKey(serialNumber));
}

const tagsBytes = (tags: ReadonlyMap<string, string>) => Buffer.from(JSON.stringify(Object.fromEntries(tags)));

export function postgresMfaDevices(db: Postgres, secrets: AccessSecrets, quotas: AccountQuotas): MfaDeviceStore {
  const open = (device: Device): Buffer => secrets.openSeed(device.serialNumber, device.sealedSeed) ?? Buffer.alloc(0);
  return {
    async findMfaDevice(accountId, serialNumber) {
      const found = await mfaDevice(db, accountId, serialNumber);
      return found && recordOf(found);
    },
    createMfaDevice: (_grant, { accountId, name, path, createdAt, tags, seed }) =>
      db.change(async (tx) => {
        const serial = mfaDeviceArn(accountId, path, name);
        const outcome = mayCreateMfaDevice({
          serialTaken: (await mfaDevice(tx, accountId, serial)) !== undefined,
          count: await rows.count(tx, "mfa_devices WHERE account_id = $1", [accountId]),
          quota: quotas.users,
        });
        if (outcome.kind !== "done") return outcome;
        const values = [nameKey(serial), accountId, serial, name, path, createdAt, tagsBytes(tags)];
        await tx.all("INSERT INTO mfa_devices VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", [
          ...values,
          secrets.sealSeed(serial, seed),
        ]);
        return done;
      }),
    listMfaDevices: (_grant, accountId, query) =>
      readMfaDevicePage(query, async (after, limit) => {
        const sql = "SELECT * FROM mfa_devices WHERE account_id = $1 AND serial_key > $2 ORDER BY serial_key LIMIT $3";
        return (await db.all(sql, [accountId, nameKey(after), limit])).map((row) => recordOf(deviceFrom(row)));
      }),
    listMfaDevicesOf: async (_grant, owner) => (await mfaDevicesOf(db, owner)).map(recordOf),
    enableMfaDevice: (_grant, { owner, serialNumber, codes, now }) =>
      db.change(async (tx) => {
        const { accountId, ownerId } = owner;
        const device = await mfaDevice(tx, accountId, serialNumber);
        if (device === undefined) return missing;
        const found = synchronize(open(device), codes, now);
        if (found === undefined || found.lastStep <= device.lastStep) return wrongCode;
        const user = ownerId === undefined ? "root" : await rows.principalOf(tx, { accountId, id: ownerId });
        const outcome = mayEnableMfaDevice(device, user, (await mfaDevicesOf(tx, owner)).length);
        if (outcome.kind !== "done") return outcome;
        const sql =
          "UPDATE mfa_devices SET owner_id = $2, enabled_at = $3, last_step = $4, drift = $5 WHERE serial_key = $1";
        return changedOne(tx, sql, [nameKey(serialNumber), ownerId ?? null, now, found.lastStep, found.drift]);
      }),
    resyncMfaDevice: (_grant, { owner, serialNumber, codes, now }) =>
      db.change(async (tx) => {
        const device = await ownDevice(tx, owner, serialNumber);
        if (device === undefined) return missing;
        const found = synchronize(open(device), codes, now);
        if (found === undefined || found.lastStep <= device.lastStep) return wrongCode;
        const sql = "UPDATE mfa_devices SET last_step = $2, drift = $3 WHERE serial_key = $1";
        return changedOne(tx, sql, [nameKey(serialNumber), found.lastStep, found.drift]);
      }),
    deactivateMfaDevice: (_grant, owner, serialNumber) =>
      db.change(async (tx) => {
        if ((await ownDevice(tx, owner, serialNumber)) === undefined) return missing;
        const sql = "UPDATE mfa_devices SET owner_id = NULL, enabled_at = NULL WHERE serial_key = $1";
        return changedOne(tx, sql, [nameKey(serialNumber)]);
      }),
    deleteMfaDevice: (_grant, accountId, serialNumber) =>
      db.change(async (tx) => {
        const outcome = mayDeleteMfaDevice(await mfaDevice(tx, accountId, serialNumber));
        if (outcome.kind !== "done") return outcome;
        return changedOne(tx, "DELETE FROM mfa_devices WHERE serial_key = $1", [nameKey(serialNumber)]);
      }),
    changeMfaDeviceTags: (_grant, accountId, serialNumber, change) =>
      db.change(async (tx) => {
        const device = await mfaDevice(tx, accountId, serialNumber);
        if (device === undefined) return missing;
        const tags = changedTags(device.tags, change, "TagsPerVirtualMfaDevice") ?? device.tags;
        if ("kind" in tags) return tags;
        const sql = "UPDATE mfa_devices SET tags = $2 WHERE serial_key = $1";
        return changedOne(tx, sql, [nameKey(serialNumber), tagsBytes(tags)]);
      }),
    useMfaCode: (owner, serialNumber, code, now) =>
      db.change(async (tx) => {
        const device = await ownDevice(tx, owner, serialNumber);
        if (device === undefined) return { kind: "missing" as const };
        const step = stepOfCode(open(device), code, now, device.drift);
        if (step === undefined || step <= device.lastStep) return wrongCode;
        await tx.all("UPDATE mfa_devices SET last_step = $2 WHERE serial_key = $1", [nameKey(serialNumber), step]);
        return { kind: "done" as const };
      }),
  };
}
