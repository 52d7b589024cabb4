import {
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteUserCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetMFADeviceCommand,
  IAMClient,
  ListMFADevicesCommand,
  ListMFADeviceTagsCommand,
  ListVirtualMFADevicesCommand,
  ResyncMFADeviceCommand,
  TagMFADeviceCommand,
  UntagMFADeviceCommand,
} from "@aws-sdk/client-iam";
import type { SigningKeys } from "@s3-credentials/protocol";
import jsqr from "jsqr";
import { inflateSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { base32, totpCode } from "../src/domain/identity/totp.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();

function iam(keys: SigningKeys = gateway.admin): IAMClient {
  const endpoint = `http://127.0.0.1:${gateway.port}`;
  const client = new IAMClient({ endpoint, region: "us-east-1", credentials: keys, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return client;
}

const allow = (...Action: readonly string[]) => ({ Effect: "Allow", Action, Resource: "*" });
const refused = (name: string, message?: string) =>
  expect.objectContaining({
    name,
    ...(message === undefined ? {} : { message: expect.stringMatching(message) as string }),
  });

let counter = 0;
const fresh = (word: string): string => `${word}-${(counter += 1)}`;

interface Device {
  readonly name: string;
  readonly SerialNumber: string;
  readonly secret: string;
  readonly seed: Buffer;
  readonly png: Buffer;
}

/** RFC 4648 the other way round: what an authenticator app does with the secret. */
function unbase32(text: string): Buffer {
  const bits = Array.from(text, (letter) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
  );
  return Buffer.from((bits.join("").match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

async function device(client = iam(), input: { readonly Path?: string } = {}): Promise<Device> {
  const name = fresh("phone");
  const { VirtualMFADevice } = await client.send(
    new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name, ...input }),
  );
  const secret = Buffer.from(VirtualMFADevice?.Base32StringSeed ?? []).toString();
  const png = Buffer.from(VirtualMFADevice?.QRCodePNG ?? []);
  return { name, SerialNumber: VirtualMFADevice?.SerialNumber ?? "", secret, seed: unbase32(secret), png };
}

const step = () => Math.floor(Date.now() / 30_000);

/** Of the step before now and of now, so that the next ones are still to come. */
function codes({ seed }: Device, last = step() - 1) {
  return { AuthenticationCode1: totpCode(seed, last - 1), AuthenticationCode2: totpCode(seed, last) };
}

/** What a reader of QR codes sees in a PNG of one bit a pixel. */
function readQrCode(png: Buffer): string | undefined {
  expect(png.subarray(0, 8).toString("latin1")).toBe("\u0089PNG\r\n\u001a\n");
  const side = png.readUInt32BE(16);
  const from = png.indexOf("IDAT");
  const rows = inflateSync(png.subarray(from + 4, from + 4 + png.readUInt32BE(from - 4)));
  const rowBytes = rows.length / side;
  const pixels = new Uint8ClampedArray(side * side * 4);
  for (let at = 0; at < side * side; at += 1) {
    const [x, y] = [at % side, Math.floor(at / side)];
    const isWhite = ((rows[y * rowBytes + 1 + (x >> 3)] ?? 0) >> (7 - (x & 7))) & 1;
    pixels.set([isWhite * 255, isWhite * 255, isWhite * 255, 255], at * 4);
  }
  const read = jsqr as unknown as typeof jsqr.default;
  return read(pixels, side, side)?.data;
}

describe("a virtual MFA device", () => {
  test("has a secret that authenticator apps read as text or as a QR code, once", async () => {
    const made = await device(iam(), { Path: "/team/" });
    expect(made.SerialNumber).toBe(`arn:aws:iam::${gateway.accountId}:mfa/team/${made.name}`);
    expect(made.secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(base32(made.seed)).toBe(made.secret);
    expect(readQrCode(made.png)).toBe(`otpauth://totp/${made.name}@admin?secret=${made.secret}`);
    const listed = await iam().send(new ListVirtualMFADevicesCommand({ AssignmentStatus: "Unassigned" }));
    expect(listed.VirtualMFADevices?.find(({ SerialNumber }) => SerialNumber === made.SerialNumber)).toEqual({
      SerialNumber: made.SerialNumber,
    });
    const again = new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: made.name, Path: "/team/" });
    await expect(iam().send(again)).rejects.toEqual(refused("EntityAlreadyExistsException", "same path and name"));
    const long = new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "n", Path: `/${"p".repeat(300)}/` });
    await expect(iam().send(long)).rejects.toEqual(refused("ValidationError", "longer than 256"));
  });

  test("is enabled for a user with two consecutive codes, and taken away again", async () => {
    const UserName = fresh("ann");
    const own = iam(await gateway.user(UserName, allow("iam:ListMFADevices", "iam:GetMFADevice")));
    const made = await device();
    const { SerialNumber } = made;
    const enable = (more: object) =>
      iam().send(new EnableMFADeviceCommand({ UserName, SerialNumber, ...codes(made), ...more }));
    const { AuthenticationCode1: first, AuthenticationCode2: second } = codes(made);
    await expect(enable({ AuthenticationCode1: second, AuthenticationCode2: first })).rejects.toEqual(
      refused("InvalidAuthenticationCodeException", "not valid"),
    );
    await expect(enable({ AuthenticationCode1: "12345" })).rejects.toEqual(refused("ValidationError"));
    await expect(enable({ UserName: fresh("none") })).rejects.toEqual(refused("NoSuchEntityException", "The user"));
    await expect(enable({ SerialNumber: `${SerialNumber}x` })).rejects.toEqual(
      refused("NoSuchEntityException", "VirtualMFADevice with serial number .*x does not exist"),
    );
    await enable({});
    await expect(enable({ ...codes(made, step()) })).rejects.toEqual(
      refused("EntityAlreadyExistsException", "MFADevice is already in use"),
    );
    const owned = { UserName, SerialNumber, EnableDate: expect.any(Date) as Date };
    expect((await own.send(new ListMFADevicesCommand({}))).MFADevices).toEqual([owned]);
    expect(await own.send(new GetMFADeviceCommand({ SerialNumber }))).toMatchObject(owned);
    const listed = await iam().send(new ListVirtualMFADevicesCommand({ AssignmentStatus: "Assigned" }));
    expect(listed.VirtualMFADevices).toContainEqual({
      SerialNumber,
      EnableDate: expect.any(Date) as Date,
      User: expect.objectContaining({ UserName }) as object,
    });
    await expect(iam().send(new DeleteVirtualMFADeviceCommand({ SerialNumber }))).rejects.toEqual(
      refused("DeleteConflictException", "Must deactivate first"),
    );
    await iam().send(new ResyncMFADeviceCommand({ UserName, SerialNumber, ...codes(made, step() + 40) }));
    await iam().send(new DeactivateMFADeviceCommand({ UserName, SerialNumber }));
    await expect(iam().send(new GetMFADeviceCommand({ UserName, SerialNumber }))).rejects.toEqual(
      refused("NoSuchEntityException"),
    );
    await expect(iam().send(new ResyncMFADeviceCommand({ UserName, SerialNumber, ...codes(made) }))).rejects.toEqual(
      refused("NoSuchEntityException"),
    );
    await iam().send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
    await expect(iam().send(new DeleteVirtualMFADeviceCommand({ SerialNumber }))).rejects.toEqual(
      refused("NoSuchEntityException"),
    );
  });

  test("keeps its user from being deleted", async () => {
    const UserName = fresh("ann");
    await iam().send(new CreateUserCommand({ UserName }));
    const made = await device();
    const { SerialNumber } = made;
    await iam().send(new EnableMFADeviceCommand({ UserName, SerialNumber, ...codes(made) }));
    await expect(iam().send(new DeleteUserCommand({ UserName }))).rejects.toEqual(
      refused("DeleteConflictException", "must delete MFA device first"),
    );
    await iam().send(new DeactivateMFADeviceCommand({ UserName, SerialNumber }));
    await iam().send(new DeleteUserCommand({ UserName }));
  });

  test("takes ten wrong tries, and then none for a while", async () => {
    const UserName = fresh("ann");
    await gateway.user(UserName);
    const made = await device();
    const enable = (one: object) =>
      iam().send(new EnableMFADeviceCommand({ UserName, SerialNumber: made.SerialNumber, ...codes(made), ...one }));
    const tries = await Promise.allSettled(Array.from({ length: 12 }, () => enable({ AuthenticationCode1: "000000" })));
    const messages = tries.map((one) => (one.status === "rejected" ? (one.reason as Error).message : "enabled"));
    expect(messages.filter((text) => text.includes("not valid"))).toHaveLength(10);
    expect(messages.filter((text) => text.includes("too many wrong codes"))).toHaveLength(2);
    await expect(enable({})).rejects.toEqual(refused("InvalidAuthenticationCodeException", "too many wrong codes"));
  });

  test("keeps the tries of its owner when others try it, and tells them nothing", async () => {
    const [UserName, other] = [fresh("ann"), fresh("weak")];
    await gateway.user(UserName);
    const weak = iam(await gateway.user(other, allow("iam:EnableMFADevice", "iam:ResyncMFADevice")));
    const made = await device();
    const { SerialNumber } = made;
    const asWeak = (Command: typeof EnableMFADeviceCommand | typeof ResyncMFADeviceCommand, more: object = {}) =>
      weak
        .send(new Command({ UserName: other, SerialNumber, ...codes(made), AuthenticationCode1: "000000", ...more }))
        .then(String, (error: Error) => error.name);
    for (let count = 0; count < 12; count += 1) await asWeak(EnableMFADeviceCommand);
    await iam().send(new EnableMFADeviceCommand({ UserName, SerialNumber, ...codes(made) }));
    for (let count = 0; count < 12; count += 1) {
      expect(await asWeak(EnableMFADeviceCommand)).toBe("EntityAlreadyExistsException");
      expect(await asWeak(ResyncMFADeviceCommand)).toBe("NoSuchEntityException");
    }
    await iam().send(new ResyncMFADeviceCommand({ UserName, SerialNumber, ...codes(made, step() + 1) }));
  });

  test("that does not exist is not counted", async () => {
    const UserName = fresh("ann");
    const keys = await gateway.user(UserName, allow("iam:EnableMFADevice"));
    const SerialNumber = `arn:aws:iam::${gateway.accountId}:mfa/${fresh("nothing")}`;
    for (let count = 0; count < 12; count += 1)
      await expect(
        iam(keys).send(
          new EnableMFADeviceCommand({
            UserName,
            SerialNumber,
            AuthenticationCode1: "000000",
            AuthenticationCode2: "000001",
          }),
        ),
      ).rejects.toEqual(refused("NoSuchEntityException"));
  });

  test("has tags, which policies can ask for", async () => {
    const made = await device();
    const { SerialNumber } = made;
    await iam().send(new TagMFADeviceCommand({ SerialNumber, Tags: [{ Key: "team", Value: "a" }] }));
    const Condition = { StringEquals: { "aws:ResourceTag/team": "a" } };
    const ofTeam = iam(await gateway.user(fresh("tagger"), { ...allow("iam:*MFADevice*"), Condition }));
    expect((await ofTeam.send(new ListMFADeviceTagsCommand({ SerialNumber }))).Tags).toEqual([
      { Key: "team", Value: "a" },
    ]);
    await iam().send(new UntagMFADeviceCommand({ SerialNumber, TagKeys: ["TEAM"] }));
    await expect(ofTeam.send(new ListMFADeviceTagsCommand({ SerialNumber }))).rejects.toEqual(refused("AccessDenied"));
    expect((await iam().send(new ListMFADeviceTagsCommand({ SerialNumber }))).Tags).toEqual([]);
  });
});

test("users manage their own device with the policy that IAM's guide gives them", async () => {
  const UserName = fresh("self");
  const own = `arn:aws:iam::*:user/\${aws:username}`;
  const user = iam(
    await gateway.user(
      UserName,
      { Effect: "Allow", Action: ["iam:CreateVirtualMFADevice"], Resource: "arn:aws:iam::*:mfa/*" },
      {
        Effect: "Allow",
        Action: ["iam:DeactivateMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "iam:ResyncMFADevice"],
        Resource: own,
      },
    ),
  );
  const made = await device(user);
  expect(readQrCode(made.png)).toContain(`/${made.name}@${UserName}?`);
  const { SerialNumber } = made;
  const other = fresh("other");
  await gateway.user(other);
  await expect(
    user.send(new EnableMFADeviceCommand({ UserName: other, SerialNumber, ...codes(made) })),
  ).rejects.toEqual(refused("AccessDenied", "iam:EnableMFADevice"));
  await user.send(new EnableMFADeviceCommand({ UserName, SerialNumber, ...codes(made) }));
  await expect(user.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }))).rejects.toEqual(
    refused("AccessDenied", "iam:DeleteVirtualMFADevice"),
  );
  await user.send(new DeactivateMFADeviceCommand({ SerialNumber }));
});

