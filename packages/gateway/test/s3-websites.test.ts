import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Call, call, type Sent } from "./pipeline-gateway.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway("--website-port", "0", "--website-domain", "sites.test", "--domain", "s3.test");
const { send } = gateway;

const index = "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>";
const withErrorPage = `${index}<ErrorDocument><Key>errors/page.html</Key></ErrorDocument>`;

async function configure(bucket: string, inside: string): Promise<Sent> {
  const body = `<WebsiteConfiguration>${inside}</WebsiteConfiguration>`;
  return send({ method: "PUT", target: `/${bucket}?website`, body });
}

/** A bucket of which everyone may read objects, and list them when `actions` says so, with these objects. */
async function site(
  inside: string,
  objects: Readonly<Record<string, string>>,
  actions: readonly string[] = ["s3:GetObject"],
): Promise<string> {
  const bucket = await gateway.bucket();
  await send({ method: "DELETE", target: `/${bucket}?publicAccessBlock` });
  const arn = `arn:aws:s3:::${bucket}`;
  const Statement = [
    { Effect: "Allow", Principal: "*", Action: actions, Resource: [arn, `${arn}/*`] },
    { Effect: "Deny", Principal: "*", Action: "s3:GetObject", Resource: `${arn}/private/*` },
  ];
  const policy = await send({
    method: "PUT",
    target: `/${bucket}?policy`,
    body: JSON.stringify({ Version: "2012-10-17", Statement }),
  });
  expect(policy.status).toBe(204);
  expect((await configure(bucket, inside)).status).toBe(200);
  for (const [key, body] of Object.entries(objects)) {
    const headers = { "content-type": "text/html", "cache-control": "max-age=60" };
    expect((await send({ method: "PUT", target: `/${bucket}/${key}`, headers, body })).status).toBe(200);
  }
  return bucket;
}

const visit = (bucket: string, target: string, more: Omit<Call, "target"> = {}): Promise<Sent> =>
  call({ port: gateway.websitePort }, { ...more, target, headers: { host: `${bucket}.sites.test`, ...more.headers } });

const listing = ["s3:GetObject", "s3:ListBucket"];

describe("pages", () => {
  test("the index of the site and of a folder, an object, its head, ranges and conditions", async () => {
    const bucket = await site(index, { "index.html": "home", "docs/index.html": "docs", "docs/a%20b.html": "page" });
    const home = await visit(bucket, "/");
    expect(home).toMatchObject({ status: 200, body: "home" });
    expect(home.headers).toMatchObject({ "content-type": "text/html", "cache-control": "max-age=60" });
    expect(await visit(bucket, "/docs/")).toMatchObject({ status: 200, body: "docs" });
    expect(await visit(bucket, "/docs/a%20b.html?any=1&any=2")).toMatchObject({ status: 200, body: "page" });
    const head = await visit(bucket, "/", { method: "HEAD" });
    expect(head).toMatchObject({ status: 200, body: "" });
    expect(head.headers["content-length"]).toBe("4");
    expect(await visit(bucket, "/", { headers: { range: "bytes=1-2" } })).toMatchObject({ status: 206, body: "om" });
    const etag = String(home.headers["etag"]);
    expect(await visit(bucket, "/", { headers: { "if-none-match": etag } })).toMatchObject({ status: 304, body: "" });
    expect(await visit(bucket, "/", { headers: { "if-match": '"other"' } })).toMatchObject({ status: 412 });
    expect(JSON.parse(gateway.log().at(-1) ?? "")).toMatchObject({
      operation: "GetObject",
      bucket,
      status: 412,
      principal: "anonymous",
      decision: { resource: `arn:aws:s3:::${bucket}/index.html` },
    });
  });

  test("a folder without its slash, and never another host", async () => {
    const bucket = await site(index, { "docs/index.html": "docs", "/evil.example/index.html": "slashes" });
    expect((await visit(bucket, "/docs?a=1")).headers["location"]).toBe("/docs/?a=1");
    expect(await visit(bucket, "/docs")).toMatchObject({ status: 302 });
    const slashes = await visit(bucket, "//evil.example");
    expect([slashes.status, slashes.headers["location"]]).toEqual([302, "/%2Fevil.example/"]);
    expect(await visit(bucket, "/%2Fevil.example/")).toMatchObject({ status: 200, body: "slashes" });
  });

  test("an object that sends its reader elsewhere; S3 shows where", async () => {
    const bucket = await site(index, {});
    for (const [key, to, location] of [
      ["a", "/b.html", "/b.html"],
      ["c", "https://example.com/?q=1", "https://example.com/?q=1"],
      ["d", "/\xe0", "/%E0"],
      ["e", "//evil.example/a", "/%2Fevil.example/a"],
      ["f", "/\\evil.example", "/%5Cevil.example"],
      ["g", "/a/../../other-site/b", "/other-site/b"],
    ] as const) {
      const headers = { "x-amz-website-redirect-location": to };
      await send({ method: "PUT", target: `/${bucket}/${key}`, headers, body: "body" });
      for (const method of ["GET", "HEAD"]) {
        const sent = await visit(bucket, `/${key}`, { method });
        expect([sent.status, sent.headers["location"], sent.body]).toEqual([301, location, ""]);
      }
      const head = await send({ method: "HEAD", target: `/${bucket}/${key}` });
      expect(head.headers["x-amz-website-redirect-location"]).toBe(to);
    }
  });
});

