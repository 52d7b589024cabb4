import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Browser, type ConsoleGateway, type Got, linkOf, signedIn, startConsole } from "./console-gateway.ts";
import { call } from "./pipeline-gateway.ts";

let running: ConsoleGateway;
let admin: Browser;

beforeAll(async () => {
  running = await startConsole();
  admin = await signedIn(running, running.admin);
});
afterAll(() => running.close());

interface Tree {
  readonly name: string;
  readonly content: readonly (Tree | string)[];
}

/** The texts of all elements of this name. */
function textsOf(got: Got, name: string): readonly string[] {
  const { result } = got.json as { result: Tree };
  const find = (node: Tree): readonly string[] =>
    node.content.flatMap((item) =>
      typeof item === "string" ? [] : item.name === name ? [item.content.map(String).join("")] : find(item),
    );
  return find(result);
}

const errorOf = (got: Got) => (got.json as { error?: { code: string } } | undefined)?.error?.code;

describe("calls", () => {
  test("of IAM and STS answer trees, and run as the session's user", async () => {
    const made = await admin.iam("CreateUser", { UserName: "ann", Path: "/team/" });
    expect(made.json).toEqual({
      requestId: expect.stringMatching(/^[0-9A-F]{16}$/),
      result: {
        name: "CreateUserResult",
        content: [
          {
            name: "User",
            content: expect.arrayContaining([
              { name: "UserName", content: ["ann"] },
              { name: "Path", content: ["/team/"] },
            ]),
          },
        ],
      },
    });
    expect(textsOf(await admin.iam("ListUsers"), "UserName")).toContain("ann");
    const twice = await admin.iam("CreateUser", { UserName: "ann" });
    expect([twice.status, twice.json]).toMatchObject([
      409,
      { error: { code: "EntityAlreadyExists", message: "The user with name ann already exists." } },
    ]);
    expect(textsOf(await admin.sts("GetCallerIdentity"), "Account")).toEqual([running.gateway.accountId]);
    const events = running.log.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.find(({ operation }) => operation === "CreateUser")).toMatchObject({
      service: "iam",
      remote: "127.0.0.1",
      status: 200,
      principal: expect.stringContaining(":user/"),
    });
  });

  test("have the browser's own address, agent and security", async () => {
    await admin.iam("CreateUser", { UserName: "limited" });
    const statement = (condition: object) => ({
      UserName: "limited",
      PolicyName: "p",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "iam:ListUsers", Resource: "*", Condition: condition }],
      }),
    });
    const key = await admin.iam("CreateAccessKey", { UserName: "limited" });
    const [accessKeyId = "", secretAccessKey = ""] = ["AccessKeyId", "SecretAccessKey"].flatMap((name) =>
      textsOf(key, name),
    );
    const limited = await signedIn(running, { accessKeyId, secretAccessKey });
    for (const [condition, status] of [
      [{ IpAddress: { "aws:SourceIp": "127.0.0.1" } }, 200],
      [{ IpAddress: { "aws:SourceIp": "192.0.2.0/24" } }, 403],
      [{ StringEquals: { "aws:UserAgent": "test-browser/1" } }, 200],
      [{ Bool: { "aws:SecureTransport": "true" } }, 403],
    ] as const) {
      expect((await admin.iam("PutUserPolicy", statement(condition))).status).toBe(200);
      expect([condition, (await limited.iam("ListUsers")).status]).toEqual([condition, status]);
    }
    // What a browser sends beside does not change that.
    const spoofed = await limited.submit(
      "/aws/iam",
      { Action: "ListUsers", Version: "2010-05-08" },
      {
        "x-forwarded-for": "192.0.2.1",
        "x-forwarded-proto": "https",
        "x-amz-security-token": "x",
        host: "localhost:1",
      },
    );
    expect(spoofed.status).toBe(403);
    await admin.iam("DeleteAccessKey", { UserName: "limited", AccessKeyId: accessKeyId });
    expect(errorOf(await limited.iam("ListUsers"))).toBe("NotSignedIn");
  });

  test("of STS are those that a page needs, and there are no others behind /aws/", async () => {
    expect(errorOf(await admin.sts("GetFederationToken", { Name: "x" }))).toBe("NotForConsole");
    expect(errorOf(await admin.form("/aws/sts?Action=GetFederationToken", { Version: "2011-06-15" }))).toBe(
      "NotForConsole",
    );
    for (const path of ["/aws/", "/aws/iam/x", "/aws/ec2", "/aws/__proto__", "/aws/s3"])
      expect([path, (await admin.form(path, { Action: "ListUsers" })).status]).toEqual([path, 404]);
    const twice = await admin.send({
      method: "POST",
      path: "/aws/iam",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "Action=ListUsers&Action=CreateUser&Version=2010-05-08",
    });
    expect(errorOf(twice)).toBe("ValidationError");
    expect((await admin.form("/aws/iam", { Action: "x".repeat(600_000) })).status).toBe(413);
  });
});