test("the root has a device of its own name, and no user can have it", async () => {
  const root = iam(gateway.root);
  const { VirtualMFADevice } = await root.send(
    new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "root-account-mfa-device" }),
  );
  const SerialNumber = VirtualMFADevice?.SerialNumber ?? "";
  const seed = unbase32(Buffer.from(VirtualMFADevice?.Base32StringSeed ?? []).toString());
  const made = { name: "", secret: "", png: Buffer.alloc(0), SerialNumber, seed };
  const UserName = fresh("ann");
  await gateway.user(UserName);
  await expect(iam().send(new EnableMFADeviceCommand({ UserName, SerialNumber, ...codes(made) }))).rejects.toEqual(
    refused("InvalidInputException", "root user only"),
  );
  await expect(
    iam().send(new EnableMFADeviceCommand({ UserName: "root", SerialNumber, ...codes(made) })),
  ).rejects.toEqual(refused("NoSuchEntityException"));
  await root.send(new EnableMFADeviceCommand({ UserName: "root", SerialNumber, ...codes(made) }));
  const [own] = (await root.send(new ListMFADevicesCommand({}))).MFADevices ?? [];
  expect(own).toMatchObject({ UserName: "<root_account>", SerialNumber });
  const listed = await root.send(new ListVirtualMFADevicesCommand({ AssignmentStatus: "Assigned" }));
  expect(listed.VirtualMFADevices?.find((one) => one.SerialNumber === SerialNumber)?.User).toMatchObject({
    UserId: gateway.accountId,
    Arn: `arn:aws:iam::${gateway.accountId}:root`,
    CreateDate: expect.any(Date),
  });
  await root.send(new DeactivateMFADeviceCommand({ SerialNumber }));
  await root.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
});
