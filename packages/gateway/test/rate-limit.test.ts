import type { SigningKeys } from "@s3-credentials/protocol";
import { expect, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway("--max-rate-per-caller", "1");
const form = { "content-type": "application/x-www-form-urlencoded" };
const iam = (body: string) => ({ method: "POST", target: "/", service: "iam", headers: form, body });
const listUsers = iam("Action=ListUsers&Version=2010-05-08");

/** Keys of a new user who may do everything, made by root: the administrator's own calls are counted. */
async function user(name: string): Promise<SigningKeys> {
  const asRoot = async (action: string, rest = "") => {
    const body = `Action=${action}&Version=2010-05-08&UserName=${name}${rest}`;
    return (await gateway.send({ ...iam(body), keys: gateway.root })).body;
  };
  const statement = { Effect: "Allow", Action: "*", Resource: "*" };
  const document = encodeURIComponent(JSON.stringify({ Version: "2012-10-17", Statement: statement }));
  await asRoot("CreateUser");
  await asRoot("PutUserPolicy", `&PolicyName=all&PolicyDocument=${document}`);
  const made = await asRoot("CreateAccessKey");
  const [accessKeyId = "", secretAccessKey = ""] = ["AccessKeyId", "SecretAccessKey"].map(
    (element) => new RegExp(`<${element}>([^<]+)`).exec(made)?.[1] ?? "",
  );
  return { accessKeyId, secretAccessKey };
}

/** More at once than a second has, however slow this machine is. */
const burst = Array.from({ length: 30 });

test("who asks too fast is told so as each service says it, and others are answered", async () => {
  const [fast, other] = [await user("fast"), await user("other")];
  const codes = new Set(
    (await Promise.all(burst.map(() => gateway.send({ target: "/", keys: fast })))).map((one) => one.code),
  );
  expect(codes).toEqual(new Set([undefined, "SlowDown"]));
  expect((await gateway.send({ target: "/", keys: other })).status).toBe(200);

  const query = await Promise.all(burst.map(() => gateway.send({ ...listUsers, keys: fast })));
  const throttled = query.find(({ code }) => code === "Throttling");
  expect(throttled).toMatchObject({ status: 400, body: expect.stringContaining("Rate exceeded") });
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "AWSOrganizationsV20161128.ListRoots",
  };
  const json = { method: "POST", target: "/", service: "organizations", headers, body: "{}", keys: fast };
  const answers = await Promise.all(burst.map(() => gateway.send(json)));
  expect(answers.find(({ body }) => body.includes("ThrottlingException"))?.status).toBe(400);
});

test("nobody in particular is a caller for each network", async () => {
  const answers = await Promise.all(burst.map(() => gateway.sendUnsigned({ target: "/" })));
  expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(["AccessDenied", "SlowDown"]));
});

test("root administers however fast it asks, and its calls on objects are counted", async () => {
  const administered = await Promise.all(burst.map(() => gateway.send({ ...listUsers, keys: gateway.root })));
  expect(administered.map(({ status }) => status)).toEqual(burst.map(() => 200));
  const listed = await Promise.all(burst.map(() => gateway.send({ target: "/", keys: gateway.root })));
  expect(listed.some(({ code }) => code === "SlowDown")).toBe(true);
});

test("a request whose document is read before it is decided once more is one request", async () => {
  const buffered = await user("buffered");
  const block = "<PublicAccessBlockConfiguration/>";
  const made = await gateway.send({
    method: "PUT",
    target: "/v20180820/configuration/publicAccessBlock",
    headers: { "x-amz-account-id": gateway.accountId, "content-type": "application/xml" },
    body: block,
    keys: buffered,
  });
  expect(made.status).toBe(200);
});
