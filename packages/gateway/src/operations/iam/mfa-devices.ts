import { element, type XmlNode } from "@s3-credentials/protocol";
import { randomBytes } from "node:crypto";
import { mfaDeviceArn, rootDeviceName } from "../../domain/identity/mfa-rules.ts";
import { base32, seedBytes } from "../../domain/identity/totp.ts";
import type { Grant } from "../../ports/grant.ts";
import type { StoreRefusal } from "../../ports/identity-store.ts";
import type { MfaCodes, MfaDeviceRecord, MfaOwner } from "../../ports/mfa-device-store.ts";
import { tooManyGuesses, tryCodes } from "../mfa-code.ts";
import { isRefusal, type OperationContext, type Refusal, refuse } from "../operation.ts";
import { oneOf, optional, tags, text, withDefault } from "../query/fields.ts";
import { requestTagKeys, resourceTagKeys } from "../query/tag-keys.ts";
import { defineIam, type IamTarget } from "./define-iam.ts";
import { accountOf, ownTarget, requireUser, userNameOrOwn } from "./identities.ts";
import {
  maxSerialNumber,
  mfaDeviceName,
  mfaSerialNumber,
  pageFields,
  path,
  placedPageFields,
  existingUserName,
  userName,
} from "./iam-fields.ts";
import { qrCodePng } from "./qr-code.ts";
import { iamTime, optionalTags, pageElements, pageFrom, rootElement, userElement } from "./shapes.ts";
import { iamRefusal } from "./store-refusals.ts";

export function describeDevice(serialNumber: string): string {
  return `VirtualMFADevice with serial number ${serialNumber}`;
}

function deviceRefusal(refusal: StoreRefusal, serialNumber: string): Refusal {
  switch (refusal.kind) {
    case "missing":
      return refuse("NoSuchEntity", `${describeDevice(serialNumber)} does not exist.`);
    case "conflict":
      return refuse("DeleteConflict", refusal.reason);
    default:
      return iamRefusal(refusal, describeDevice(serialNumber));
  }
}

