import {
  CreateBucketCommand,
  GetBucketAclCommand,
  GetPublicAccessBlockCommand,
  ListBucketsCommand,
} from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const { send } = gateway;

const open = (bucket: string) => send({ method: "DELETE", target: `/${bucket}?publicAccessBlock` });
const putPolicy = (bucket: string, ...statements: readonly object[]) =>
  send({
    method: "PUT",
    target: `/${bucket}?policy`,
    body: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
  });

const statementOf = (bucket: string, more: object = {}) => ({
  Effect: "Allow",
  Principal: { AWS: gateway.accountId },
  Action: "s3:GetObject",
  Resource: `arn:aws:s3:::${bucket}/*`,
  ...more,
});

describe("buckets", () => {
  test("made, found, listed, removed", async () => {
    const { s3 } = gateway;
    expect((await s3.send(new CreateBucketCommand({ Bucket: "walk" }))).Location).toBe("/walk");
    expect(await send({ method: "HEAD", target: "/walk" })).toMatchObject({
      status: 200,
      headers: { "x-amz-bucket-region": "us-east-1" },
    });
    expect((await send({ target: "/walk?location" })).body).toContain("<LocationConstraint xmlns");
    const { Buckets = [], Owner } = await s3.send(new ListBucketsCommand({ Prefix: "wal" }));
    expect(Buckets).toMatchObject([{ Name: "walk", BucketRegion: "us-east-1" }]);
    expect(Owner?.ID).toMatch(/^[0-9a-f]{64}$/);
    await send({ method: "PUT", target: "/walk/k" });
    expect(await send({ method: "DELETE", target: "/walk" })).toMatchObject({ status: 409, code: "BucketNotEmpty" });
    await send({ method: "DELETE", target: "/walk/k" });
    await send({ method: "POST", target: "/walk/unfinished?uploads" });
    expect((await send({ method: "DELETE", target: "/walk" })).status).toBe(204);
    expect((await send({ method: "HEAD", target: "/walk" })).status).toBe(404);
    expect((await send({ method: "PUT", target: "/walk/k" })).code).toBe("NoSuchBucket");
  });

  test("created again by its owner in us-east-1, a bucket stays as it is", async () => {
    const b = await gateway.bucket();
    expect((await putPolicy(b, statementOf(b))).status).toBe(204);
    await send({ method: "PUT", target: `/${b}/k`, body: "x" });
    const before = await gateway.s3.send(new GetPublicAccessBlockCommand({ Bucket: b }));
    const again = await gateway.s3.send(new CreateBucketCommand({ Bucket: b }));
    expect(again).toMatchObject({ $metadata: { httpStatusCode: 200 }, Location: `/${b}` });
    expect((await send({ target: `/${b}?policy` })).status).toBe(200);
    expect((await send({ target: `/${b}/k` })).body).toBe("x");
    const after = await gateway.s3.send(new GetPublicAccessBlockCommand({ Bucket: b }));
    expect(after.PublicAccessBlockConfiguration).toEqual(before.PublicAccessBlockConfiguration);
    const differently = { "x-amz-object-ownership": "ObjectWriter" };
    const other = await send({ method: "PUT", target: `/${b}`, headers: differently });
    expect([other.status, other.code]).toEqual([409, "BucketAlreadyOwnedByYou"]);
    const reader = await gateway.user("bucket-reader", { Effect: "Allow", Action: "s3:Get*", Resource: "*" });
    expect(await send({ method: "PUT", target: `/${b}`, keys: reader })).toMatchObject({ code: "AccessDenied" });
  });

  test.each([
    "ab",
    "UPPER",
    "under_score",
    "a..b",
    "192.168.1.1",
    "-a-b",
    "a-b-",
    "xn--abc",
    "abc-s3alias",
    "x".repeat(64),
  ])("%s is no name for a bucket", async (name) => {
    expect(await send({ method: "PUT", target: `/${name}` })).toMatchObject({ status: 400 });
    expect((await send({ method: "HEAD", target: `/${name}` })).status).not.toBe(200);
  });

  test("where it is, and what it may not be", async () => {
    const at = (location: string) =>
      `<CreateBucketConfiguration><LocationConstraint>${location}</LocationConstraint></CreateBucketConfiguration>`;
    const create = (name: string, body: string, headers = {}) =>
      send({ method: "PUT", target: `/${name}`, body, headers });
    expect((await create("elsewhere", at("eu-west-1"))).code).toBe("IllegalLocationConstraintException");
    expect((await create("here", at("us-east-1"))).status).toBe(200);
    expect((await create("broken", "<CreateBucketConfiguration>")).code).toBe("MalformedXML");
    expect((await create("other", "<Other/>")).code).toBe("MalformedXML");
    for (const [headers, code] of [
      [{ "x-amz-acl": "public-read" }, "InvalidBucketAclWithObjectOwnership"],
      [{ "x-amz-grant-read": "id=x" }, "InvalidBucketAclWithObjectOwnership"],
      [{ "x-amz-object-ownership": "Nobody" }, "InvalidArgument"],
      [{ "x-amz-bucket-object-lock-enabled": "yes" }, "InvalidArgument"],
    ] as const)
      expect((await create("refused", "", headers)).code).toBe(code);
    expect((await create("owned", "", { "x-amz-object-ownership": "BucketOwnerEnforced" })).status).toBe(200);
  });

  test("ListBuckets goes page by page, and a made-up token is refused", async () => {
    for (let n = 0; n < 5; n += 1) await send({ method: "PUT", target: `/page-${n}` });
    const names: string[] = [];
    let token: string | undefined;
    do {
      const page = await gateway.s3.send(
        new ListBucketsCommand({ Prefix: "page-", MaxBuckets: 2, ContinuationToken: token }),
      );
      expect(page.Buckets?.length).toBeLessThanOrEqual(2);
      names.push(...(page.Buckets ?? []).map(({ Name }) => Name ?? ""));
      token = page.ContinuationToken;
    } while (token !== undefined);
    expect(names).toEqual(["page-0", "page-1", "page-2", "page-3", "page-4"]);
    expect((await send({ target: "/?continuation-token=%21%21" })).code).toBe("InvalidArgument");
    for (const sent of ["0", "10001", "-1", "two"])
      expect((await send({ target: `/?max-buckets=${sent}` })).code).toBe("InvalidArgument");
    expect((await send({ target: "/?prefix=page-" })).body).toContain("<BucketRegion>");
    expect((await send({ target: "/" })).body).not.toContain("<BucketRegion>");
    expect((await send({ target: "/?bucket-region=eu-west-1" })).body).toContain("<Buckets/>");
  });
});

