import { mayCreateMfaDevice, mayDeleteMfaDevice, mayEnableMfaDevice } from "../../../domain/identity/mfa-rules.ts";
import { nameKey } from "../../../domain/identity/names.ts";
import { changedTags, done, missing } from "../../../domain/identity/principal-rules.ts";
import type { Synchronized } from "../../../domain/identity/totp.ts";
import type { Done, StoreRefusal, TagChange } from "../../../ports/identity-store.ts";
import type { MfaDeviceRecord, MfaOwner, WrongCode } from "../../../ports/mfa-device-store.ts";
import type { Writer } from "../database.ts";
import { tagsDocument } from "../sql-value.ts";
import { countMfaDevices, mfaDevice, mfaDevicesOf } from "./mfa-device-rows.ts";
import { ofOwner, ownerValues, principalOf } from "./principal-rows.ts";

type Result = Done | StoreRefusal;

export interface NewMfaDevice extends Omit<MfaDeviceRecord, "assigned"> {
  readonly sealedSeed: Uint8Array;
  readonly quota: number;
}

export async function createMfaDevice(
  writer: Writer,
  { accountId, serialNumber, name, path, createdAt, tags, sealedSeed, quota }: NewMfaDevice,
): Promise<Result> {
  const outcome = mayCreateMfaDevice({
    serialTaken: (await mfaDevice(writer, accountId, serialNumber)) !== undefined,
    count: await countMfaDevices(writer, accountId),
    quota,
  });
  if (outcome.kind !== "done") return outcome;
  await writer.run(
    "INSERT INTO mfa_devices (serial_key, account_id, serial, name, path, created_at, tags, seed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [nameKey(serialNumber), accountId, serialNumber, name, path, createdAt, tagsDocument(tags), sealedSeed],
  );
  return done;
}

export interface AcceptedCodes extends Pick<Synchronized, "lastStep"> {
  readonly owner: MfaOwner;
  readonly serialNumber: string;
  /** The seed that the codes were compared with: a device that was made again meanwhile has another. */
  readonly sealedSeed: Uint8Array;
  /** Undefined: as it is known already. */
  readonly drift: number | undefined;
}

const wrongCode: WrongCode = { kind: "wrong-code" };

export async function enableMfaDevice(
  writer: Writer,
  { owner, serialNumber, sealedSeed, lastStep, drift, now }: AcceptedCodes & { readonly now: number },
): Promise<Result | WrongCode> {
  const { accountId, ownerId } = owner;
  const outcome = mayEnableMfaDevice(
    await mfaDevice(writer, accountId, serialNumber),
    ownerId === undefined ? "root" : await principalOf(writer, { accountId, id: ownerId }),
    (await mfaDevicesOf(writer, owner)).length,
  );
  if (outcome.kind !== "done") return outcome;
  const sql =
    "UPDATE mfa_devices SET owner_id = ?, enabled_at = ?, last_step = ?, drift = coalesce(?, drift) WHERE account_id = ? AND serial_key = ? AND seed = ? AND last_step < ?";
  const values = [
    ownerId ?? null,
    now,
    lastStep,
    drift ?? null,
    accountId,
    nameKey(serialNumber),
    sealedSeed,
    lastStep,
  ];
  if ((await writer.run(sql, values)) === 0) return wrongCode;
  return done;
}

const usedBy = (ownerId: string | undefined): string =>
  `account_id = ? AND serial_key = ? AND ${ofOwner(ownerId)} AND enabled_at IS NOT NULL`;

/** Accepts codes of a device in use. INVARIANT: a step counts once, and no earlier one counts after it. */
export async function useMfaCodes(
  writer: Writer,
  { owner: { accountId, ownerId }, serialNumber, sealedSeed, lastStep, drift }: AcceptedCodes,
): Promise<Done | WrongCode> {
  const sql = `UPDATE mfa_devices SET last_step = ?, drift = coalesce(?, drift) WHERE ${usedBy(ownerId)} AND seed = ? AND last_step < ?`;
  const values = [
    lastStep,
    drift ?? null,
    accountId,
    nameKey(serialNumber),
    ...ownerValues(ownerId),
    sealedSeed,
    lastStep,
  ];
  return (await writer.run(sql, values)) === 0 ? wrongCode : done;
}

export interface NamedDevice {
  readonly accountId: string;
  readonly serialNumber: string;
}

/** The last step stays: a code that has counted does not count again when the device is enabled once more. */
export async function deactivateMfaDevice(
  writer: Writer,
  { accountId, serialNumber, ownerId }: NamedDevice & { readonly ownerId: string | undefined },
): Promise<Result> {
  const sql = `UPDATE mfa_devices SET owner_id = NULL, enabled_at = NULL WHERE ${usedBy(ownerId)}`;
  if ((await writer.run(sql, [accountId, nameKey(serialNumber), ...ownerValues(ownerId)])) === 0) return missing;
  return done;
}

export async function deleteMfaDevice(writer: Writer, { accountId, serialNumber }: NamedDevice): Promise<Result> {
  const outcome = mayDeleteMfaDevice(await mfaDevice(writer, accountId, serialNumber));
  if (outcome.kind !== "done") return outcome;
  await writer.run("DELETE FROM mfa_devices WHERE account_id = ? AND serial_key = ?", [
    accountId,
    nameKey(serialNumber),
  ]);
  return done;
}

export async function changeMfaDeviceTags(
  writer: Writer,
  { accountId, serialNumber, change }: NamedDevice & { readonly change: TagChange },
): Promise<Result> {
  const device = await mfaDevice(writer, accountId, serialNumber);
  if (device === undefined) return missing;
  const tags = changedTags(device.tags, change, "TagsPerVirtualMfaDevice");
  if (tags === undefined) return done;
  if ("kind" in tags) return tags;
  const sql = "UPDATE mfa_devices SET tags = ? WHERE account_id = ? AND serial_key = ?";
  await writer.run(sql, [tagsDocument(tags), accountId, nameKey(serialNumber)]);
  return done;
}
