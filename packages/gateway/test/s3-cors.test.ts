import { GetBucketCorsCommand, PutBucketCorsCommand } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { corsHeaders } from "../src/operations/s3/cors-rules.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const { send, sendUnsigned } = gateway;

const page = "https://app.example.com";
const rule = {
  ID: "one",
  AllowedHeaders: ["x-amz-*", "Content-Type"],
  AllowedMethods: ["GET", "PUT"],
  AllowedOrigins: ["https://*.example.com"],
  ExposeHeaders: ["ETag"],
  MaxAgeSeconds: 60,
};

async function bucketWithRules(): Promise<string> {
  const bucket = await gateway.bucket();
  await gateway.s3.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules: [rule] } }));
  return bucket;
}

const ask = (bucket: string, headers: Readonly<Record<string, string>>) =>
  sendUnsigned({ method: "OPTIONS", target: `/${bucket}/key`, headers });

describe("CORS configuration", () => {
  test("is kept, given back and removed", async () => {
    const bucket = await bucketWithRules();
    expect((await gateway.s3.send(new GetBucketCorsCommand({ Bucket: bucket }))).CORSRules).toEqual([rule]);
    expect((await send({ method: "DELETE", target: `/${bucket}?cors` })).status).toBe(204);
    expect(await send({ target: `/${bucket}?cors` })).toMatchObject({ status: 404, code: "NoSuchCORSConfiguration" });
  });

  test.each([
    ["", "MissingRequestBodyError"],
    ["<CORSConfiguration/>", "MalformedXML"],
    ["<CORSConfiguration><Rule/></CORSConfiguration>", "MalformedXML"],
    ["<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>", "MalformedXML"],
    [ruleXml("PATCH", "*"), "InvalidRequest"],
    [ruleXml("GET", "https://*.example.*"), "InvalidRequest"],
    [ruleXml("GET", "https://exämple.com"), "InvalidRequest"],
    [ruleXml("GET", "*", "<AllowedHeader>x-*-*</AllowedHeader>"), "InvalidRequest"],
    [ruleXml("GET", "*", "<ExposeHeader>x-*</ExposeHeader>"), "InvalidRequest"],
    [ruleXml("GET", "*", "<MaxAgeSeconds>soon</MaxAgeSeconds>"), "MalformedXML"],
    [ruleXml("GET", "*", "<Surprise/>"), "MalformedXML"],
  ])("%s is refused", async (body, code) => {
    const bucket = await gateway.bucket();
    expect(await send({ method: "PUT", target: `/${bucket}?cors`, body })).toMatchObject({ status: 400, code });
  });

  test("needs its own rights", async () => {
    const bucket = await bucketWithRules();
    const keys = await gateway.user("cors-reader", {
      Effect: "Allow",
      Action: "s3:GetBucketCORS",
      Resource: `arn:aws:s3:::${bucket}`,
    });
    expect((await send({ keys, target: `/${bucket}?cors` })).status).toBe(200);
    expect((await send({ keys, method: "DELETE", target: `/${bucket}?cors` })).code).toBe("AccessDenied");
    expect((await sendUnsigned({ target: `/${bucket}?cors` })).status).toBe(403);
  });
});

describe("a browser", () => {
  test("learns before the request what the rules allow, without credentials", async () => {
    const bucket = await bucketWithRules();
    const answer = await ask(bucket, {
      origin: page,
      "access-control-request-method": "PUT",
      "access-control-request-headers": "X-Amz-Date, content-type",
    });
    expect(answer).toMatchObject({
      status: 200,
      headers: {
        "access-control-allow-origin": page,
        "access-control-allow-methods": "GET, PUT",
        "access-control-allow-headers": "x-amz-date, content-type",
        "access-control-expose-headers": "ETag",
        "access-control-max-age": "60",
      },
    });
    expect(answer.headers).not.toHaveProperty("access-control-allow-credentials");
  });

  test.each<[string, Readonly<Record<string, string>>, number]>([
    ["no origin", { "access-control-request-method": "GET" }, 400],
    ["no method", { origin: page }, 400],
    ["another method", { origin: page, "access-control-request-method": "DELETE" }, 403],
    ["another origin", { origin: "https://example.org", "access-control-request-method": "GET" }, 403],
    [
      "an origin in another's name",
      { origin: "https://x.example.com.evil.org", "access-control-request-method": "GET" },
      403,
    ],
    [
      "another header",
      { origin: page, "access-control-request-method": "GET", "access-control-request-headers": "authorization" },
      403,
    ],
  ])("is refused with %s", async (_what, headers, status) => {
    const answer = await ask(await bucketWithRules(), headers);
    expect(answer.status).toBe(status);
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
  });

  test("asks for at most a thousand headers, each once", async () => {
    const bucket = await bucketWithRules();
    const names = Array.from({ length: 1001 }, (_, at) => `x-amz-${at}`);
    const asked = (headers: readonly string[]) =>
      ask(bucket, {
        origin: page,
        "access-control-request-method": "PUT",
        "access-control-request-headers": headers.join(","),
      });
    expect(await asked(names)).toMatchObject({ status: 400, code: "BadRequest" });
    expect((await asked([...names.slice(1), "x-amz-1000"])).headers["access-control-allow-headers"]).toBe(
      names.slice(1).join(", "),
    );
  });

  test("lets others have their turn while many headers are compared with many patterns", async () => {
    const patterns = Array.from({ length: 2000 }, (_, at) => `x-${at}-*-`);
    const headers = Array.from({ length: 1000 }, (_, at) => `x-${at}`);
    const rule = {
      allowedMethods: ["GET"],
      allowedOrigins: ["*"],
      allowedHeaders: [...patterns, "x-*"],
      exposeHeaders: [],
    };
    let turns = 0;
    const turn = async (): Promise<void> => void (turns += 1);
    const answer = await corsHeaders([rule], { origin: page, method: "GET", headers }, turn);
    expect(answer?.["access-control-allow-headers"]).toBe(headers.join(", "));
    expect(turns).toBeGreaterThanOrEqual(200); // one for 10,000 comparisons
  });

  test("is refused where there are no rules, and no bucket", async () => {
    const question = { origin: page, "access-control-request-method": "GET" };
    expect(await ask(await gateway.bucket(), question)).toMatchObject({ status: 403, code: "AccessForbidden" });
    expect(await ask("no-such-bucket", question)).toMatchObject({ status: 404, code: "NoSuchBucket" });
  });

  test("may read answers and refusals where a rule lets it, and only there", async () => {
    const bucket = await bucketWithRules();
    await send({ method: "PUT", target: `/${bucket}/key`, body: "x" });
    const allowed = await send({ target: `/${bucket}/key`, headers: { origin: page } });
    expect(allowed).toMatchObject({ status: 200, body: "x", headers: { "access-control-allow-origin": page } });
    expect(allowed.headers["vary"]).toContain("Origin");
    const refused = await sendUnsigned({ target: `/${bucket}/key`, headers: { origin: page } });
    expect(refused).toMatchObject({ status: 403, headers: { "access-control-allow-origin": page } });
    const other = await send({ target: `/${bucket}/key`, headers: { origin: "https://example.org" } });
    expect(other.headers).not.toHaveProperty("access-control-allow-origin");
  });
});

function ruleXml(method: string, origin: string, more = ""): string {
  return `<CORSConfiguration><CORSRule><AllowedMethod>${method}</AllowedMethod><AllowedOrigin>${origin}</AllowedOrigin>${more}</CORSRule></CORSConfiguration>`;
}
