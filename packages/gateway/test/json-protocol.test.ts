import {
  CreateOrganizationCommand,
  DescribeOrganizationCommand,
  OrganizationsClient,
} from "@aws-sdk/client-organizations";
import type { SigningKeys } from "@s3-credentials/protocol";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Call, type Sent, sha256 } from "./pipeline-gateway.ts";
import { useS3Gateway } from "./s3-gateway.ts";

// The JSON 1.1 protocol, shown with the operations of AWS Organizations.

const gateway = useS3Gateway();
const target = "AWSOrganizationsV20161128.DescribeOrganization";

function client(keys: SigningKeys = gateway.admin): OrganizationsClient {
  const endpoint = `http://127.0.0.1:${gateway.port}`;
  const made = new OrganizationsClient({ endpoint, region: "us-east-1", credentials: keys, maxAttempts: 1 });
  onTestFinished(() => made.destroy());
  return made;
}

function json(body: string | Buffer, more: Partial<Call> = {}): Call {
  return {
    method: "POST",
    target: "/",
    service: "organizations",
    body,
    ...more,
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": target, ...more.headers },
  };
}

/** Status and type of an error, or of a success that it was none. */
function outcome({ status, body }: Sent): readonly [number, string | undefined] {
  return [status, (JSON.parse(body) as { __type?: string }).__type];
}

test("the SDK gets its answer, in the form of the protocol", async () => {
  const { Organization } = await client().send(new DescribeOrganizationCommand());
  expect(Organization).toMatchObject({
    Id: expect.stringMatching(/^o-[a-z0-9]{10,32}$/),
    FeatureSet: "ALL",
    MasterAccountId: gateway.accountId,
    MasterAccountArn: `arn:aws:organizations::${gateway.accountId}:account/${Organization?.Id}/${gateway.accountId}`,
  });
  const sent = await gateway.send(json("{}"));
  expect(sent.headers).toMatchObject({
    "content-type": "application/x-amz-json-1.1",
    "x-amzn-requestid": expect.stringMatching(/^[0-9A-F]{16}$/),
  });
  expect(JSON.parse(sent.body)).toHaveProperty("Organization.Id", Organization?.Id);
  expect(outcome(await gateway.send(json("")))).toEqual([200, undefined]);
});

test("the SDK knows every error by its name", async () => {
  const send = (keys?: SigningKeys) => client(keys).send(new DescribeOrganizationCommand());
  await expect(send({ accessKeyId: "AKIAUNKNOWNUNKNOWN00", secretAccessKey: "x" })).rejects.toMatchObject({
    name: "UnrecognizedClientException",
  });
  await expect(send({ ...gateway.admin, secretAccessKey: "x" })).rejects.toMatchObject({
    name: "InvalidSignatureException",
  });
  await expect(send(await gateway.user("json-nobody"))).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: expect.stringMatching(
      /user\/json-nobody is not authorized to perform: organizations:DescribeOrganization/,
    ),
  });
  const create = client().send(new CreateOrganizationCommand());
  await expect(create).rejects.toMatchObject({
    name: "NotImplemented",
    message: "CreateOrganization is not implemented.",
  });
});

test("a member that no model has is ignored, as AWS ignores it", async () => {
  expect(outcome(await gateway.send(json('{"NoSuchMember":1}')))).toEqual([200, undefined]);
});

describe("without authentication nothing is answered", () => {
  const missing = [400, "MissingAuthenticationTokenException"];
  test("no signature", async () => {
    expect(outcome(await gateway.sendUnsigned(json("{}")))).toEqual(missing);
    expect(outcome(await gateway.sendUnsigned(json("{", { headers: { "x-amz-target": `${target}X` } })))).toEqual(
      missing,
    );
  });

  test("another operation than the one that was signed", async () => {
    const { headers = {}, ...rest } = json("{}");
    const { "x-amz-target": _signed, ...signed } = headers;
    const sent = await gateway.send({ ...rest, headers: signed, unsigned: { "x-amz-target": target } });
    expect(outcome(sent)).toEqual([400, "AccessDeniedException"]);
  });

  test("another document than the one that was signed", async () => {
    const sent = await gateway.send(json('{"a":1}', { payload: sha256("{}") }));
    expect(outcome(sent)).toEqual([400, "InvalidSignatureException"]);
    expect(outcome(await gateway.send(json("{}", { payload: "UNSIGNED-PAYLOAD" })))[1]).toBe(
      "InvalidSignatureException",
    );
  });

  test("a signature for another service", async () => {
    const sent = await gateway.send(json("{}", { service: "iam" }));
    expect([sent.status, sent.code]).toEqual([400, "MissingAction"]);
    expect((await gateway.send(json("{}", { service: "cloudwatch" }))).code).toBe("AuthorizationHeaderMalformed");
  });
});

test.each([
  ["no target", { "x-amz-target": "" }],
  ["a name that is inherited", { "x-amz-target": "AWSOrganizationsV20161128.constructor" }],
  ["another service's target", { "x-amz-target": "CloudTrail_20131101.LookupEvents" }],
  ["a name without its service", { "x-amz-target": "DescribeOrganization" }],
])("%s is no operation", async (_what, headers) => {
  expect(outcome(await gateway.send(json("{}", { headers })))).toEqual([400, "UnknownOperationException"]);
});

test("another path or method is no operation", async () => {
  for (const more of [{ target: "/a" }, { target: "/", method: "PUT" }])
    expect(outcome(await gateway.send(json("{}", more)))).toEqual([400, "UnknownOperationException"]);
});

test.each([
  ["no JSON", "{"],
  ["a list", "[]"],
  ["a text", '"a"'],
  ["null", "null"],
  ["one name twice", '{"a":1,"a":2}'],
  ["one name twice, further down", '{"a":{"b":1,"b":1}}'],
  ["something after the object", "{} {}"],
  ["bytes that are not UTF-8", Buffer.from([0x7b, 0xff, 0x7d])],
  ["17 levels", `{"a":${"[".repeat(16)}${"]".repeat(16)}}`],
  ["a thousand levels", `{"a":${"[".repeat(1000)}${"]".repeat(1000)}}`],
])("%s is a SerializationException", async (_what, body) => {
  expect(outcome(await gateway.send(json(body)))).toEqual([400, "SerializationException"]);
});

test("a document has at most 64 KiB, with or without a length", async () => {
  const long = JSON.stringify({ a: "x".repeat(64 * 1024) });
  expect(outcome(await gateway.send(json(long)))).toEqual([400, "SerializationException"]);
  const chunked = { "transfer-encoding": "chunked" };
  expect(outcome(await gateway.send(json(long, { headers: chunked })))).toEqual([400, "SerializationException"]);
  const fits = JSON.stringify({ a: "x".repeat(64 * 1024 - 8) });
  expect(outcome(await gateway.send(json(fits)))).toEqual([200, undefined]);
});