describe("who may read", () => {
  test("everyone, and nobody more: neither a signature nor the public access block of before changes it", async () => {
    const bucket = await site(index, { "index.html": "home", "private/a.html": "secret" });
    expect(await visit(bucket, "/private/a.html")).toMatchObject({ status: 403 });
    const keys = gateway.admin;
    const signed = { keys, headers: { host: `${bucket}.sites.test` } };
    expect(await visit(bucket, "/private/a.html", signed)).toMatchObject({ status: 403 });
    expect(await visit(bucket, "/?versionId=x&response-content-type=a&acl", signed)).toMatchObject({ status: 200 });
    const body = "<PublicAccessBlockConfiguration><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>"; // prettier-ignore
    await send({ method: "PUT", target: `/${bucket}?publicAccessBlock`, body });
    expect(await visit(bucket, "/")).toMatchObject({ status: 403 });
  });

  test("what is not there is 404 for those who may list, and 403 for others", async () => {
    const closed = await site(index, {});
    const open = await site(index, {}, listing);
    expect((await visit(closed, "/x")).headers["x-amz-error-code"]).toBe("AccessDenied");
    expect(await visit(closed, "/x")).toMatchObject({ status: 403 });
    expect((await visit(open, "/x")).headers["x-amz-error-code"]).toBe("NoSuchKey");
    expect(await visit(open, "/x")).toMatchObject({ status: 404 });
  });

  test("nobody, when requesters pay", async () => {
    const bucket = await site(index, { "index.html": "home" });
    const body = "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>";
    await send({ method: "PUT", target: `/${bucket}?requestPayment`, body });
    expect(await visit(bucket, "/", { headers: { "x-amz-request-payer": "requester" } })).toMatchObject({
      status: 403,
    });
  });

  test("only reading: other methods are 405", async () => {
    const bucket = await site(index, { "index.html": "home" });
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const sent = await visit(bucket, "/index.html", { method, keys: gateway.admin });
      expect([method, sent.status, sent.headers["allow"]]).toEqual([method, 405, "GET, HEAD"]);
    }
  });
});

