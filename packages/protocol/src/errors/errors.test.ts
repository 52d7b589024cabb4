import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readXml, textOf, type XmlElement } from "../xml/read-xml.ts";
import {
  cloudtrailErrors,
  type ErrorCode,
  iamErrors,
  jsonNames,
  accountErrors,
  organizationsErrors,
  ownErrors,
  s3Errors,
  stsErrors,
} from "./error-table.ts";
import { queryNamespaces, renderJsonError, renderQueryError, renderS3Error } from "./render-error.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 300);
const tables = {
  s3: s3Errors,
  iam: iamErrors,
  sts: stsErrors,
  organizations: organizationsErrors,
  cloudtrail: cloudtrailErrors,
  account: accountErrors,
  "s3-credentials": ownErrors,
};
const s3Ids = { requestId: "4442587FB7D0A2F9", hostId: "host" };

function parsed(body: string): XmlElement {
  const root = readXml(body);
  if ("error" in root) throw new Error(root.error);
  return root;
}

describe.each(Object.entries(tables))("the %s table", (_, table) => {
  test.each(Object.entries(table))("%s", (code, { status, message }) => {
    expect(code).toMatch(/^(KMS\.)?[A-Z][A-Za-z0-9]+$/);
    expect(Number.isInteger(status)).toBe(true);
    expect(status >= 400 && status <= 507).toBe(true);
    expect(message.trim()).toBe(message);
    expect(message).not.toBe("");
  });
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList */
test.each([
  ["BadDigest", 400],
  ["EntityTooLarge", 400],
  ["EntityTooSmall", 400],
  ["ExpiredToken", 400],
  ["IncompleteBody", 400],
  ["InvalidArgument", 400],
  ["InvalidDigest", 400],
  ["InvalidPart", 400],
  ["InvalidPartOrder", 400],
  ["InvalidToken", 400],
  ["KeyTooLongError", 400],
  ["MalformedXML", 400],
  ["MetadataTooLarge", 400],
  ["RequestTimeout", 400],
  ["AccessDenied", 403],
  ["InvalidAccessKeyId", 403],
  ["RequestTimeTooSkewed", 403],
  ["SignatureDoesNotMatch", 403],
  ["NoSuchBucket", 404],
  ["NoSuchBucketPolicy", 404],
  ["NoSuchKey", 404],
  ["NoSuchUpload", 404],
  ["NoSuchVersion", 404],
  ["MethodNotAllowed", 405],
  ["BucketAlreadyExists", 409],
  ["BucketAlreadyOwnedByYou", 409],
  ["BucketNotEmpty", 409],
  ["ConditionalRequestConflict", 409],
  ["OperationAborted", 409],
  ["MissingContentLength", 411],
  ["PreconditionFailed", 412],
  ["InvalidRange", 416],
  ["InternalError", 500],
  ["NotImplemented", 501],
  ["ServiceUnavailable", 503],
  ["SlowDown", 503],
  ["InsufficientStorage", 507],
] as const)("S3 answers %s with %i", (code, status) => {
  expect(s3Errors[code].status).toBe(status);
  expect(renderS3Error({ code, ...s3Ids }).status).toBe(status);
});

/**
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html#API_CreateAccessKey_Errors and its siblings,
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_Errors
 */
test.each([
  ["iam", "MalformedPolicyDocument", 400],
  ["iam", "InvalidInput", 400],
  ["iam", "NoSuchEntity", 404],
  ["iam", "DeleteConflict", 409],
  ["iam", "EntityAlreadyExists", 409],
  ["iam", "LimitExceeded", 409],
  ["iam", "ServiceFailure", 500],
  ["iam", "InvalidClientTokenId", 403],
  ["iam", "SignatureDoesNotMatch", 403],
  ["sts", "MalformedPolicyDocument", 400],
  ["sts", "PackedPolicyTooLarge", 400],
] as const)("%s answers %s with %i", (service, code, status) => {
  expect(renderQueryError({ service, code, requestId: "r" }).status).toBe(status);
});

test("S3's form: the elements of the documentation's example, in its order, without a namespace", () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#RESTErrorResponses
  const { status, body } = renderS3Error({
    code: "NoSuchKey",
    message: "The resource you requested does not exist",
    resource: "/mybucket/myfoto.jpg",
    ...s3Ids,
  });
  expect(status).toBe(404);
  expect(body).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>The resource you requested does not exist' +
      "</Message><Resource>/mybucket/myfoto.jpg</Resource><RequestId>4442587FB7D0A2F9</RequestId><HostId>host</HostId></Error>",
  );
});

test("S3's form: details are between message and resource", () => {
  const { body } = renderS3Error({ code: "NoSuchKey", details: { Key: "a&b" }, resource: "/b/a&b", ...s3Ids });
  const names = parsed(body).children.map(({ name }) => name);
  expect(names).toEqual(["Code", "Message", "Key", "Resource", "RequestId", "HostId"]);
  expect(textOf(parsed(body), "Message")).toBe(s3Errors.NoSuchKey.message);
});

