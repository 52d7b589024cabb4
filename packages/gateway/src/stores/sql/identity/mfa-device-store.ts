import { mfaDeviceArn } from "../../../domain/identity/mfa-rules.ts";
import { readMfaDevicePage } from "../../../domain/identity/pages.ts";
import { stepOfCode, synchronize } from "../../../domain/identity/totp.ts";
import type { AccessSecrets } from "../../../domain/keyring/access-secrets.ts";
import type {
  MfaCodes,
  MfaDeviceRecord,
  MfaDeviceStore,
  MfaOwner,
  WrongCode,
} from "../../../ports/mfa-device-store.ts";
import type { AccountQuotas } from "../../../ports/identity-store.ts";
import type { DirectoryDatabase } from "./directory-database.ts";
import type { AcceptedCodes } from "./mfa-device-procedures.ts";
import { mfaDevice, type MfaDeviceRow, mfaDevicesIn, mfaDevicesOf } from "./mfa-device-rows.ts";

const wrongCode: WrongCode = { kind: "wrong-code" };

/** Without what decides about codes. */
function recordOf({ sealedSeed: _seed, drift: _drift, ...record }: MfaDeviceRow): MfaDeviceRecord {
  return record;
}

function ownerOf({ accountId, ownerId }: MfaOwner): MfaOwner {
  return { accountId, ownerId };
}

/** Codes are compared here, where the seeds can be opened; the writer decides whether they count. */
export function mfaDeviceStore(
  database: DirectoryDatabase,
  secrets: AccessSecrets,
  { users: quota }: AccountQuotas,
): MfaDeviceStore {
  const { reader } = database;
  const accepted = async ({
    owner,
    serialNumber,
    codes,
    now,
  }: MfaCodes): Promise<AcceptedCodes | "missing" | undefined> => {
    const device = await mfaDevice(reader, owner.accountId, serialNumber);
    if (device === undefined) return "missing";
    const { sealedSeed } = device;
    const seed = secrets.openSeed(device.serialNumber, sealedSeed);
    const found = seed === undefined ? undefined : synchronize(seed, codes, now);
    return found === undefined ? undefined : { owner: ownerOf(owner), serialNumber, sealedSeed, ...found };
  };
  return {
    async findMfaDevice(accountId, serialNumber) {
      const found = await mfaDevice(reader, accountId, serialNumber);
      return found === undefined ? undefined : recordOf(found);
    },
    createMfaDevice(_grant, { seed, ...device }) {
      const serialNumber = mfaDeviceArn(device.accountId, device.path, device.name);
      return database.write("createMfaDevice", {
        ...device,
        quota,
        serialNumber,
        sealedSeed: secrets.sealSeed(serialNumber, seed),
      });
    },
    listMfaDevices: async (_grant, accountId, query) =>
      readMfaDevicePage(query, async (after, limit) =>
        (await mfaDevicesIn(reader, accountId, after, limit)).map(recordOf),
      ),
    listMfaDevicesOf: async (_grant, owner) => (await mfaDevicesOf(reader, owner)).map(recordOf),
    async enableMfaDevice(_grant, codes) {
      const found = await accepted(codes);
      if (found === "missing") return { kind: found };
      return found === undefined ? wrongCode : database.write("enableMfaDevice", { ...found, now: codes.now });
    },
    async resyncMfaDevice(_grant, codes) {
      const isOwn = (await mfaDevicesOf(reader, codes.owner)).some(isDevice(codes.serialNumber));
      const found = isOwn ? await accepted(codes) : "missing";
      if (found === "missing") return { kind: found };
      return found === undefined ? wrongCode : database.write("useMfaCodes", found);
    },
    deactivateMfaDevice: (_grant, owner, serialNumber) =>
      database.write("deactivateMfaDevice", { ...ownerOf(owner), serialNumber }),
    deleteMfaDevice: (_grant, accountId, serialNumber) =>
      database.write("deleteMfaDevice", { accountId, serialNumber }),
    changeMfaDeviceTags: (_grant, accountId, serialNumber, change) =>
      database.write("changeMfaDeviceTags", { accountId, serialNumber, change }),
    async useMfaCode(owner, serialNumber, code, now) {
      const device = (await mfaDevicesOf(reader, owner)).find(isDevice(serialNumber));
      if (device === undefined) return { kind: "missing" };
      const { sealedSeed } = device;
      const seed = secrets.openSeed(device.serialNumber, sealedSeed);
      const lastStep = seed === undefined ? undefined : stepOfCode(seed, code, now, device.drift);
      if (lastStep === undefined) return wrongCode;
      const found = { owner: ownerOf(owner), serialNumber, sealedSeed, lastStep, drift: undefined };
      return database.write("useMfaCodes", found);
    },
  };
}

function isDevice(serialNumber: string): (device: MfaDeviceRecord) => boolean {
  return (device) => device.serialNumber.toLowerCase() === serialNumber.toLowerCase();
}