describe("errors", () => {
  test("the site's own page, with the status of the error, whole and whatever the request's conditions were", async () => {
    const bucket = await site(withErrorPage, { "errors/page.html": "sorry" });
    for (const headers of [{}, { range: "bytes=0-1" }, { "if-none-match": "*" }])
      expect(await visit(bucket, "/x", { headers })).toMatchObject({ status: 403, body: "sorry" });
    expect(await visit(bucket, "/private/x")).toMatchObject({ status: 403, body: "sorry" });
    const head = await visit(bucket, "/x", { method: "HEAD" });
    expect([head.status, head.headers["content-length"], head.headers["x-amz-error-code"]]).toEqual([
      403,
      "5",
      "AccessDenied",
    ]);
  });

  test("a page of the gateway's own, in which nothing that was sent is more than text", async () => {
    const bucket = await site(withErrorPage, {}, listing);
    const sent = await visit(bucket, "/%3Cscript%3Ealert(1)%3C/script%3E%0d%0aset-cookie:a=b");
    expect(sent.status).toBe(404);
    expect(sent.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(sent.headers["content-security-policy"]).toBe("default-src 'none'");
    expect(sent.headers["set-cookie"]).toBeUndefined();
    expect(sent.body).toContain("<li>Key: &lt;script&gt;alert(1)&lt;/script&gt;");
    expect(sent.body).not.toContain("<script");
    expect(await visit(bucket, "/%ff")).toMatchObject({ status: 400 });
  });

  test("no bucket, no website, no host", async () => {
    const plain = await gateway.bucket();
    const code = async (host: string) => (await visit("", "/", { headers: { host } })).headers["x-amz-error-code"];
    expect(await code(`${plain}.sites.test`)).toBe("NoSuchWebsiteConfiguration");
    expect(await code("nothing.sites.test")).toBe("NoSuchBucket");
    expect(await code("sites.test")).toBe("NoSuchBucket");
    expect(await code("a b")).toBe("InvalidRequest");
  });
});

describe("redirects of the configuration", () => {
  test("all requests", async () => {
    const bucket = await site(
      "<RedirectAllRequestsTo><HostName>www.example.com</HostName></RedirectAllRequestsTo>",
      {},
    );
    const location = async (path: string) => (await visit(bucket, path)).headers["location"];
    expect(await location("/a/b?c=d")).toBe("http://www.example.com/a/b?c=d");
    expect(await location("//evil.example/%0d%0aset-cookie:x")).toBe(
      "http://www.example.com/%2Fevil.example/%0D%0Aset-cookie%3Ax",
    );
    expect(await visit(bucket, "/")).toMatchObject({ status: 301 });
    const secure =
      "<RedirectAllRequestsTo><HostName>h:8443</HostName><Protocol>https</Protocol></RedirectAllRequestsTo>";
    expect((await configure(bucket, secure)).status).toBe(200);
    expect(await location("/a")).toBe("https://h:8443/a");
  });

  test("rules, the first that fits", async () => {
    const rule = (condition: string, redirect: string): string =>
      `<RoutingRule>${condition}<Redirect>${redirect}</Redirect></RoutingRule>`;
    const prefix = (text: string) => `<Condition><KeyPrefixEquals>${text}</KeyPrefixEquals></Condition>`;
    const missing =
      "<Condition><KeyPrefixEquals>docs/</KeyPrefixEquals><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition>";
    const bucket = await site(
      `${withErrorPage}<RoutingRules>${[
        rule(prefix("old/"), "<ReplaceKeyPrefixWith>new/</ReplaceKeyPrefixWith>"),
        rule(prefix("cut/"), "<ReplaceKeyPrefixWith/><HttpRedirectCode>307</HttpRedirectCode>"),
        rule(prefix("old"), "<HostName>old.example.com</HostName><Protocol>https</Protocol>"),
        rule(prefix("safe/"), "<Protocol>https</Protocol>"),
        rule(missing, "<ReplaceKeyWith>search?q=a&amp;b</ReplaceKeyWith><HttpRedirectCode>302</HttpRedirectCode>"),
      ].join("")}</RoutingRules>`,
      { "docs/a": "here", "errors/page.html": "sorry" },
      listing,
    );
    const answer = async (path: string) => {
      const { status, headers } = await visit(bucket, path);
      return [status, headers["location"]];
    };
    expect(await answer("/old/a/b?c")).toEqual([301, "/new/a/b?c"]);
    expect(await answer("/older")).toEqual([301, "https://old.example.com/older"]);
    expect(await answer("/cut//evil.example/")).toEqual([307, "/%2Fevil.example/"]);
    expect(await answer("/cut/%5Cevil.example")).toEqual([307, "/%5Cevil.example"]);
    expect(await answer("/safe/a")).toEqual([301, `https://${bucket}.sites.test/safe/a`]);
    expect(await answer("/docs/a")).toEqual([200, undefined]);
    expect(await answer("/docs/b")).toEqual([302, "/search%3Fq%3Da%26b"]);
    expect(await visit(bucket, "/other")).toMatchObject({ status: 404, body: "sorry" });
  });

  test("what is no rule is refused when it is put", async () => {
    const bucket = await gateway.bucket();
    const rules = (inside: string): string => `${index}<RoutingRules>${inside}</RoutingRules>`;
    const rule = (redirect: string, condition = ""): string =>
      rules(`<RoutingRule>${condition}<Redirect>${redirect}</Redirect></RoutingRule>`);
    const some = "<HostName>h</HostName>";
    for (const [inside, code] of [
      [rules(""), "MalformedXML"],
      [rules("<Other/>"), "MalformedXML"],
      [rules("<RoutingRule/>"), "MalformedXML"],
      [rule(""), "MalformedXML"],
      [rule(some, "<Condition/>"), "InvalidRequest"],
      [rule(some, "<Condition><HttpErrorCodeReturnedEquals>304</HttpErrorCodeReturnedEquals></Condition>"), "InvalidRequest"], // prettier-ignore
      [rule("<HttpRedirectCode>200</HttpRedirectCode>"), "InvalidRequest"],
      [rule("<HttpRedirectCode>300</HttpRedirectCode>"), "InvalidRequest"],
      [rule("<Protocol>ftp</Protocol>"), "InvalidRequest"],
      [rule("<ReplaceKeyWith>a</ReplaceKeyWith><ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith>"), "InvalidRequest"],
      [rule("<HostName>a/b</HostName>"), "InvalidRequest"],
      [rule("<HostName>a&#13;&#10;set-cookie: b</HostName>"), "InvalidRequest"],
      [rules(`<RoutingRule><Redirect>${some}</Redirect></RoutingRule>`.repeat(51)), "InvalidRequest"],
    ] as const)
      expect([inside, (await configure(bucket, inside)).code]).toEqual([inside, code]);
    expect((await configure(bucket, rules(`<RoutingRule><Redirect>${some}</Redirect></RoutingRule>`.repeat(50)))).status).toBe(200); // prettier-ignore
  });
});

test("whatever is asked, a website's answer is no fault of the gateway", async () => {
  const bucket = await site(withErrorPage, { "index.html": "home" }, listing);
  const part = fc.constantFrom("/", "//", "%2e%2e/", "%00", "%zz", "%ff", "?", "&", "acl", "index.html", "a", "%0d%0a");
  const targets = fc.array(part, { maxLength: 6 }).map((parts) => `/${parts.join("")}`);
  const header = fc.constantFrom(
    ["range", "bytes=9-1"],
    ["if-none-match", "*"],
    ["authorization", "AWS4-HMAC-SHA256 x"],
    ["x-amz-account-id", gateway.accountId],
    ["x-amz-copy-source", "/a/b"],
    ["origin", "null"],
  );
  const method = fc.constantFrom("GET", "HEAD", "POST");
  await fc.assert(
    fc.asyncProperty(method, targets, fc.array(header), async (verb, target, headers) => {
      const { status } = await visit(bucket, target, { method: verb, headers: Object.fromEntries(headers) });
      expect(status).toBeLessThan(500);
    }),
    { numRuns: Number(process.env["TEST_RUNS"] ?? 60) },
  );
});

test("the gateway says where the website is", async () => {
  const bucket = await gateway.bucket();
  const url = `http://${bucket}.sites.test:${gateway.websitePort}/`;
  expect((await configure(bucket, index)).headers["x-s3-credentials-website-url"]).toBe(url);
  expect((await send({ target: `/${bucket}?website` })).headers["x-s3-credentials-website-url"]).toBe(url);
});