describe("S3", () => {
  test("buckets and objects are made, listed and described; what describes an object does nothing to the browser", async () => {
    expect((await admin.send({ method: "PUT", path: "/aws/s3/reports" })).status).toBe(200);
    const key = "/aws/s3/reports/team%2E/..%2Fa%20b%3F.html";
    const body = "<script>alert(1)</script>";
    const put = await admin.send({
      method: "PUT",
      path: key,
      body,
      headers: { "content-type": "text/html", "cache-control": "public", "x-amz-meta-team": "red" },
    });
    expect([put.status, put.headers.etag]).toEqual([200, expect.stringMatching(/^"[0-9a-f]{32}"$/)]);
    const listed = await admin.send({ path: "/aws/s3/reports?list-type=2&prefix=team." });
    expect(textsOf(listed, "Key")).toEqual(["team./../a b?.html"]);
    const head = await admin.send({ method: "HEAD", path: key });
    expect(head.headers).toMatchObject({
      "x-object-content-type": "text/html",
      "x-object-content-length": String(body.length),
      "x-object-cache-control": "public",
      "x-amz-meta-team": "red",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    expect(head.headers["content-type"]).toBeUndefined();
    const missing = await admin.send({ method: "HEAD", path: "/aws/s3/reports/none" });
    expect([missing.status, missing.headers["x-error-code"]]).toEqual([404, "NoSuchKey"]);
  });

  test("the content of an object never comes from the console's origin", async () => {
    await admin.send({ method: "PUT", path: "/aws/s3/content" });
    await admin.send({ method: "PUT", path: "/aws/s3/content/a", body: "secret content" });
    for (const path of [
      "/aws/s3/content/a",
      "/aws/s3/content/a?partNumber=1",
      "/aws/s3/content/a?response-content-type=text/html",
    ])
      expect([path, errorOf(await admin.send({ path }))]).toEqual([path, "UseLink"]);
  });

  test("documents are hashed by the console, and answered as texts or trees", async () => {
    await admin.send({ method: "PUT", path: "/aws/s3/documents" });
    const policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Deny",
          Principal: "*",
          Action: "s3:GetObject",
          Resource: "arn:aws:s3:::documents/*",
          Condition: { StringEquals: { "s3:x-amz-content-sha256": "UNSIGNED-PAYLOAD" } },
        },
      ],
    });
    const put = await admin.send({ method: "PUT", path: "/aws/s3/documents?policy", body: policy });
    expect([put.status, put.json]).toEqual([200, { requestId: expect.any(String) }]);
    const got = await admin.send({ path: "/aws/s3/documents?policy" });
    expect(JSON.parse((got.json as { text: string }).text)).toEqual(JSON.parse(policy));
    const many = "<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>";
    const deleted = await admin.send({ method: "POST", path: "/aws/s3/documents?delete", body: many });
    expect(textsOf(deleted, "Key")).toEqual(["a", "b"]);
    expect((await admin.send({ method: "DELETE", path: "/aws/s3/documents?policy" })).status).toBe(200);
  });

  test("a large upload streams in parts, signed by the page or not, and is what was sent", async () => {
    await admin.send({ method: "PUT", path: "/aws/s3/uploads" });
    const part = Buffer.alloc(6 * 1024 * 1024, "part ");
    const begun = await admin.send({ method: "POST", path: "/aws/s3/uploads/big?uploads" });
    const [uploadId = ""] = textsOf(begun, "UploadId");
    const digest = createHash("sha256").update(part).digest("hex");
    const send = (number: number, headers: Readonly<Record<string, string>>) =>
      admin.send({
        method: "PUT",
        path: `/aws/s3/uploads/big?partNumber=${number}&uploadId=${encodeURIComponent(uploadId)}`,
        body: part,
        headers,
      });
    const signed = await send(1, { "x-amz-content-sha256": digest });
    const unsigned = await send(2, {});
    expect([signed.status, unsigned.status, signed.headers.etag]).toEqual([200, 200, unsigned.headers.etag]);
    expect(
      errorOf(await send(3, { "x-amz-content-sha256": digest.replace(/^./, (one) => (one === "0" ? "1" : "0")) })),
    ).toBe("XAmzContentSHA256Mismatch");
    expect((await send(3, { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" })).status).toBe(400);
    const parts = [1, 2].map(
      (number) => `<Part><PartNumber>${number}</PartNumber><ETag>${signed.headers.etag}</ETag></Part>`,
    );
    const done = await admin.send({
      method: "POST",
      path: `/aws/s3/uploads/big?uploadId=${encodeURIComponent(uploadId)}`,
      body: `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`,
    });
    expect([done.status, textsOf(done, "Location")]).toEqual([200, [`${running.gateway.endpoint}/uploads/big`]]);
    const head = await admin.send({ method: "HEAD", path: "/aws/s3/uploads/big" });
    expect(head.headers["x-object-content-length"]).toBe(String(2 * part.length));
  });
});

describe("links", () => {
  test("open the object at the S3 origin as a download, for a time, and no longer than the session", async () => {
    await admin.send({ method: "PUT", path: "/aws/s3/linked" });
    await admin.send({ method: "PUT", path: "/aws/s3/linked/a%20b/%C3%BC.txt", body: "hello" });
    const made = await admin.json("POST", "/links", { bucket: "linked", key: "a b/ü.txt", seconds: 60 });
    const { url, expiresAt } = made.json as { url: string; expiresAt: string };
    expect(url).toMatch(new RegExp(`^${running.gateway.endpoint}/linked/a%20b/%C3%BC.txt\\?`));
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(60_000);
    const got = await fetch(url);
    expect([got.status, got.headers.get("content-disposition"), await got.text()]).toEqual([
      200,
      "attachment; filename*=UTF-8''%C3%BC.txt",
      "hello",
    ]);
    const week = await admin.json("POST", "/links", { bucket: "linked", key: "a b/ü.txt", seconds: 604_800 });
    const session = await admin.session();
    expect(Date.parse((week.json as { expiresAt: string }).expiresAt)).toBeLessThanOrEqual(
      Date.parse(String(session["expiresAt"])),
    );
    for (const [value, code] of [
      [{ bucket: "linked", key: "none" }, "NoSuchKey"],
      [{ bucket: "nobucket", key: "x" }, "NoSuchBucket"],
      [{ bucket: "linked", key: "" }, "InvalidRequest"],
      [{ bucket: "linked", key: "x", seconds: 604_801 }, "InvalidRequest"],
      [{ bucket: "linked", key: "x", disposition: "x\r\ny" }, "InvalidRequest"],
    ] as const)
      expect([value, errorOf(await admin.json("POST", "/links", value))]).toEqual([value, code]);
  });
});

describe("roles", () => {
  test("are taken and left: calls are the role's, then the user's; the id changes each time; old ids are dead", async () => {
    const trust = (principal: string) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: principal } }],
      });
    const { accountId } = running.gateway;
    await admin.iam("CreateRole", { RoleName: "reader", Path: "/team/", AssumeRolePolicyDocument: trust(accountId) });
    await admin.iam("CreateUser", { UserName: "other" });
    await admin.iam("CreateRole", {
      RoleName: "closed",
      AssumeRolePolicyDocument: trust(`arn:aws:iam::${accountId}:user/other`),
    });
    const own = await signedIn(running, running.admin);
    const before = new Map(own.cookies);
    const taken = await own.json("POST", "/session/role", {
      account: accountId,
      role: "team/reader",
      displayName: "Reader",
      color: "F2B0A9",
    });
    expect([taken.status, taken.json]).toMatchObject([
      200,
      {
        role: {
          arn: `arn:aws:iam::${accountId}:role/team/reader`,
          account: accountId,
          name: "team/reader",
          displayName: "Reader",
          color: "#f2b0a9",
        },
      },
    ]);
    await own.session();
    expect(textsOf(await own.sts("GetCallerIdentity"), "Arn")[0]).toContain(":assumed-role/reader/");
    const denied = await own.iam("ListUsers");
    expect([denied.status, errorOf(denied)]).toEqual([403, "AccessDenied"]);
    expect(JSON.stringify(denied.json)).toContain("no identity-based policy allows the iam:ListUsers action");
    const stale = new Browser(running.origin);
    for (const [name, value] of before) stale.cookies.set(name, value);
    expect((await stale.session())["status"]).toBe(401);
    const roleCookies = new Map(own.cookies);

    const refused = await own.json("POST", "/session/role", { account: accountId, role: "closed" });
    expect([refused.status, errorOf(refused)]).toEqual([403, "AccessDenied"]);
    expect((await own.session())["role"]).toMatchObject({ displayName: "Reader" });

    const left = await own.json("DELETE", "/session/role");
    expect([left.status, left.json]).toMatchObject([200, { role: null }]);
    await own.session();
    expect((await own.iam("ListUsers")).status).toBe(200);
    stale.cookies.clear();
    for (const [name, value] of roleCookies) stale.cookies.set(name, value);
    expect((await stale.session())["status"]).toBe(401);
  });

  test("need an account, a name and a color that can be one", async () => {
    for (const value of [
      {},
      { account: "1", role: "x" },
      { account: running.gateway.accountId, role: "" },
      { account: running.gateway.accountId, role: "a b" },
      { account: running.gateway.accountId, role: "x", color: "red;}" },
    ])
      expect([value, errorOf(await admin.json("POST", "/session/role", value))]).toEqual([value, "InvalidRequest"]);
  });
});