test.each([
  ["iam", "NoSuchEntity", "Sender", "https://iam.amazonaws.com/doc/2010-05-08/"],
  ["iam", "ServiceFailure", "Receiver", "https://iam.amazonaws.com/doc/2010-05-08/"],
  ["sts", "MalformedPolicyDocument", "Sender", "https://sts.amazonaws.com/doc/2011-06-15/"],
] as const)("the Query form of %s's %s", (service, code, type, namespace) => {
  // https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#operation-error-serialization
  const { body } = renderQueryError({ service, code, message: "why", requestId: "b25f48e8-84fd-11e6" });
  expect(body).toBe(
    `<?xml version="1.0" encoding="UTF-8"?>\n<ErrorResponse xmlns="${namespace}"><Error><Type>${type}</Type>` +
      `<Code>${code}</Code><Message>why</Message></Error><RequestId>b25f48e8-84fd-11e6</RequestId></ErrorResponse>`,
  );
  expect(queryNamespaces[service]).toBe(namespace);
});

describe("the JSON form", () => {
  test("a common error by its JSON name, with 400", () => {
    const { status, body } = renderJsonError({ service: "organizations", code: "AccessDenied", message: "why" });
    expect([status, JSON.parse(body)]).toEqual([400, { __type: "AccessDeniedException", Message: "why" }]);
  });

  test("details are members of their own", () => {
    const details = { Reason: "MAX_LENGTH_EXCEEDED" };
    const { body } = renderJsonError({ service: "organizations", code: "InvalidInputException", details });
    expect(JSON.parse(body)).toMatchObject({ __type: "InvalidInputException", ...details });
  });

  test.each(Object.values(jsonNames))("%s is in every table", (name) =>
    expect(Object.keys(organizationsErrors)).toContain(name),
  );

  test.each(["NoSuchKey", "", "constructor", "__proto__"])("%j is a fault", (code) => {
    const asked = { service: "organizations", code: code as ErrorCode, message: "an inner secret" } as const;
    const { status, body } = renderJsonError(asked);
    expect([status, JSON.parse(body)]).toMatchObject([500, { __type: "ServiceException" }]);
    expect(body).not.toContain("secret");
  });
});

/** The types forbid it. A code that came from elsewhere must not make the answer say more. */
describe("a code that is in no table of its service", () => {
  test.each(["NoSuchCode", "", "constructor", "__proto__", "toString", "NoSuchEntity"])("%j of S3", (code) => {
    const { status, body } = renderS3Error({ code: code as ErrorCode, message: "an inner secret", ...s3Ids });
    expect(status).toBe(500);
    expect(textOf(parsed(body), "Code")).toBe("InternalError");
    expect(body).not.toContain("secret");
  });

  test.each(["NoSuchKey", "", "constructor", "__proto__"])("%j of IAM and STS", (code) => {
    for (const service of ["iam", "sts"] as const) {
      const { status, body } = renderQueryError({
        service,
        code: code as ErrorCode,
        message: "an inner secret",
        requestId: "r",
      });
      expect(status).toBe(500);
      const [error] = parsed(body).children;
      expect(error === undefined ? undefined : textOf(error, "Code")).toBe("ServiceFailure");
      expect(error === undefined ? undefined : textOf(error, "Type")).toBe("Receiver");
      expect(body).not.toContain("secret");
    }
  });
});

/** Text an attacker may choose: markup, quotes and anything XML can hold. */
const hostile = fc.oneof(
  fc.constantFrom("</Message><Code>x</Code>", "<![CDATA[", "]]>", "<!--", "&amp;", "&x;", '"', "'", "\r\n", "<?x?>"),
  fc.string({ unit: "grapheme", maxLength: 20 }),
);

test("everything of a client's is escaped", () => {
  fc.assert(
    fc.property(hostile, hostile, hostile, hostile, (message, resource, requestId, detail) => {
      const { body } = renderS3Error({
        code: "InvalidArgument",
        message,
        resource,
        requestId,
        hostId: requestId,
        details: { ArgumentValue: detail },
      });
      const root = parsed(body);
      expect(root.children.map((one) => [one.name, one.text, one.children])).toEqual([
        ["Code", "InvalidArgument", []],
        ["Message", message, []],
        ["ArgumentValue", detail, []],
        ["Resource", resource, []],
        ["RequestId", requestId, []],
        ["HostId", requestId, []],
      ]);
      const query = parsed(renderQueryError({ service: "iam", code: "InvalidInput", message, requestId }).body);
      expect(query.children.map(({ name }) => name)).toEqual(["Error", "RequestId"]);
      expect(query.children[0]?.children.map((one) => [one.name, one.text])).toEqual([
        ["Type", "Sender"],
        ["Code", "InvalidInput"],
        ["Message", message],
      ]);
      expect(textOf(query, "RequestId")).toBe(requestId);
    }),
    { numRuns: runs },
  );
});
