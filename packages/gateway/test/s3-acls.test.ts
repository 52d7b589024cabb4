import { PutBucketPolicyCommand, type ObjectCannedACL, S3 } from "@aws-sdk/client-s3";
import type { SigningKeys } from "@s3-credentials/protocol";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { useOrganization } from "./organization-accounts.ts";
import { formOf } from "./post-form.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const organization = useOrganization(gateway);
const { send } = gateway;

const everyone = "http://acs.amazonaws.com/groups/global/AllUsers";
const authenticated = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
const all = { Effect: "Allow", Action: "s3:*", Resource: "*" };

/** Another account: its root, and a user of it who may do everything and one who may do nothing. */
let other: { readonly id: string; readonly root: SigningKeys };
let able: SigningKeys;
let unable: SigningKeys;
let theirs = "";
let ours = "";

const clientOf = (credentials: SigningKeys): S3 => {
  const endpoint = `http://127.0.0.1:${gateway.port}`;
  const s3 = new S3({ endpoint, region: "us-east-1", credentials, maxAttempts: 1, forcePathStyle: true });
  onTestFinished(() => s3.destroy());
  return s3;
};

const canonicalId = async (keys: SigningKeys): Promise<string> => {
  const listed = await send({ target: "/", keys });
  return /<ID>([0-9a-f]{64})<\/ID>/.exec(listed.body)?.[1] ?? "";
};

beforeAll(async () => {
  other = await organization.member();
  able = await organization.user(other.root, "able", all);
  unable = await organization.user(other.root, "unable");
  [ours, theirs] = [await canonicalId(gateway.admin), await canonicalId(other.root)];
  expect([ours, theirs]).toEqual([expect.stringMatching(/^\w{64}$/), expect.stringMatching(/^\w{64}$/)]);
});

/** A bucket that has ACLs, and blocks no public ones. */
async function open(ownership = "ObjectWriter"): Promise<string> {
  const b = await gateway.bucket();
  const body = `<OwnershipControls><Rule><ObjectOwnership>${ownership}</ObjectOwnership></Rule></OwnershipControls>`;
  expect((await send({ method: "PUT", target: `/${b}?ownershipControls`, body })).status).toBe(200);
  await send({ method: "DELETE", target: `/${b}?publicAccessBlock` });
  return b;
}

const put = (target: string, headers: Readonly<Record<string, string>> = {}, body = "x", keys = gateway.admin) =>
  send({ method: "PUT", target, headers, body, keys });
const statusOf = async (target: string, keys: SigningKeys | undefined, method = "GET") =>
  (keys === undefined ? await gateway.sendUnsigned({ method, target }) : await send({ method, target, keys })).status;
const grants = async (target: string) => {
  const { body } = await send({ target: `${target}?acl` });
  return [...body.matchAll(/<(?:ID|URI)>([^<]+)<\/(?:ID|URI)><\/Grantee><Permission>(\w+)/g)].map(
    ([, grantee, permission]) => `${grantee === ours ? "ours" : grantee === theirs ? "theirs" : grantee} ${permission}`,
  );
};

