import { createHash } from "node:crypto";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { SigningKeys } from "@s3-credentials/protocol";
import { beforeAll, describe, expect, test } from "vitest";
import { useOrganization } from "./organization-accounts.ts";
import { dataEvents } from "./recorded-events.ts";
import { formOf } from "./post-form.ts";
import { useS3Gateway } from "./s3-gateway.ts";

/** Objects that belong to another account than their bucket. */

const gateway = useS3Gateway();
const organization = useOrganization(gateway);
const { send } = gateway;

const md5 = (text: string): string => createHash("md5").update(text).digest("base64");

const all = { Effect: "Allow", Action: "s3:*", Resource: "*" };

/** The account that writes: its root, a user of it who may do everything, and one who may do nothing. */
let writer: { readonly id: string; readonly root: SigningKeys };
let able: SigningKeys;
let unable: SigningKeys;
/** A user of a third account who may do everything. */
let third: SigningKeys;
let thirdAccount = "";
let thirdId = "";
let ids: ReadonlyMap<string, string>;

async function canonicalId(keys: SigningKeys): Promise<string> {
  const { body } = await send({ target: "/", keys });
  return /<ID>([0-9a-f]{64})<\/ID>/.exec(body)?.[1] ?? "";
}

beforeAll(async () => {
  writer = await organization.member();
  able = await organization.user(writer.root, "able", all);
  unable = await organization.user(writer.root, "unable");
  const other = await organization.member();
  third = await organization.user(other.root, "third", all);
  thirdAccount = other.id;
  thirdId = await canonicalId(third);
  ids = new Map([
    [await canonicalId(gateway.admin), "bucket's"],
    [await canonicalId(able), "writer's"],
    [thirdId, "third's"],
  ]);
  expect(ids.size).toBe(3);
});

const putPolicy = (b: string, ...Statement: readonly object[]) =>
  send({ method: "PUT", target: `/${b}?policy`, body: JSON.stringify({ Version: "2012-10-17", Statement }) });
const allowing = (b: string, Principal: object | string) => ({
  Effect: "Allow",
  Principal,
  Action: "s3:*",
  Resource: [`arn:aws:s3:::${b}`, `arn:aws:s3:::${b}/*`],
});
async function own(b: string, ownership: string): Promise<void> {
  const body = `<OwnershipControls><Rule><ObjectOwnership>${ownership}</ObjectOwnership></Rule></OwnershipControls>`;
  expect((await send({ method: "PUT", target: `/${b}?ownershipControls`, body })).status).toBe(200);
}

/** A bucket whose policy lets everybody who is named do everything, those of its own account too. */
async function shared(ownership = "ObjectWriter", versioning?: "Enabled"): Promise<string> {
  const b = await gateway.bucket(versioning);
  await own(b, ownership);
  await send({ method: "DELETE", target: `/${b}?publicAccessBlock` });
  const accounts = { AWS: [writer.id, gateway.accountId, thirdAccount] };
  expect((await putPolicy(b, allowing(b, accounts))).status).toBe(204);
  return b;
}

type Headers = Readonly<Record<string, string>>;
const write = async (target: string, headers: Headers = {}, keys = able, body = "x"): Promise<number> =>
  (await send({ method: "PUT", target, headers, body, keys })).status;
const status = async (target: string, keys: SigningKeys | undefined, method = "GET"): Promise<number> =>
  (keys === undefined ? await gateway.sendUnsigned({ method, target }) : await send({ method, target, keys })).status;
/** Whose what an answer names is, in its order. */
const owners = async (target: string, keys = gateway.admin) =>
  [...(await send({ target, keys })).body.matchAll(/<Owner><ID>(\w+)/g)].map(([, id = ""]) => ids.get(id));

/** What reads or changes an object that is there. */
const uses = (
  target: string,
): readonly (readonly [method: string, target: string, headers: Headers, body: string])[] => [
  ["GET", target, {}, ""],
  ["HEAD", target, {}, ""],
  ["GET", `${target}?acl`, {}, ""],
  ["PUT", `${target}?acl`, { "x-amz-acl": "private" }, ""],
  ["GET", `${target}?tagging`, {}, ""],
  ["PUT", `${target}?tagging`, {}, "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"],
  ["DELETE", `${target}?tagging`, {}, ""],
  ["GET", `${target}?attributes`, { "x-amz-object-attributes": "ETag" }, ""],
];
async function answers(target: string, keys: SigningKeys): Promise<readonly number[]> {
  const found: number[] = [];
  for (const [method, path, headers, body] of uses(target))
    found.push((await send({ method, target: path, headers, body, keys })).status);
  const [bucket = "", key = ""] = target.slice(1).split(/\/(.*)/);
  const headers = { "x-amz-copy-source": `/${bucket}/${key}` };
  found.push((await send({ method: "PUT", target: `/${bucket}/copy-of-${key}`, headers, keys })).status);
  return found;
}
const refused = [403, 403, 403, 403, 403, 403, 403, 403, 403];

