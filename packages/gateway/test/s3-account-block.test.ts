import { presignQuery, type SigningKeys } from "@s3-credentials/protocol";
import { LookupEventsCommand, CloudTrailClient } from "@aws-sdk/client-cloudtrail";
import { afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { useOrganization } from "./organization-accounts.ts";
import { useS3Gateway } from "./s3-gateway.ts";

// The public access block of an account, by S3 Control: https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html

const gateway = useS3Gateway();
const organization = useOrganization(gateway);
const { send } = gateway;

const target = "/v20180820/configuration/publicAccessBlock";
const settings = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"] as const;
type Setting = (typeof settings)[number];
const documentOf = (...on: readonly Setting[]) =>
  `<PublicAccessBlockConfiguration xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/">${on
    .map((name) => `<${name}>true</${name}>`)
    .join("")}</PublicAccessBlockConfiguration>`;

interface Asking {
  readonly keys?: SigningKeys;
  readonly id?: string;
}
const ask = (method: string, { keys = gateway.admin, id = gateway.accountId }: Asking = {}, body?: string) =>
  send({ method, target, keys, headers: { "x-amz-account-id": id }, ...(body === undefined ? {} : { body }) });
const block = async (...on: readonly Setting[]): Promise<void> => {
  expect(await ask("PUT", {}, documentOf(...on))).toMatchObject({ status: 200, body: "" });
};

let other: { readonly id: string; readonly root: SigningKeys };
beforeAll(async () => {
  other = await organization.member();
});
afterEach(async () => {
  expect((await ask("DELETE")).status).toBe(204);
});

describe("the three operations", () => {
  test("put, get, delete; what is left out is false", async () => {
    await block("BlockPublicAcls", "RestrictPublicBuckets");
    const got = await ask("GET");
    expect(got.status).toBe(200);
    expect([...got.body.matchAll(/<(\w+)>(true|false)</g)].map(([, name, value]) => [name, value])).toEqual([
      ["BlockPublicAcls", "true"],
      ["IgnorePublicAcls", "false"],
      ["BlockPublicPolicy", "false"],
      ["RestrictPublicBuckets", "true"],
    ]);
    expect(await ask("DELETE")).toMatchObject({ status: 204, body: "" });
    expect(await ask("GET")).toMatchObject({ status: 404, code: "NoSuchPublicAccessBlockConfiguration" });
    expect((await ask("DELETE")).status).toBe(204);
  });

  test("errors are in the form of S3 Control", async () => {
    const { body, headers } = await ask("GET");
    const id = headers["x-amz-request-id"];
    expect(body).toContain("<ErrorResponse><Error><Code>NoSuchPublicAccessBlockConfiguration</Code>");
    expect(body).toContain(`<AccountId>${gateway.accountId}</AccountId>`);
    expect(body).toMatch(
      new RegExp(`</Error><RequestId>${String(id)}</RequestId><HostId>[^<]+</HostId></ErrorResponse>$`),
    );
  });

  test.each([
    "<not-it/>",
    "<PublicAccessBlockConfiguration><BlockPublicAcls>yes</BlockPublicAcls></PublicAccessBlockConfiguration>",
    "x",
  ])("a document that is none changes nothing: %s", async (body) => {
    await block("BlockPublicAcls");
    expect(await ask("PUT", {}, body)).toMatchObject({ status: 400, code: "MalformedXML" });
    expect((await ask("GET")).body).toContain("<BlockPublicAcls>true<");
  });

  test("methods and operations that are not here are refused by name", async () => {
    for (const method of ["POST", "HEAD"]) expect((await ask(method)).status).toBe(405);
    const paths = {
      "/v20180820/jobs": "ListJobs",
      "/v20180820/bucket/b/policy": "GetBucketPolicy",
      "/v20180820/storagelens/x": "GetStorageLensConfiguration",
      [`${target}/x`]: `${target}/x`,
    };
    for (const [path, name] of Object.entries(paths)) {
      const sent = await send({ target: path, headers: { "x-amz-account-id": gateway.accountId } });
      expect(sent).toMatchObject({ status: 501, code: "NotImplemented" });
      expect(sent.body).toContain(`${name} of S3 Control is not implemented.`);
    }
  });

  test("they are events of the account", async () => {
    await block("BlockPublicPolicy");
    const settingsOf = {
      endpoint: `http://127.0.0.1:${gateway.port}`,
      region: "us-east-1",
      credentials: gateway.admin,
    };
    const trail = new CloudTrailClient(settingsOf);
    onTestFinished(() => trail.destroy());
    const LookupAttributes = [{ AttributeKey: "EventName", AttributeValue: "PutAccountPublicAccessBlock" }] as const;
    const { Events = [] } = await trail.send(new LookupEventsCommand({ LookupAttributes: [...LookupAttributes] }));
    const event = JSON.parse(Events[0]?.CloudTrailEvent ?? "") as Record<string, unknown>;
    expect(event).toMatchObject({ eventSource: "s3.amazonaws.com", recipientAccountId: gateway.accountId });
    expect(JSON.stringify(event["requestParameters"])).toContain("BlockPublicPolicy");
  });
});

describe("who may", () => {
  test("only the caller's own account is named", async () => {
    const theirs = { keys: other.root, id: other.id };
    expect((await ask("PUT", theirs, documentOf("BlockPublicAcls"))).status).toBe(200);
    for (const id of [other.id, "999999999999", "1", `${gateway.accountId} `.repeat(2), "*"])
      for (const method of ["GET", "PUT", "DELETE"]) {
        const body = method === "PUT" ? documentOf() : undefined;
        expect(await ask(method, { id }, body)).toMatchObject({ status: 403, code: "AccessDenied" });
      }
    expect((await ask("GET", { keys: other.root })).status).toBe(403);
    expect((await ask("GET", theirs)).body).toContain("<BlockPublicAcls>true<");
    expect((await ask("GET")).status).toBe(404);
  });

  test("by the actions of the account, and not by those of its buckets", async () => {
    const able = await gateway.user("reads-block", {
      Effect: "Allow",
      Action: "s3:GetAccountPublicAccessBlock",
      Resource: "*",
    });
    const unable = await gateway.user("of-buckets", {
      Effect: "Allow",
      Action: ["s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock"],
      Resource: "*",
    });
    expect((await ask("GET", { keys: able })).status).toBe(404);
    for (const [method, keys] of [
      ["PUT", able],
      ["DELETE", able],
      ["GET", unable],
      ["PUT", unable],
      ["DELETE", unable],
    ] as const)
      expect(await ask(method, { keys }, method === "PUT" ? documentOf() : undefined)).toMatchObject({
        status: 403,
        code: "AccessDenied",
      });
    const headers = { "x-amz-account-id": gateway.accountId };
    expect((await gateway.sendUnsigned({ target, headers })).status).toBe(403);
    expect((await gateway.sendUnsigned({ method: "DELETE", target, headers })).status).toBe(403);
  });

  test("a presigned URL may have it in its query, and is never one for an object then", async () => {
    const sign = (method: string, id: string) =>
      presignQuery(
        { method, path: target, query: `X-Amz-Account-Id=${id}`, headers: [["host", `127.0.0.1:${gateway.port}`]] },
        gateway.admin,
        { region: "us-east-1", service: "s3", time: Date.now() },
        60,
      );
    const get = (id: string) => gateway.sendUnsigned({ target: `${target}?${sign("GET", id)}` });
    expect(await get(gateway.accountId)).toMatchObject({ status: 404, code: "NoSuchPublicAccessBlockConfiguration" });
    await block("BlockPublicAcls");
    expect((await get(gateway.accountId)).body).toContain("<BlockPublicAcls>true<");
    expect(await get(other.id)).toMatchObject({ status: 403, code: "AccessDenied" });
    const headers = { "x-amz-account-id": gateway.accountId };
    const twice = await gateway.sendUnsigned({ target: `${target}?${sign("GET", other.id)}`, headers });
    expect(twice).toMatchObject({ status: 400, code: "InvalidArgument" });
  });

  test("the header that makes an object of a bucket a setting of the account is part of the signature", async () => {
    const made = await send({ method: "PUT", target: "/v20180820" });
    expect(made.status).toBe(200);
    await send({ method: "PUT", target, body: "an object" });
    expect((await send({ target })).body).toBe("an object");
    await block("BlockPublicAcls");
    const query = presignQuery(
      { method: "DELETE", path: target, query: "", headers: [["host", `127.0.0.1:${gateway.port}`]] },
      gateway.admin,
      { region: "us-east-1", service: "s3", time: Date.now() },
      60,
    );
    const headers = { "x-amz-account-id": gateway.accountId };
    const forged = await gateway.sendUnsigned({ method: "DELETE", target: `${target}?${query}`, headers });
    expect(forged).toMatchObject({ status: 403, code: "AccessDenied" });
    expect((await ask("GET")).body).toContain("<BlockPublicAcls>true<");
    expect((await gateway.sendUnsigned({ method: "DELETE", target: `${target}?${query}` })).status).toBe(204);
  });
});

describe("the most restrictive of bucket and account counts, from the next request on", () => {
  const policyOf = (b: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${b}/*` },
    });
  const everyone = { "x-amz-acl": "public-read" };
  const status = async (...request: Parameters<typeof send>) => (await send(...request)).status;
  const anonymous = async (b: string) => (await gateway.sendUnsigned({ target: `/${b}/k` })).status;

  /** A bucket with an object `k`, whose own block is off, and which has ACLs. */
  async function open(keys = gateway.admin): Promise<string> {
    const b = `open-${crypto.randomUUID()}`;
    expect(
      await status({ method: "PUT", target: `/${b}`, keys, headers: { "x-amz-object-ownership": "ObjectWriter" } }),
    ).toBe(200);
    expect(await status({ method: "DELETE", target: `/${b}?publicAccessBlock`, keys })).toBe(204);
    expect(await status({ method: "PUT", target: `/${b}/k`, keys, body: "x" })).toBe(200);
    return b;
  }

  test("BlockPublicPolicy: public policies are not put, and those that are there stay", async () => {
    const [b, before] = [await open(), await open()];
    const put = (name: string) => send({ method: "PUT", target: `/${name}?policy`, body: policyOf(name) });
    expect((await put(before)).status).toBe(204);
    await block("BlockPublicPolicy");
    expect(await put(b)).toMatchObject({ status: 403, code: "AccessDenied" });
    expect(await anonymous(before)).toBe(200);
    await ask("DELETE");
    expect((await put(b)).status).toBe(204);
  });

  test("RestrictPublicBuckets: a public policy serves the account alone", async () => {
    const b = await open();
    await send({ method: "PUT", target: `/${b}?policy`, body: policyOf(b) });
    const theirs = await organization.user(other.root, "outsider", { Effect: "Allow", Action: "*", Resource: "*" });
    const insider = await gateway.user("insider");
    const all = async () => [
      await anonymous(b),
      await status({ target: `/${b}/k`, keys: theirs }),
      await status({ target: `/${b}/k`, keys: insider }),
    ];
    expect(await all()).toEqual([200, 200, 200]);
    await block("RestrictPublicBuckets");
    expect(await all()).toEqual([403, 403, 200]);
    // The bucket's own says less, and the account's counts.
    await send({ method: "PUT", target: `/${b}?publicAccessBlock`, body: documentOf() });
    expect(await all()).toEqual([403, 403, 200]);
    await block();
    expect(await all()).toEqual([200, 200, 200]);
    // The account's says less, and the bucket's counts.
    await send({ method: "PUT", target: `/${b}?publicAccessBlock`, body: documentOf("RestrictPublicBuckets") });
    expect(await all()).toEqual([403, 403, 200]);
  });

  test("BlockPublicAcls: public ACLs are not put, on buckets, on objects, with objects", async () => {
    const b = await open();
    const put = async (target: string, headers = everyone) =>
      (await send({ method: "PUT", target, headers, body: "" })).status;
    const all = async () => [await put(`/${b}?acl`), await put(`/${b}/k?acl`), await put(`/${b}/new`)];
    expect(await all()).toEqual([200, 200, 200]);
    await block("BlockPublicAcls");
    expect(await all()).toEqual([403, 403, 403]);
    expect(await put(`/${b}/k?acl`, { "x-amz-acl": "private" })).toBe(200);
    await ask("DELETE");
    expect(await all()).toEqual([200, 200, 200]);
  });

  test("IgnorePublicAcls: public grants do not count", async () => {
    const b = await open();
    await send({ method: "PUT", target: `/${b}/k?acl`, headers: everyone });
    expect(await anonymous(b)).toBe(200);
    await block("IgnorePublicAcls");
    expect(await anonymous(b)).toBe(403);
    await ask("DELETE");
    expect(await anonymous(b)).toBe(200);
  });

  test("only in the buckets of the account, and it is not shown as the bucket's own", async () => {
    const [ours, theirs] = [await open(), await open(other.root)];
    for (const [b, keys] of [
      [ours, gateway.admin],
      [theirs, other.root],
    ] as const)
      await send({ method: "PUT", target: `/${b}?policy`, body: policyOf(b), keys });
    await block(...settings);
    expect([await anonymous(ours), await anonymous(theirs)]).toEqual([403, 200]);
    const shown = await send({ target: `/${ours}?publicAccessBlock` });
    expect(shown).toMatchObject({ status: 404, code: "NoSuchPublicAccessBlockConfiguration" });
  });
});