/** A device as authorization sees it. */
export async function deviceTarget(context: OperationContext, serialNumber: string): Promise<IamTarget> {
  const accountId = accountOf(context);
  const device = await context.ports.identity.findMfaDevice(accountId, serialNumber);
  return {
    resource: { arn: device?.serialNumber ?? serialNumber, accountId, resourceAsSent: serialNumber },
    context: device === undefined ? {} : resourceTagKeys("mfa", device.tags),
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html */
export const createVirtualMfaDevice = defineIam({
  name: "CreateVirtualMFADevice",
  resource: "mfa",
  fields: { VirtualMFADeviceName: mfaDeviceName, Path: path, Tags: tags },
  conditionKeys: ["aws:RequestTag/", "aws:TagKeys"],
  target: async ({ VirtualMFADeviceName, Path, Tags }, context) => {
    const accountId = accountOf(context);
    const arn = mfaDeviceArn(accountId, Path, VirtualMFADeviceName);
    // No other operation could name it.
    if (arn.length > maxSerialNumber)
      return refuse("ValidationError", `The serial number ${arn} would be longer than ${maxSerialNumber} characters.`);
    return { resource: { arn, accountId }, context: requestTagKeys(Tags) };
  },
  async run(grant, { VirtualMFADeviceName: name, Path, Tags }, context) {
    const accountId = accountOf(context);
    const serialNumber = mfaDeviceArn(accountId, Path, name);
    const seed = randomBytes(seedBytes);
    const device = { accountId, name, path: Path, createdAt: context.now, tags: Tags };
    const created = await context.ports.identity.createMfaDevice(grant, { ...device, seed });
    if (created.kind === "exists")
      return refuse("EntityAlreadyExists", "MFADevice entity at the same path and name already exists.");
    if (created.kind !== "done") return deviceRefusal(created, serialNumber);
    const secret = base32(seed);
    const { principal } = context;
    const accountName = principal.kind === "user" ? principal.userName : accountId;
    const uri = `otpauth://totp/${encodeURIComponent(name)}@${encodeURIComponent(accountName)}?secret=${secret}`;
    return [
      element("VirtualMFADevice", [
        element("SerialNumber", serialNumber),
        element("Base32StringSeed", Buffer.from(secret).toString("base64")),
        element("QRCodePNG", qrCodePng(uri).toString("base64")),
        optionalTags(Tags),
      ]),
    ];
  },
});

interface NamedOwner extends MfaOwner {
  /** Undefined: the root. */
  readonly name: string | undefined;
}

/** The user that is named, or who calls: a user or the account's root. */
async function ownerOf(context: OperationContext, given: string | undefined): Promise<NamedOwner | Refusal> {
  const name = userNameOrOwn(context, given);
  if (isRefusal(name)) return name;
  const accountId = accountOf(context);
  if (name === undefined) return { accountId, ownerId: undefined, name };
  const user = await requireUser(context, name);
  return isRefusal(user) ? user : { accountId, ownerId: user.id, name: user.name };
}

/**
 * AWS's API enables devices for users alone, and its console one for the root. Here the root does it with the API: the device has the name
 * and path that AWS gives it, and `UserName` says `root`.
 */
function isForRoot(context: OperationContext, serialNumber: string): boolean {
  return serialNumber === mfaDeviceArn(accountOf(context), "/", rootDeviceName);
}

function namedForRoot(context: OperationContext, serialNumber: string, given: string | undefined): string | undefined {
  return isForRoot(context, serialNumber) && context.principal.kind === "root" && given === "root" ? undefined : given;
}

const authenticationCode = text({ pattern: /^\d+$/, shown: "[\\d]+", min: 6, max: 6 });

const codeFields = {
  UserName: existingUserName,
  SerialNumber: mfaSerialNumber,
  AuthenticationCode1: authenticationCode,
  AuthenticationCode2: authenticationCode,
} as const;

const inUse = refuse("EntityAlreadyExists", "MFADevice is already in use.");

/**
 * The store decides this too. It is asked before the codes, so that nobody can try codes of another's device, use up the tries of its owner,
 * or make a counter for each name that can be thought of.
 */
function refuseDevice(
  name: "EnableMFADevice" | "ResyncMFADevice",
  { ownerId }: NamedOwner,
  device: MfaDeviceRecord | undefined,
  serialNumber: string,
): Refusal | undefined {
  const missing = deviceRefusal({ kind: "missing" }, serialNumber);
  if (device === undefined) return missing;
  const { assigned } = device;
  if (name === "EnableMFADevice") return assigned === undefined ? undefined : inUse;
  return assigned === undefined || assigned.ownerId !== ownerId ? missing : undefined;
}

function twoCodes(
  name: "EnableMFADevice" | "ResyncMFADevice",
  give: (
    grant: Grant,
    codes: MfaCodes,
    context: OperationContext,
  ) => ReturnType<OperationContext["ports"]["identity"]["enableMfaDevice"]>,
) {
  return defineIam({
    name,
    resource: "user",
    fields: codeFields,
    target: async ({ UserName, SerialNumber }, context) =>
      ownTarget(context, namedForRoot(context, SerialNumber, UserName)),
    async run(grant, { UserName, SerialNumber, AuthenticationCode1, AuthenticationCode2 }, context) {
      const owner = await ownerOf(context, namedForRoot(context, SerialNumber, UserName));
      if (isRefusal(owner)) return owner;
      if (isForRoot(context, SerialNumber) && owner.ownerId !== undefined)
        return refuse("InvalidInput", `The device ${rootDeviceName} is for the account's root user only.`);
      const device = await context.ports.identity.findMfaDevice(owner.accountId, SerialNumber);
      const unfit = refuseDevice(name, owner, device, SerialNumber);
      if (unfit !== undefined) return unfit;
      const codes = [AuthenticationCode1, AuthenticationCode2] as const;
      const given = await tryCodes(
        context,
        owner,
        () => give(grant, { owner, serialNumber: SerialNumber, codes, now: context.now }, context),
        name === "EnableMFADevice" ? SerialNumber : undefined,
      );
      if (given === undefined) return refuse("InvalidAuthenticationCode", `There were ${tooManyGuesses}`);
      if (given.kind === "done") return undefined;
      if (given.kind === "wrong-code")
        return refuse("InvalidAuthenticationCode", "Authentication code for device is not valid.");
      return given.kind === "exists" ? inUse : deviceRefusal(given, SerialNumber);
    },
  });
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableMFADevice.html */
export const enableMfaDevice = twoCodes("EnableMFADevice", (grant, codes, { ports }) =>
  ports.identity.enableMfaDevice(grant, codes),
);

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResyncMFADevice.html */
export const resyncMfaDevice = twoCodes("ResyncMFADevice", (grant, codes, { ports }) =>
  ports.identity.resyncMfaDevice(grant, codes),
);

const deviceFields = { SerialNumber: mfaSerialNumber } as const;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeactivateMFADevice.html */
export const deactivateMfaDevice = defineIam({
  name: "DeactivateMFADevice",
  resource: "user",
  fields: { ...deviceFields, UserName: optional(existingUserName) },
  target: async ({ UserName, SerialNumber }, context) =>
    ownTarget(context, namedForRoot(context, SerialNumber, UserName)),
  async run(grant, { UserName, SerialNumber }, context) {
    const owner = await ownerOf(context, namedForRoot(context, SerialNumber, UserName));
    if (isRefusal(owner)) return owner;
    const deactivated = await context.ports.identity.deactivateMfaDevice(grant, owner, SerialNumber);
    return deactivated.kind === "done" ? undefined : deviceRefusal(deactivated, SerialNumber);
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteVirtualMFADevice.html */
export const deleteVirtualMfaDevice = defineIam({
  name: "DeleteVirtualMFADevice",
  resource: "mfa",
  fields: deviceFields,
  target: async ({ SerialNumber }, context) => deviceTarget(context, SerialNumber),
  async run(grant, { SerialNumber }, context) {
    const deleted = await context.ports.identity.deleteMfaDevice(grant, accountOf(context), SerialNumber);
    return deleted.kind === "done" ? undefined : deviceRefusal(deleted, SerialNumber);
  },
});

function ofOwner({ name }: NamedOwner, { serialNumber, assigned }: MfaDeviceRecord): readonly (XmlNode | undefined)[] {
  return [
    element("UserName", name ?? "<root_account>"),
    element("SerialNumber", serialNumber),
    assigned === undefined ? undefined : element("EnableDate", iamTime(assigned.enabledAt)),
  ];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetMFADevice.html */
export const getMfaDevice = defineIam({
  name: "GetMFADevice",
  resource: "user",
  fields: { ...deviceFields, UserName: optional(userName) },
  target: async ({ UserName }, context) => ownTarget(context, UserName),
  async run(grant, { UserName, SerialNumber }, context) {
    const owner = await ownerOf(context, UserName);
    if (isRefusal(owner)) return owner;
    const devices = await context.ports.identity.listMfaDevicesOf(grant, owner);
    const device = devices.find(({ serialNumber }) => serialNumber.toLowerCase() === SerialNumber.toLowerCase());
    return device === undefined
      ? deviceRefusal({ kind: "missing" }, SerialNumber)
      : ofOwner(owner, device).filter((node) => node !== undefined);
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html */
export const listMfaDevices = defineIam({
  name: "ListMFADevices",
  resource: "user",
  fields: { UserName: optional(existingUserName), ...placedPageFields },
  target: async ({ UserName }, context) => ownTarget(context, UserName),
  async run(grant, { UserName, Marker, MaxItems }, context) {
    const owner = await ownerOf(context, UserName);
    if (isRefusal(owner)) return owner;
    const devices = await context.ports.identity.listMfaDevicesOf(grant, owner);
    const { items, next } = pageFrom(devices, Marker, MaxItems);
    return pageElements(
      "MFADevices",
      items.map((device) => element("member", ofOwner(owner, device))),
      next,
    );
  },
});

async function userOf(
  context: OperationContext,
  { accountId, assigned }: MfaDeviceRecord,
): Promise<XmlNode | undefined> {
  if (assigned === undefined) return undefined;
  const { ownerId } = assigned;
  if (ownerId === undefined) return rootElement(accountId, await context.ports.identity.accountCreatedAt(accountId));
  const user = await context.ports.identity.findUserById({ accountId, id: ownerId });
  return user === undefined ? undefined : userElement("User", user, false);
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListVirtualMFADevices.html */
export const listVirtualMfaDevices = defineIam({
  name: "ListVirtualMFADevices",
  resource: "none",
  fields: { AssignmentStatus: withDefault(oneOf("Assigned", "Unassigned", "Any"), "Any"), ...pageFields },
  target: async () => ({ resource: undefined }),
  async run(grant, { AssignmentStatus, Marker, MaxItems }, context) {
    const { items, next } = await context.ports.identity.listMfaDevices(grant, accountOf(context), {
      assigned: AssignmentStatus === "Any" ? undefined : AssignmentStatus === "Assigned",
      after: Marker,
      limit: MaxItems,
      turn: context.time.turn,
    });
    const members: XmlNode[] = [];
    for (const device of items) {
      await context.time.turn();
      members.push(
        element("member", [
          element("SerialNumber", device.serialNumber),
          device.assigned === undefined ? undefined : element("EnableDate", iamTime(device.assigned.enabledAt)),
          await userOf(context, device),
        ]),
      );
    }
    return pageElements("VirtualMFADevices", members, next);
  },
});