test("the policy of a bucket is nothing that it can give to another account", async () => {
  const b = await gateway.bucket();
  const target = `/${b}?policy`;
  const accounts = { AWS: [writer.id, gateway.accountId, thirdAccount] };
  expect((await putPolicy(b, allowing(b, accounts))).status).toBe(204);
  const before = await send({ target });
  for (const keys of [able, writer.root, third])
    for (const [method, body] of [
      ["GET", ""],
      ["PUT", before.body],
      ["DELETE", ""],
    ] as const)
      expect(await send({ method, target, body, keys })).toMatchObject({ status: 405, code: "MethodNotAllowed" });
  expect((await send({ target, keys: unable })).code).toBe("AccessDenied");
  expect((await send({ target })).body).toBe(before.body);
  for (const keys of [gateway.admin, gateway.root])
    expect((await send({ method: "PUT", target, body: before.body, keys })).status).toBe(204);
});

describe("an object that another account wrote", () => {
  test("belongs to the writer's account: its users use it, and nobody else, whatever the bucket's policy allows", async () => {
    const b = await shared();
    expect(await write(`/${b}/theirs`)).toBe(200);
    expect(await write(`/${b}/ours`, {}, gateway.admin)).toBe(200);
    for (const list of [`/${b}`, `/${b}?list-type=2&fetch-owner=true`, `/${b}?versions`])
      expect(await owners(list)).toEqual(["bucket's", "writer's"]);
    expect(await owners(`/${b}/theirs?acl`, able)).toEqual(["writer's"]);
    expect(await answers(`/${b}/theirs`, able)).toEqual([200, 200, 200, 200, 200, 200, 204, 200, 200]);
    for (const keys of [gateway.admin, gateway.root, third, unable])
      expect(await answers(`/${b}/theirs`, keys)).toEqual(refused);
    // The writer's users need only their own policies, because the object is the writer's.
    await send({ method: "DELETE", target: `/${b}?policy` });
    expect([await status(`/${b}/theirs`, able), await status(`/${b}/theirs`, unable)]).toEqual([200, 403]);
    // To replace and to delete it is the bucket's right.
    expect([await write(`/${b}/theirs`), await status(`/${b}/theirs`, able, "DELETE")]).toEqual([403, 403]);
    expect(await status(`/${b}/theirs`, gateway.admin, "DELETE")).toBe(204);
  });

  test("whoever writes it: in parts, by a copy, over one of the bucket's", async () => {
    const b = await shared();
    await write(`/${b}/over`, {}, gateway.admin);
    expect(await write(`/${b}/over`)).toBe(200);
    expect(await write(`/${b}/copied`, { "x-amz-copy-source": `/${b}/over` }, able, "")).toBe(200);
    const begun = await send({ method: "POST", target: `/${b}/parts?uploads`, keys: able });
    const id = /<UploadId>([^<]+)/.exec(begun.body)?.[1] ?? "";
    expect(await owners(`/${b}?uploads`)).toEqual(["writer's"]);
    expect(await owners(`/${b}/parts?uploadId=${id}`)).toEqual(["writer's"]);
    const part = await send({
      method: "PUT",
      target: `/${b}/parts?uploadId=${id}&partNumber=1`,
      body: "x",
      keys: able,
    });
    const etag = String(part.headers["etag"]);
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`;
    // The account that completes the upload does not become the owner.
    expect((await send({ method: "POST", target: `/${b}/parts?uploadId=${id}`, body })).status).toBe(200);
    expect(await owners(`/${b}`)).toEqual(["writer's", "writer's", "writer's"]);
    expect([await status(`/${b}/parts`, able), await status(`/${b}/parts`, gateway.admin)]).toEqual([200, 403]);
  });

  test("in each of its versions", async () => {
    const b = await shared("ObjectWriter", "Enabled");
    const version = async (keys: SigningKeys): Promise<string> =>
      (await send({ method: "PUT", target: `/${b}/k`, body: "x", keys })).headers["x-amz-version-id"]?.toString() ?? "";
    const [ours, theirs] = [await version(gateway.admin), await version(able)];
    const read = (keys: SigningKeys) =>
      Promise.all([ours, theirs].map((id) => status(`/${b}/k?versionId=${id}`, keys)));
    expect(await read(gateway.admin)).toEqual([200, 403]);
    // The policy of the bucket counts for the version that belongs to the bucket's account.
    expect(await read(able)).toEqual([200, 200]);
    expect(await owners(`/${b}?versions`)).toEqual(["writer's", "bucket's"]);
  });

  test("its ACL gives others what they may do with it, as its owner says", async () => {
    const b = await shared();
    const reads = async (target: string) => [
      await status(target, gateway.admin),
      await status(`${target}?acl`, gateway.admin),
      await status(target, third),
      await status(target, undefined),
    ];
    await write(`/${b}/full`, { "x-amz-acl": "bucket-owner-full-control" });
    expect(await reads(`/${b}/full`)).toEqual([200, 200, 403, 403]);
    await write(`/${b}/read`, { "x-amz-acl": "bucket-owner-read" });
    expect(await reads(`/${b}/read`)).toEqual([200, 403, 403, 403]);
    await write(`/${b}/third`, { "x-amz-grant-read": `id="${thirdId}"` });
    expect(await reads(`/${b}/third`)).toEqual([403, 403, 200, 403]);
    await write(`/${b}/public`, { "x-amz-acl": "public-read" });
    expect(await reads(`/${b}/public`)).toEqual([200, 403, 200, 200]);
    expect(await owners(`/${b}`)).toEqual(Array(4).fill("writer's"));
    // The writer did not send the ACL that gives the object away.
    const [ours = "", theirs = ""] = [...ids.keys()];
    const acl = (owner: string): string =>
      `<AccessControlPolicy><Owner><ID>${owner}</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>${ours}</ID></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>`;
    expect(await write(`/${b}/third?acl`, {}, able, acl(ours))).toBe(403);
    expect(await write(`/${b}/third?acl`, {}, able, acl(theirs))).toBe(200);
    expect(await reads(`/${b}/third`)).toEqual([200, 403, 403, 403]);
  });

  test("what the bucket's policy denies counts, and the writer does not learn why", async () => {
    const b = await shared();
    await write(`/${b}/k`);
    const denying = { Effect: "Deny", Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${b}/*` };
    expect((await putPolicy(b, allowing(b, { AWS: writer.id }), denying)).status).toBe(204);
    const sent = await send({ target: `/${b}/k`, keys: able });
    expect(sent).toMatchObject({ status: 403, code: "AccessDenied" });
    expect(sent.body).not.toMatch(/explicit|resource-based|not authorized/);
    const id = /<RequestId>([^<]+)/.exec(sent.body)?.[1];
    const events = async () => {
      const found = dataEvents(gateway.dataDir).filter(({ requestID }) => requestID === id);
      return Object.fromEntries(found.map((one) => [one.recipientAccountId, one.additionalEventData.decision]));
    };
    await expect.poll(async () => Object.keys(await events()).length).toBe(2);
    const { [writer.id]: theirs, [gateway.accountId]: ours } = await events();
    expect(theirs).toMatchObject({ allowed: false });
    expect(JSON.stringify(theirs)).not.toMatch(/explicit-deny|"layer":"resource"/);
    expect(ours).toMatchObject({ allowed: false });
    expect(JSON.stringify(ours)).toContain('"layer":"resource"');
  });

  test("a public policy that the block of public access restricts gives outsiders nothing, not even their own", async () => {
    const b = await shared();
    await write(`/${b}/k`);
    await putPolicy(b, allowing(b, "*"));
    expect(await status(`/${b}/k`, able)).toBe(200);
    const body =
      "<PublicAccessBlockConfiguration><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>";
    await send({ method: "PUT", target: `/${b}?publicAccessBlock`, body });
    expect(await status(`/${b}/k`, able)).toBe(403);
  });

  test("with the other settings it is the bucket's, or the writer gives it away", async () => {
    const b = await shared("BucketOwnerPreferred");
    await write(`/${b}/given`, { "x-amz-acl": "bucket-owner-full-control" });
    await write(`/${b}/kept`);
    expect(await owners(`/${b}`)).toEqual(["bucket's", "writer's"]);
    expect([await status(`/${b}/given`, gateway.admin), await status(`/${b}/kept`, gateway.admin)]).toEqual([200, 403]);
    await own(b, "BucketOwnerEnforced");
    expect(await owners(`/${b}`)).toEqual(["bucket's", "bucket's"]);
    expect(await status(`/${b}/kept`, gateway.admin)).toBe(200);
    expect(await write(`/${b}/new`)).toBe(200);
    await own(b, "ObjectWriter");
    expect(await owners(`/${b}`)).toEqual(["bucket's", "writer's", "bucket's"]);
    expect(await status(`/${b}/kept`, gateway.admin)).toBe(403);
  });

  test("an anonymous caller cannot be the owner", async () => {
    const b = await shared();
    await putPolicy(b, allowing(b, "*"));
    const sent = await gateway.sendUnsigned({ method: "PUT", target: `/${b}/k`, body: "x" });
    expect(sent).toMatchObject({ status: 501, code: "NotImplemented" });
    expect(sent.body).toContain("An object that belongs to nobody is not implemented");
  });
});

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html */
describe("a bucket whose requesters pay", () => {
  const agree = { "x-amz-request-payer": "requester" };
  async function paid(): Promise<string> {
    const b = await shared("BucketOwnerEnforced");
    await write(`/${b}/k`, {}, gateway.admin);
    const body = "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>";
    expect((await send({ method: "PUT", target: `/${b}?requestPayment`, body })).status).toBe(200);
    expect((await send({ target: `/${b}?requestPayment` })).body).toContain("<Payer>Requester</Payer>");
    return b;
  }
  /** The status, and whom the answer says to be charged. */
  const asked = async (call: Parameters<typeof send>[0]) => {
    const { status, headers } = await send({ keys: able, ...call });
    return [status, headers["x-amz-request-charged"]];
  };

  test("others have to agree, with whatever they ask, and are told that they are charged", async () => {
    const b = await paid();
    const free = await shared("BucketOwnerEnforced");
    const remove = `<Delete><Object><Key>gone</Key></Object></Delete>`;
    for (const call of [
      { target: `/${b}/k` },
      { method: "HEAD", target: `/${b}/k` },
      { target: `/${b}/k?tagging` },
      { target: `/${b}?list-type=2` },
      { target: `/${b}?location` },
      { method: "PUT", target: `/${b}/mine`, body: "x" },
      { method: "PUT", target: `/${free}/copy`, headers: { "x-amz-copy-source": `/${b}/mine` } },
      { method: "POST", target: `/${b}?delete`, body: remove, headers: { "content-md5": md5(remove) } },
      { method: "DELETE", target: `/${b}/mine` },
    ]) {
      const headers = { ...call.headers };
      expect([call, await asked({ ...call, headers })]).toEqual([call, [403, undefined]]);
      const [status, charged] = await asked({ ...call, headers: { ...headers, ...agree } });
      expect([call, Number(status) < 300, charged]).toEqual([call, true, "requester"]);
    }
    expect(await asked({ target: `/${b}/k`, headers: { "x-amz-request-payer": "owner" } })).toEqual([403, undefined]);
  });

  test("a presigned URL and a form agree too", async () => {
    const b = await paid();
    const s3 = gateway.clientOf(able);
    const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: b, Key: "k", RequestPayer: "requester" }));
    expect((await fetch(url, { headers: url.includes("x-amz-request-payer=") ? {} : agree })).status).toBe(200);
    const form = (fields: Headers) =>
      gateway.sendUnsigned(formOf(b, { keys: able, fields: { key: "form", ...fields } }));
    expect((await form({})).status).toBe(403);
    expect(await form(agree)).toMatchObject({ status: 204, headers: { "x-amz-request-charged": "requester" } });
  });

  test("the account of the owner is asked for nothing; who is not known cannot agree", async () => {
    const b = await paid();
    await putPolicy(b, allowing(b, "*"));
    expect(await asked({ target: `/${b}/k`, keys: gateway.admin })).toEqual([200, undefined]);
    expect(await asked({ target: `/${b}/k`, keys: gateway.admin, headers: agree })).toEqual([200, undefined]);
    expect((await gateway.sendUnsigned({ target: `/${b}/k`, headers: agree })).status).toBe(403);
    const body = "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>";
    expect((await send({ method: "PUT", target: `/${b}?requestPayment`, body })).status).toBe(200);
    expect(await asked({ target: `/${b}/k` })).toEqual([200, undefined]);
    expect((await gateway.sendUnsigned({ target: `/${b}/k` })).status).toBe(200);
  });
});
