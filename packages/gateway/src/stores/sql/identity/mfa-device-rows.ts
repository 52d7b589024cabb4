import { ofOwner, ownerValues } from "./principal-rows.ts";
import { nameKey } from "../../../domain/identity/names.ts";
import type { MfaDeviceRecord, MfaOwner } from "../../../ports/mfa-device-store.ts";
import type { Reader, Row } from "../database.ts";
import { blob, integer, json, optional, text, texts } from "../sql-value.ts";

/** A device with what decides about its codes. */
export interface MfaDeviceRow extends MfaDeviceRecord {
  readonly sealedSeed: Buffer;
  /** Steps that the device's clock is ahead. */
  readonly drift: number;
}

const columns = "account_id, serial, name, path, created_at, tags, owner_id, enabled_at, seed, drift";

function rowOf([account, serial, name, path, created, tags, owner, enabled, seed, drift]: Row): MfaDeviceRow {
  const enabledAt = optional(integer, enabled);
  return {
    accountId: text(account),
    serialNumber: text(serial),
    name: text(name),
    path: text(path),
    createdAt: integer(created),
    tags: new Map(Object.entries(texts(json(tags), "the tags of an MFA device"))),
    assigned: enabledAt === undefined ? undefined : { ownerId: optional(text, owner), enabledAt },
    sealedSeed: blob(seed),
    drift: integer(drift),
  };
}

export function mfaDevice(reader: Reader, accountId: string, serialNumber: string): Promise<MfaDeviceRow | undefined> {
  const sql = `SELECT ${columns} FROM mfa_devices WHERE account_id = ? AND serial_key = ?`;
  return reader.get(sql, [accountId, nameKey(serialNumber)], rowOf);
}

export function mfaDevicesOf(reader: Reader, { accountId, ownerId }: MfaOwner): Promise<readonly MfaDeviceRow[]> {
  const sql = `SELECT ${columns} FROM mfa_devices WHERE account_id = ? AND ${ofOwner(ownerId)} AND enabled_at IS NOT NULL ORDER BY serial_key`;
  return reader.all(sql, [accountId, ...ownerValues(ownerId)], rowOf);
}

/** By serial number in lower case, from after `after`. */
export function mfaDevicesIn(
  reader: Reader,
  accountId: string,
  after: string,
  limit: number,
): Promise<readonly MfaDeviceRow[]> {
  const sql = `SELECT ${columns} FROM mfa_devices WHERE account_id = ? AND serial_key > ? ORDER BY serial_key LIMIT ?`;
  return reader.all(sql, [accountId, nameKey(after), limit], rowOf);
}

export async function countMfaDevices(reader: Reader, accountId: string): Promise<number> {
  return (
    (await reader.get("SELECT count(*) FROM mfa_devices WHERE account_id = ?", [accountId], ([n]) => integer(n))) ?? 0
  );
}