describe("bucket policy", () => {
  test("comes back as it was put, and goes", async () => {
    const b = await gateway.bucket();
    await gateway.user("reader");
    const statement = statementOf(b, { Principal: { AWS: `arn:aws:iam::${gateway.accountId}:user/reader` } });
    expect((await send({ target: `/${b}?policy` })).code).toBe("NoSuchBucketPolicy");
    expect((await send({ target: `/${b}?policyStatus` })).code).toBe("NoSuchBucketPolicy");
    expect((await putPolicy(b, statement)).status).toBe(204);
    expect(JSON.parse((await send({ target: `/${b}?policy` })).body)).toEqual({
      Version: "2012-10-17",
      Statement: [statement],
    });
    expect((await send({ target: `/${b}?policyStatus` })).body).toContain("<IsPublic>false</IsPublic>");
    expect((await send({ method: "DELETE", target: `/${b}?policy` })).status).toBe(204);
    expect((await send({ target: `/${b}?policy` })).code).toBe("NoSuchBucketPolicy");
  });

  test("public ones only where they are not blocked", async () => {
    const b = await gateway.bucket();
    const everyone = statementOf(b, { Principal: "*" });
    expect(await putPolicy(b, everyone)).toMatchObject({ status: 403, code: "AccessDenied" });
    await open(b);
    expect((await putPolicy(b, everyone)).status).toBe(204);
    expect((await send({ target: `/${b}?policyStatus` })).body).toContain("<IsPublic>true</IsPublic>");
    await send({ method: "PUT", target: `/${b}/k`, body: "x" });
    expect((await gateway.sendUnsigned({ target: `/${b}/k` })).body).toBe("x");
    const block =
      "<PublicAccessBlockConfiguration><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>";
    expect((await send({ method: "PUT", target: `/${b}?publicAccessBlock`, body: block })).status).toBe(200);
    expect((await send({ target: `/${b}?publicAccessBlock` })).body).toContain("<BlockPublicPolicy>false<");
  });

  test.each([
    ["an unknown principal", { Principal: { AWS: "arn:aws:iam::123456789012:user/nobody" } }, /Invalid principal/],
    ["another service's action", { Action: "iam:GetUser" }, /invalid action/],
    ["a misspelt action", { Action: "s3:GetObjects" }, /invalid action/],
    ["an action for buckets on objects", { Action: "s3:ListBucket" }, /does not apply to any resource/],
    ["an action of no resource", { Action: "s3:ListAllMyBuckets" }, /does not apply to any resource/],
    ["another bucket", { Resource: "arn:aws:s3:::another/*" }, /invalid resource/],
    ["a bucket whose name only begins so", { Resource: "arn:aws:s3:::BUCKET0/*" }, /invalid resource/],
    ["an unknown condition key", { Condition: { StringEquals: { "s3:nonsense": "x" } } }, /invalid condition key/],
    [
      "a condition key of listings on reading",
      { Condition: { StringLike: { "s3:prefix": "a/*" } } },
      /Conditions do not apply to combination of actions and resources in statement: requests for s3:GetObject never/,
    ],
    ["an unknown operator", { Condition: { StringSimilar: { "s3:prefix": "x" } } }, /StringSimilar/],
    ["an unknown element", { Actions: "s3:GetObject" }, /Actions/],
    ["no principal", { Principal: undefined }, /Principal/i],
  ])("refuses %s", async (_what, more, message) => {
    const b = await gateway.bucket();
    const statement = JSON.parse(JSON.stringify(statementOf(b, more)).replaceAll("BUCKET", b)) as object;
    const refused = await putPolicy(b, statement);
    expect(refused).toMatchObject({ status: 400, code: "MalformedPolicy" });
    expect(refused.body).toMatch(message);
    expect((await send({ target: `/${b}?policy` })).code).toBe("NoSuchBucketPolicy");
  });

  test("is JSON of at most 20 KB", async () => {
    const b = await gateway.bucket();
    const put = (body: string | Buffer) => send({ method: "PUT", target: `/${b}?policy`, body });
    expect((await put("{")).code).toBe("MalformedPolicy");
    expect((await put("")).code).toBe("MissingRequestBodyError");
    expect((await put(Buffer.from([0xff, 0xfe]))).code).toBe("MalformedPolicy");
    const long = statementOf(b, { Sid: "x".repeat(21_000) });
    expect(await putPolicy(b, long)).toMatchObject({ status: 400, code: "MalformedPolicy" });
  });
});