describe("ownership controls", () => {
  test("three settings, and none", async () => {
    const s3 = clientOf(gateway.admin);
    const Bucket = await gateway.bucket();
    const get = async () =>
      (await s3.getBucketOwnershipControls({ Bucket })).OwnershipControls?.Rules?.[0]?.ObjectOwnership;
    expect(await get()).toBe("BucketOwnerEnforced");
    for (const ObjectOwnership of ["ObjectWriter", "BucketOwnerPreferred", "BucketOwnerEnforced"] as const) {
      await s3.putBucketOwnershipControls({ Bucket, OwnershipControls: { Rules: [{ ObjectOwnership }] } });
      expect(await get()).toBe(ObjectOwnership);
    }
    await s3.deleteBucketOwnershipControls({ Bucket });
    await expect(get()).rejects.toMatchObject({ name: "OwnershipControlsNotFoundError" });
    // Without controls there are ACLs.
    expect((await put(`/${Bucket}/k`, { "x-amz-acl": "authenticated-read" })).code).toBe("AccessDenied");
  });

  test("of a new bucket, with an ACL that is not public", async () => {
    const create = (name: string, headers: Readonly<Record<string, string>>) => put(`/${name}`, headers, "");
    const writer = { "x-amz-object-ownership": "ObjectWriter" };
    expect((await create("acl-made", { ...writer, "x-amz-grant-read": `id="${theirs}"` })).status).toBe(200);
    expect(await grants("/acl-made")).toEqual(["theirs READ"]);
    expect((await create("acl-none", { ...writer, "x-amz-acl": "public-read" })).code).toBe("InvalidBucketAclWithBlockPublicAccessError"); // prettier-ignore
    expect((await create("acl-none", { "x-amz-acl": "authenticated-read" })).code).toBe("InvalidBucketAclWithObjectOwnership"); // prettier-ignore
    expect((await create("acl-none", { "x-amz-object-ownership": "Nobody" })).code).toBe("InvalidArgument");
    expect(await statusOf("/acl-none", gateway.admin, "HEAD")).toBe(404);
  });

  test("are not enforced over an ACL that others have, and end all ACLs when they are", async () => {
    const b = await open();
    await put(`/${b}/k`, { "x-amz-acl": "public-read" });
    await put(`/${b}?acl`, { "x-amz-acl": "public-read" }, "");
    expect(await statusOf(`/${b}/k`, undefined)).toBe(200);
    const enforce = () =>
      send({
        method: "PUT",
        target: `/${b}?ownershipControls`,
        body: "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>",
      });
    expect((await enforce()).code).toBe("InvalidBucketAclWithObjectOwnership");
    await put(`/${b}?acl`, { "x-amz-acl": "private" }, "");
    expect((await enforce()).status).toBe(200);
    expect(await statusOf(`/${b}/k`, undefined)).toBe(403);
    expect(await grants(`/${b}/k`)).toEqual(["ours FULL_CONTROL"]);
    expect((await put(`/${b}/k?acl`, { "x-amz-acl": "public-read" }, "")).code).toBe("AccessControlListNotSupported");
  });
});