describe("one-time links", () => {
  test("sign in once, as the key's user, and the session ends with the key", async () => {
    const made = await linkOf(running, running.admin);
    const { url } = made.json as { url: string };
    expect(url).toMatch(new RegExp(`^${running.origin}/signin/link\\?token=[\\w-]{43}$`));
    const token = new URL(url).searchParams.get("token") ?? "";
    const browser = new Browser(running.origin);
    const page = await browser.open(`/signin/link?token=${token}`);
    expect([page.status, page.headers["set-cookie"]]).toEqual([200, undefined]);
    expect(page.body).toContain(`in account ${running.gateway.accountId}`);
    // A link is no cookie.
    const { port } = new URL(running.origin);
    expect((await browser.send({ path: "/session", headers: { cookie: `s3c-${port}=${token}` } })).status).toBe(401);
    const evil = await browser.submit("/session/link", { token }, { origin: "https://evil.example" });
    expect(evil.status).toBe(403);
    expect((await browser.submit("/session/link", { token })).status).toBe(303);
    expect(await browser.session()).toMatchObject({ status: 200, user: { kind: "user" } });
    const again = await new Browser(running.origin).submit("/session/link", { token });
    expect([again.status, again.body]).toMatchObject([401, expect.stringContaining("This link was used")]);
    expect((await browser.open(`/signin/link?token=${token}`)).status).toBe(401);
  });

  test("of root are marked, and last one hour", async () => {
    const { url } = (await linkOf(running, running.root)).json as { url: string };
    const browser = new Browser(running.origin);
    const token = new URL(url).searchParams.get("token") ?? "";
    const page = await browser.open(`/signin/link?token=${token}`);
    expect(page.body).toContain('<main class="root">');
    await browser.submit("/session/link", { token });
    const session = await browser.session();
    expect(session).toMatchObject({ user: { kind: "root", name: "root" } });
    expect(Date.parse(String(session["expiresAt"])) - Date.parse(String(session["signedInAt"]))).toBe(3_600_000);
    const role = { account: running.gateway.accountId, role: "reader" };
    expect(errorOf(await browser.json("POST", "/session/role", role))).toBe("AccessDenied");
  });

  test("are for signed requests for a link alone", async () => {
    const port = Number(new URL(running.origin).port);
    const base = {
      method: "POST",
      target: "/",
      body: "Action=GetCallerIdentity&Version=2011-06-15",
      keys: running.admin,
      service: "sts",
    };
    const link = { "x-amz-console-link": "1" };
    for (const [request, status] of [
      [{ ...base }, 403], // without the header it is nothing of the console's
      [{ ...base, unsigned: link }, 403], // a header that somebody added
      [{ ...base, headers: link, body: "Action=ListUsers&Version=2010-05-08", service: "iam" }, 403],
      [{ ...base, headers: link, body: "Action=AssumeRole&Version=2011-06-15" }, 403],
      [{ ...base, headers: link, service: "iam" }, 403],
      [{ ...base, headers: { ...link, host: "console.example" } }, 403],
      [{ ...base, headers: link, keys: { ...running.admin, secretAccessKey: "wrong" } }, 403],
    ] as const) {
      const got = await call({ port }, request);
      expect([request, got.status, got.body.includes('"url"')]).toEqual([request, status, false]);
    }
  });
});