describe("configuration of a bucket", () => {
  test("ACLs: owner full control, and nothing else", async () => {
    const b = await gateway.bucket();
    await send({ method: "PUT", target: `/${b}/k` });
    const { Owner, Grants } = await gateway.s3.send(new GetBucketAclCommand({ Bucket: b }));
    expect(Grants).toMatchObject([{ Permission: "FULL_CONTROL", Grantee: { Type: "CanonicalUser", ID: Owner?.ID } }]);
    const own = (await send({ target: `/${b}?acl` })).body;
    expect((await send({ target: `/${b}/k?acl` })).body).toBe(own);
    const put = (body: string, headers = {}) => send({ method: "PUT", target: `/${b}?acl`, body, headers });
    expect((await put(own)).status).toBe(200);
    expect((await put("", { "x-amz-acl": "private" })).status).toBe(200);
    expect((await put("")).code).toBe("MissingSecurityHeader");
    for (const body of [
      own.replace("FULL_CONTROL", "READ"),
      own.replace(/<Grant>.*<\/Grant>/s, ""),
      own.replace(
        /<Grantee.*<\/Grantee>/s,
        "<Grantee><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>",
      ),
    ])
      expect((await put(body)).code).toBe("AccessControlListNotSupported");
    expect((await send({ target: `/${b}?ownershipControls` })).body).toContain("BucketOwnerEnforced");
  });

  test("versioning", async () => {
    const b = await gateway.bucket();
    const put = (body: string, headers = {}) => send({ method: "PUT", target: `/${b}?versioning`, body, headers });
    const status = async () => /<Status>(\w+)/.exec((await send({ target: `/${b}?versioning` })).body)?.[1];
    expect(await status()).toBeUndefined();
    const as = (inside: string) => `<VersioningConfiguration>${inside}</VersioningConfiguration>`;
    for (const value of ["Enabled", "Suspended"]) {
      expect((await put(as(`<Status>${value}</Status>`))).status).toBe(200);
      expect(await status()).toBe(value);
    }
    expect((await put(as("<Status>Off</Status>"))).code).toBe("IllegalVersioningConfigurationException");
    expect((await put(as("<Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>"))).code).toBe("NotImplemented");
    expect((await put(as("<Status>Enabled</Status>"), { "x-amz-mfa": "serial 123456" })).code).toBe("NotImplemented");
    expect(await status()).toBe("Suspended");
  });

  test("website", async () => {
    const b = await gateway.bucket();
    const put = (inside: string) =>
      send({ method: "PUT", target: `/${b}?website`, body: `<WebsiteConfiguration>${inside}</WebsiteConfiguration>` });
    const index = "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>";
    expect((await send({ target: `/${b}?website` })).code).toBe("NoSuchWebsiteConfiguration");
    for (const [inside, code] of [
      ["", "InvalidArgument"],
      ["<IndexDocument><Suffix>a/b</Suffix></IndexDocument>", "InvalidArgument"],
      [`${index}<Unknown/>`, "MalformedXML"],
      ["<RedirectAllRequestsTo><Protocol>http</Protocol></RedirectAllRequestsTo>", "MalformedXML"],
      [
        "<RedirectAllRequestsTo><HostName>h</HostName><Protocol>ftp</Protocol></RedirectAllRequestsTo>",
        "InvalidRequest",
      ],
      [`${index}<RedirectAllRequestsTo><HostName>h</HostName></RedirectAllRequestsTo>`, "InvalidRequest"],
    ] as const)
      expect([inside, (await put(inside)).code]).toEqual([inside, code]);
    expect((await put(` ${index} <ErrorDocument><Key>a&amp;b</Key></ErrorDocument>`)).status).toBe(200);
    expect((await send({ target: `/${b}?website` })).body).toContain(
      `${index}<ErrorDocument><Key>a&amp;b</Key></ErrorDocument>`,
    );
    expect((await send({ method: "DELETE", target: `/${b}?website` })).status).toBe(204);
    expect((await send({ target: `/${b}?website` })).code).toBe("NoSuchWebsiteConfiguration");
  });

  test("public access block", async () => {
    const b = await gateway.bucket();
    expect((await send({ target: `/${b}?publicAccessBlock` })).body.match(/>true</g)).toHaveLength(4);
    const put = (inside: string) =>
      send({
        method: "PUT",
        target: `/${b}?publicAccessBlock`,
        body: `<PublicAccessBlockConfiguration>${inside}</PublicAccessBlockConfiguration>`,
      });
    expect((await put("<BlockPublicAcls>maybe</BlockPublicAcls>")).code).toBe("MalformedXML");
    expect((await put("<BlockPublicAcls>true</BlockPublicAcls>")).status).toBe(200);
    expect((await send({ target: `/${b}?publicAccessBlock` })).body.match(/>true</g)).toHaveLength(1);
    expect((await open(b)).status).toBe(204);
    expect((await send({ target: `/${b}?publicAccessBlock` })).code).toBe("NoSuchPublicAccessBlockConfiguration");
  });
});