describe("ACLs that are put", () => {
  const canned: readonly (readonly [ObjectCannedACL | "log-delivery-write", readonly string[]])[] = [
    ["private", []],
    ["public-read", [`${everyone} READ`]],
    ["public-read-write", [`${everyone} READ`, `${everyone} WRITE`]],
    ["authenticated-read", [`${authenticated} READ`]],
    ["bucket-owner-read", []],
    ["bucket-owner-full-control", []],
  ];
  test.each(canned)("%s, on a bucket, an object, a copy, an upload and a form", async (acl, added) => {
    const b = await open();
    const expected = ["ours FULL_CONTROL", ...added];
    const headers = { "x-amz-acl": acl };
    await put(`/${b}?acl`, headers, "");
    await put(`/${b}/k`, headers);
    await put(`/${b}/later`);
    await put(`/${b}/later?acl`, headers, "");
    await put(`/${b}/copy`, { ...headers, "x-amz-copy-source": `${b}/k` }, "");
    await put(`/${b}/plain`, { "x-amz-copy-source": `${b}/k` }, "");
    const begun = await send({ method: "POST", target: `/${b}/up?uploads`, headers });
    const id = /<UploadId>(.*)<\/UploadId>/.exec(begun.body)?.[1] ?? "";
    const { headers: part } = await put(`/${b}/up?uploadId=${id}&partNumber=1`);
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${String(part.etag)}</ETag></Part></CompleteMultipartUpload>`;
    await send({ method: "POST", target: `/${b}/up?uploadId=${id}`, body });
    await gateway.sendUnsigned(formOf(b, { keys: gateway.admin, fields: { key: "form", acl } }));
    for (const target of ["", "/k", "/later", "/copy", "/up", "/form"])
      expect(await grants(`/${b}${target}`)).toEqual(expected);
    expect(await grants(`/${b}/plain`)).toEqual(["ours FULL_CONTROL"]);
  });

  test("grants in headers and in a document, which is what a client gets back", async () => {
    const b = await open();
    await put(`/${b}/k`);
    const headers = {
      "x-amz-grant-read": `id="${theirs}", uri="${authenticated}"`,
      "x-amz-grant-full-control": `id=${ours}`,
    };
    expect((await put(`/${b}/k?acl`, headers, "")).status).toBe(200);
    const given = ["ours FULL_CONTROL", "theirs READ", `${authenticated} READ`];
    expect(await grants(`/${b}/k`)).toEqual(given);
    const { body } = await send({ target: `/${b}/k?acl` });
    expect((await put(`/${b}?acl`, {}, body)).status).toBe(200);
    expect(await grants(`/${b}`)).toEqual(given);
  });

  const policy = (inside: string, owner = "OURS") =>
    `<AccessControlPolicy><Owner><ID>${owner}</ID></Owner><AccessControlList>${inside}</AccessControlList></AccessControlPolicy>`;
  const grant = (grantee: string, permission = "READ", type = "CanonicalUser") =>
    `<Grant><Grantee xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="${type}">${grantee}</Grantee><Permission>${permission}</Permission></Grant>`;
  const refused: readonly (readonly [string, Readonly<Record<string, string>>, string, string])[] = [
    ["an unknown name", { "x-amz-acl": "public" }, "", "InvalidArgument"],
    ["a name of every object", { "x-amz-acl": "toString" }, "", "InvalidArgument"],
    ["a name and a grant", { "x-amz-acl": "private", "x-amz-grant-read": `uri="${everyone}"` }, "", "InvalidRequest"],
    ["a name and a document", { "x-amz-acl": "private" }, policy(""), "UnexpectedContent"],
    ["an unknown account", { "x-amz-grant-read": `id="${"0".repeat(64)}"` }, "", "InvalidArgument"],
    ["an unknown group", { "x-amz-grant-read": 'uri="http://example.com"' }, "", "InvalidArgument"],
    ["an address", { "x-amz-grant-read": 'emailAddress="a@example.com"' }, "", "UnresolvableGrantByEmailAddress"],
    ["no grantee", { "x-amz-grant-read": "somebody" }, "", "InvalidArgument"],
    ["nothing", {}, "", "MissingSecurityHeader"],
    ["another owner", {}, policy("", "THEIRS"), "AccessDenied"],
    ["an unknown permission", {}, policy(grant("<ID>OURS</ID>", "ALL")), "MalformedACLError"],
    ["a grantee of two kinds", {}, policy(grant(`<ID>OURS</ID><URI>${everyone}</URI>`)), "MalformedACLError"],
    ["a grantee of none", {}, policy(grant("")), "MalformedACLError"],
    ["a group as a user", {}, policy(grant(`<URI>${everyone}</URI>`)), "MalformedACLError"],
    ["a grantee without a type", {}, policy(grant("<ID>OURS</ID>").replace("i:type", "i:kind")), "MalformedACLError"],
    [
      "an address in a document",
      {},
      policy(grant("<EmailAddress>a@b</EmailAddress>", "READ", "AmazonCustomerByEmail")),
      "UnresolvableGrantByEmailAddress",
    ],
    ["101 grants", {}, policy(grant("<ID>OURS</ID>").repeat(101)), "MalformedACLError"],
    // The number of grants is checked before any grantee is looked up.
    ["101 grants to nobody", {}, policy(grant("<ID>nobody</ID>").repeat(101)), "MalformedACLError"],
    ["as many in a header", { "x-amz-grant-read": Array(101).fill("id=nobody").join() }, "", "MalformedACLError"],
  ];
  test.each(refused)("%s is refused, and nothing changes", async (_what, headers, document, code) => {
    const b = await open();
    await put(`/${b}/k`, { "x-amz-acl": "public-read" });
    const body = document.replaceAll("OURS", ours).replaceAll("THEIRS", theirs);
    for (const target of [`/${b}`, `/${b}/k`]) {
      const before = await grants(target);
      expect((await put(`${target}?acl`, headers, body)).code).toBe(code);
      expect(await grants(target)).toEqual(before);
    }
  });
});

describe("what ACLs allow", () => {
  const callers = () => [undefined, unable, able, other.root] as const;
  const reads = (target: string) => Promise.all(callers().map((keys) => statusOf(target, keys)));

  test("everybody, every account, or one account, whose users still need their own policies", async () => {
    const b = await open();
    await put(`/${b}/none`);
    await put(`/${b}/public`, { "x-amz-acl": "public-read" });
    await put(`/${b}/accounts`, { "x-amz-acl": "authenticated-read" });
    await put(`/${b}/theirs`, { "x-amz-grant-read": `id="${theirs}"` });
    expect(await reads(`/${b}/none`)).toEqual([403, 403, 403, 403]);
    expect(await reads(`/${b}/public`)).toEqual([200, 403, 200, 200]);
    expect(await reads(`/${b}/accounts`)).toEqual([403, 403, 200, 200]);
    expect(await reads(`/${b}/theirs`)).toEqual([403, 403, 200, 200]);
    // READ is no right to the ACL, to the tags, or to write.
    for (const target of [`/${b}/theirs?acl`, `/${b}/theirs?tagging`]) expect(await statusOf(target, able)).toBe(403);
    expect(await statusOf(`/${b}/theirs`, able, "DELETE")).toBe(403);
    expect(await statusOf(`/${b}/absent`, able)).toBe(403);
    // In the bucket's own account a grant to the account gives its users nothing.
    const own = await gateway.user("acl-own");
    expect(await statusOf(`/${b}/none`, own)).toBe(403);
  });

  test("the ACL itself is read by READ_ACP and written by WRITE_ACP", async () => {
    const b = await open();
    const acp = { "x-amz-grant-read-acp": `id="${theirs}"`, "x-amz-grant-write-acp": `id="${theirs}"` };
    await put(`/${b}/k`, acp);
    await put(`/${b}?acl`, acp, "");
    for (const target of [`/${b}`, `/${b}/k`]) {
      expect(await statusOf(`${target}?acl`, able)).toBe(200);
      expect(await statusOf(`${target}?acl`, unable)).toBe(403);
      expect((await put(`${target}?acl`, { "x-amz-acl": "private" }, "", able)).status).toBe(200);
      expect(await grants(target)).toEqual(["ours FULL_CONTROL"]);
      expect(await statusOf(`${target}?acl`, able)).toBe(403);
    }
  });

  test("what the ACL of an object allows does not count for the one that replaces it", async () => {
    const b = await open();
    const all = await put(`/${b}/k`, { "x-amz-grant-write-acp": `uri="${everyone}"` });
    const keys = await gateway.user("replaces", {
      Effect: "Allow",
      Action: ["s3:PutObject", "s3:GetObject"],
      Resource: `arn:aws:s3:::${b}/*`,
    });
    for (const condition of [{}, { "if-match": String(all.headers["etag"]) }])
      expect((await put(`/${b}/k`, { "x-amz-acl": "private", ...condition }, "x", keys)).status).toBe(403);
    expect((await put(`/${b}/k?acl`, { "x-amz-acl": "private" }, "", keys)).status).toBe(200);
  });

  test("a bucket is listed by READ and written by WRITE; the ACL of what is written is a right of the writer's account", async () => {
    const b = await open();
    await put(`/${b}/k`);
    await put(`/${b}?acl`, { "x-amz-grant-read": `id="${theirs}"`, "x-amz-grant-write": `id="${theirs}"` }, "");
    expect([await statusOf(`/${b}`, able), await statusOf(`/${b}`, unable)]).toEqual([200, 403]);
    expect([await statusOf(`/${b}/none`, able), await statusOf(`/${b}/none`, unable)]).toEqual([404, 403]);
    expect(await statusOf(`/${b}/k`, able)).toBe(403);
    const write = (headers = {}) => put(`/${b}/new`, headers, "x", able);
    expect((await write()).status).toBe(200);
    expect((await put(`/${b}/new`, {}, "x", unable)).status).toBe(403);
    const body =
      "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerPreferred</ObjectOwnership></Rule></OwnershipControls>";
    await send({ method: "PUT", target: `/${b}?ownershipControls`, body });
    // What a writer needs for the ACL of its object is a right in its own account, and the bucket's policy can deny it.
    const plain = await organization.user(other.root, "plain", {
      Effect: "Allow",
      Action: "s3:PutObject",
      Resource: "*",
    });
    const given = { "x-amz-acl": "bucket-owner-full-control" };
    expect([
      (await put(`/${b}/new`, {}, "x", plain)).status,
      (await put(`/${b}/new`, given, "x", plain)).status,
    ]).toEqual([200, 403]);
    const Statement = { Effect: "Deny", Principal: "*", Action: "s3:PutObjectAcl", Resource: `arn:aws:s3:::${b}/*` };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
    await gateway.s3.send(new PutBucketPolicyCommand({ Bucket: b, Policy }));
    expect((await write(given)).status).toBe(403);
    await send({ method: "DELETE", target: `/${b}?policy` });
    expect((await write({ "x-amz-acl": "bucket-owner-full-control" })).status).toBe(200);
    expect(await grants(`/${b}/new`)).toEqual(["ours FULL_CONTROL"]);
    expect(await statusOf(`/${b}/new`, able)).toBe(403);
  });

  test("a Deny of the bucket's policy, of the caller and of the resource's organization counts", async () => {
    const b = await open();
    await put(`/${b}/k`, { "x-amz-acl": "public-read" });
    const Statement = { Effect: "Deny", Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${b}/*` };
    await gateway.s3.send(
      new PutBucketPolicyCommand({ Bucket: b, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }),
    );
    expect(await reads(`/${b}/k`)).toEqual([403, 403, 403, 403]);
  });

  test("public ones are blocked, or ignored, as the bucket says", async () => {
    const b = await open();
    const block = (name: string) =>
      send({
        method: "PUT",
        target: `/${b}?publicAccessBlock`,
        body: `<PublicAccessBlockConfiguration><${name}>true</${name}></PublicAccessBlockConfiguration>`,
      });
    await put(`/${b}/k`, { "x-amz-acl": "public-read" });
    await put(`/${b}/theirs`, { "x-amz-grant-read": `id="${theirs}"` });
    await block("BlockPublicAcls");
    for (const acl of ["public-read", "authenticated-read", "public-read-write"]) {
      expect((await put(`/${b}/new`, { "x-amz-acl": acl })).code).toBe("AccessDenied");
      expect((await put(`/${b}?acl`, { "x-amz-acl": acl }, "")).code).toBe("AccessDenied");
    }
    expect(await statusOf(`/${b}/k`, undefined)).toBe(200);
    await block("IgnorePublicAcls");
    expect(await reads(`/${b}/k`)).toEqual([403, 403, 403, 403]);
    expect(await statusOf(`/${b}/theirs`, able)).toBe(200);
    expect((await put(`/${b}/new`, { "x-amz-acl": "public-read" })).status).toBe(200);
    expect(await statusOf(`/${b}/new`, undefined)).toBe(403);
  });

  test("a policy may ask for an ACL or a grant", async () => {
    const b = await open();
    const write = { Effect: "Allow", Action: ["s3:PutObject", "s3:PutObjectAcl"], Resource: `arn:aws:s3:::${b}/*` };
    const keys = await gateway.user(
      "acl-asked",
      {
        ...write,
        Condition: { StringEquals: { "s3:x-amz-acl": "bucket-owner-full-control" } },
      },
      { ...write, Condition: { StringEquals: { "s3:x-amz-grant-read": `id="${theirs}"` } } },
    );
    const status = async (headers: Readonly<Record<string, string>>) =>
      (await put(`/${b}/k`, headers, "x", keys)).status;
    expect(await status({ "x-amz-acl": "bucket-owner-full-control" })).toBe(200);
    expect(await status({ "x-amz-grant-read": `id="${theirs}"` })).toBe(200);
    for (const headers of [{}, { "x-amz-acl": "private" }, { "x-amz-grant-read": `id="${ours}"` }])
      expect(await status(headers)).toBe(403);
  });
});