test("AWS's federation endpoint gives brokers a token for temporary credentials, and the browser a session", async () => {
  const { accountId } = running.gateway;
  const role = await admin.sts("AssumeRole", {
    RoleArn: `arn:aws:iam::${accountId}:role/team/reader`,
    RoleSessionName: "broker",
  });
  const [sessionId, sessionKey, sessionToken] = ["AccessKeyId", "SecretAccessKey", "SessionToken"].map(
    (name) => textsOf(role, name)[0] ?? "",
  );
  const broker = new Browser(running.origin);
  const ask = (fields: Readonly<Record<string, string>>) =>
    broker.submit("/federation", { Action: "getSigninToken", ...fields }, { origin: "" });
  const good = await ask({ Session: JSON.stringify({ sessionId, sessionKey, sessionToken }), SessionDuration: "1800" });
  const { SigninToken } = good.json as { SigninToken: string };
  expect(SigninToken).toMatch(/^[\w-]{43}$/);
  for (const [session, code] of [
    [{ sessionId, sessionKey: "wrong", sessionToken }, "SignatureDoesNotMatch"],
    [{ sessionId: running.admin.accessKeyId, sessionKey: running.admin.secretAccessKey }, "InvalidRequest"],
    [{ sessionId, sessionKey, sessionToken: "x" }, "InvalidClientTokenId"],
  ] as const)
    expect(errorOf(await ask({ Session: JSON.stringify(session) }))).toBe(code);
  const target = `/federation?Action=login&Issuer=x&Destination=${encodeURIComponent(`${running.origin}/buckets`)}&SigninToken=${SigninToken}`;
  const browser = new Browser(running.origin, { "sec-fetch-site": "cross-site" });
  const page = await browser.open(target);
  expect(page.body).toContain("You will be <strong>reader/broker</strong>");
  const user = new Browser(running.origin);
  const used = await user.submit("/session/link", { token: SigninToken, next: "/buckets" });
  expect([used.status, used.headers.location]).toEqual([303, "/buckets"]);
  const session = await user.session();
  expect(session).toMatchObject({ user: { kind: "federated", name: "reader/broker" } });
  expect(Date.parse(String(session["expiresAt"])) - Date.now()).toBeLessThanOrEqual(1_800_000);
  expect(textsOf(await user.sts("GetCallerIdentity"), "Arn")).toEqual([
    `arn:aws:sts::${accountId}:assumed-role/reader/broker`,
  ]);
});

test("no secret that was made here is in the log", () => {
  const log = running.log.join("\n");
  expect(log.includes('"operation":"AssumeRole"')).toBe(true);
  expect(/SigninToken=|token=[\w-]{43}|X-Amz-Signature|X-Amz-Security-Token/.test(log)).toBe(false);
  for (const keys of [running.admin, running.root]) expect(log.includes(keys.secretAccessKey)).toBe(false);
  for (const value of admin.cookies.values()) expect(value.length === 43 && log.includes(value)).toBe(false);
});
