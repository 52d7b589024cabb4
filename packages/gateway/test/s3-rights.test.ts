/**
 * Every demand of every S3 operation that is here, over HTTP: its action allowed on all resources but the right one, every action but
 * it, and it. The requests are made from the routes; `operation-matrix.test.ts` holds the demands to the documentation.
 */
import { createHash } from "node:crypto";
import { presignQuery, type SigningKeys } from "@s3-credentials/protocol";
import { beforeAll, describe, expect, test } from "vitest";
import { detectS3, detectS3Control } from "../src/http/detect.ts";
import type { PredicateName, S3Demand } from "../src/operations/demand.ts";
import type { S3Operation } from "../src/operations/s3/s3-operation.ts";
import { s3Table } from "../src/operations/table.ts";
import { type Call, call, type Sent } from "./pipeline-gateway.ts";
import { smallInventory } from "./delivery-members.ts";
import { formOf } from "./post-form.ts";
import { askInCases, onlyAllowed } from "./rights-cases.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const [bucket, source] = ["rights", "rights-source"];
const control = "/v20180820/configuration/publicAccessBlock";

const rows = Object.values(s3Table).flatMap((row) => ("demands" in row ? [row] : []));

/** What a request has so that a demand with this condition is made. */
const additions: Readonly<Record<PredicateName, { readonly query?: string; readonly headers?: Call["headers"] }>> = {
  "no-version": {},
  "version-named": { query: "versionId=null" },
  "source-no-version": {},
  "source-version-named": { headers: { "x-amz-copy-source": `${source}/key?versionId=null` } },
  "etag-match-header": { headers: { "if-match": '"none"' } },
  "etag-match-item": {},
  "tagging-header": { headers: { "x-amz-tagging": "a=b" } },
  "copies-tags": {},
  "copies-tags-no-version": {},
  "copies-tags-of-version": { headers: { "x-amz-copy-source": `${source}/key?versionId=null` } },
  "acl-header": { headers: { "x-amz-acl": "private" } },
  "object-ownership-header": { headers: { "x-amz-object-ownership": "BucketOwnerEnforced" } },
  "object-lock-enabled-header": { headers: { "x-amz-bucket-object-lock-enabled": "true" } },
  "governance-bypass-header": { headers: { "x-amz-bypass-governance-retention": "true" } },
  "legal-hold-header": { headers: { "x-amz-object-lock-legal-hold": "ON" } },
  "retention-header": {
    headers: {
      "x-amz-object-lock-mode": "GOVERNANCE",
      "x-amz-object-lock-retain-until-date": "2901-01-01T00:00:00Z",
    },
  },
};

const versioned = (when: PredicateName | undefined): boolean =>
  when === "version-named" || when === "source-version-named" || when === "copies-tags-of-version";

const copiesTags = (when: PredicateName | undefined): boolean => when?.startsWith("copies-tags") === true;

/** The demands that the request for `demand` makes. */
function demandsBeside(row: S3Operation, demand: S3Demand): readonly S3Demand[] {
  return row.demands.filter(
    ({ when }) =>
      when === undefined ||
      when === demand.when ||
      (when === "no-version" && demand.when !== "version-named") ||
      (when === "source-no-version" && !versioned(demand.when)) ||
      (when === "source-version-named" && demand.when === "copies-tags-of-version") ||
      (when === "copies-tags" && copiesTags(demand.when)) ||
      (when === "copies-tags-no-version" && demand.when === "copies-tags"),
  );
}

/** One object, so that some of the caller's rights decide about it. */
function deletion(when: PredicateName | undefined): Buffer {
  const version = versioned(when) ? "<VersionId>null</VersionId>" : "";
  const etag = when === "etag-match-item" ? "<ETag>none</ETag>" : "";
  return Buffer.from(`<Delete><Object><Key>key</Key>${version}${etag}</Object></Delete>`);
}

/** Of operations whose decision depends on their document. */
const documents: Readonly<Record<string, string>> = {
  PutBucketInventoryConfiguration: smallInventory,
  PutObjectLegalHold: "<LegalHold><Status>ON</Status></LegalHold>",
  PutObjectRetention: "<Retention/>",
  PutObjectTagging: "<Tagging><TagSet/></Tagging>",
};

function requestOf({ name, route, body }: S3Operation, { when }: S3Demand): Call {
  if (body.kind === "form") {
    const { headers = {} } = when === undefined ? {} : additions[when];
    return formOf(bucket, { keys, fields: { key: "key", ...headers } });
  }
  const { level, method, subResource, mark } = route;
  const path = { service: "/", account: control, bucket: `/${bucket}`, object: `/${bucket}/key` }[level];
  const addition = when === undefined ? {} : additions[when];
  const isItem = name === "DeleteObjects";
  const query = [
    subResource === undefined || level === "account"
      ? []
      : subResource === "uploadId"
        ? "uploadId=none&partNumber=1"
        : subResource,
    mark === "list-type-2" ? "list-type=2" : [],
    /^(?:(?:Get|Delete)Bucket(?:Analytics|IntelligentTiering|Inventory|Metrics)|PutBucketInventory)/.test(name)
      ? "id=one"
      : [],
    isItem ? [] : (addition.query ?? []),
  ].flat();
  const sent =
    body.kind === "none" || name === "CreateBucket"
      ? undefined
      : isItem
        ? deletion(when)
        : Buffer.from(documents[name] ?? "<not-it/>");
  return {
    method,
    target: `${path}${query.length === 0 ? "" : `?${query.join("&")}`}`,
    ...(sent === undefined ? {} : { body: sent }),
    headers: {
      ...(level === "account" ? { "x-amz-account-id": gateway.accountId } : {}),
      ...(mark === "copy-source" ? { "x-amz-copy-source": `${source}/key` } : {}),
      // The source has tags.
      ...(name === "CopyObject" && !copiesTags(when) ? { "x-amz-tagging-directive": "REPLACE" } : {}),
      ...(sent === undefined ? {} : { "content-md5": createHash("md5").update(sent).digest("base64") }),
      ...(name === "GetObjectAttributes" ? { "x-amz-object-attributes": "ETag" } : {}),
      ...addition.headers,
    },
  };
}

/** All resources of S3 but the right one. */
function wrongFor({ resource }: S3Demand): readonly string[] {
  const [right, ...inside] = { bucket: [bucket], object: [bucket, "key"], item: [bucket, "key"], "source-object": [source, "key"], none: ["*"] }[resource]; // prettier-ignore
  const others = resource === "none" ? [bucket, `${bucket}/*`] : ["another", "another/*"];
  const near = inside.length === 0 ? [`${right}/*`] : [right, `${right}/other`, `${right}/key/*`];
  return [...others, ...(resource === "none" ? [] : near)].map((name) => `arn:aws:s3:::${name}`);
}

const userName = "asker";
let keys: SigningKeys;

beforeAll(async () => {
  keys = await gateway.user(userName);
  for (const name of [bucket, source]) {
    await gateway.send({ method: "PUT", target: `/${name}` });
    // The bucket that the right caller deletes is not empty.
    await gateway.send({ method: "PUT", target: `/${name}/kept`, body: "kept" });
    const headers = { "x-amz-tagging": "of=source" };
    await gateway.send({ method: "PUT", target: `/${name}/key`, body: "x", ...(name === source ? { headers } : {}) });
  }
});

const asked = rows.flatMap((row) =>
  row.demands.map((demand) => [row.name, `${demand.action} ${demand.when ?? ""}`, row, demand] as const),
);

test("every operation has a demand, and a request that means it", () => {
  expect([...new Set(asked.map(([name]) => name))]).toEqual(rows.map(({ name }) => name));
  for (const [name, , row, demand] of asked) {
    const { method = "GET", target, headers = {} } = requestOf(row, demand);
    const { pathname, searchParams } = new URL(target, "http://localhost");
    const [, inBucket = "", key] = pathname.split("/");
    const named = { bucket: inBucket === "" ? undefined : inBucket, key };
    const sent = new Map(Object.entries(headers));
    const found =
      row.route.level === "account"
        ? detectS3Control(method, pathname)
        : detectS3({ method, ...named, query: new Map(searchParams), headers: sent });
    expect(found).toBe(name);
  }
});

test.each(asked)("%s %s", async (_name, _what, row, demand) => {
  const request = requestOf(row, demand);
  const others = demandsBeside(row, demand).flatMap(({ action }) => (action === demand.action ? [] : [action]));
  const demanded = { action: demand.action, others, wrong: wrongFor(demand) };
  const answers = await askInCases(gateway, { keys, userName }, demanded, async ({ headers }) => {
    const call = { ...request, keys, headers: { ...request.headers, ...headers } };
    const { status, body } =
      row.body.kind === "form"
        ? await gateway.sendUnsigned({ ...call, keys: undefined } as never)
        : await gateway.send(call);
    expect(status, body).not.toBe(500);
    return status === 403 || body.includes("<Code>AccessDenied</Code>") ? "refused" : "asked";
  });
  expect(answers).toEqual(onlyAllowed);
  if (row.route.method === "DELETE" || row.name === "DeleteObjects")
    await gateway.send({ method: "PUT", target: `/${bucket}/key`, body: "x" });
});

const oneOfEach = rows.flatMap((row) => {
  const [demand] = row.demands;
  return demand === undefined || row.body.kind === "form" ? [] : [{ row, demand }];
});

/** The URL of a request that the administrator could have signed; the other headers are signed too. */
function presigned({ method = "GET", target, headers = {} }: Call, signer: SigningKeys, time = Date.now()): string {
  const [path = "", query = ""] = target.split("?");
  const own: [string, string][] = [["host", `127.0.0.1:${gateway.port}`], ...Object.entries(headers)];
  const scope = { region: "us-east-1", service: "s3", time };
  return `${path}?${presignQuery({ method, path, query, headers: own }, signer, scope, 60)}`;
}

/** How a request can be signed that nobody may accept, and the answer. */
const badlySigned: Readonly<
  Record<string, { readonly code: string; readonly send: (request: Call) => Promise<Sent> }>
> = {
  "with another secret": {
    code: "SignatureDoesNotMatch",
    send: (request) => gateway.send({ ...request, keys: { ...gateway.admin, secretAccessKey: "x" } }),
  },
  "with another secret, in the URL": {
    code: "SignatureDoesNotMatch",
    send: (request) => sendUrl(request, presigned(request, { ...gateway.admin, secretAccessKey: "x" })),
  },
  "in the header and in the URL": {
    code: "InvalidArgument",
    send: (request) => gateway.send({ ...request, target: presigned(request, gateway.admin) }),
  },
  "with a header added": {
    code: "AccessDenied",
    send: (request) => gateway.send({ ...request, unsigned: { "x-amz-acl": "public-read" } }),
  },
  "with a header added to the URL": {
    code: "AccessDenied",
    send: (request) => sendUrl({ ...request, headers: { ...request.headers, "x-amz-meta-a": "b" } }, presigned(request, gateway.admin)), // prettier-ignore
  },
  "with a parameter added to the URL": {
    code: "SignatureDoesNotMatch",
    send: (request) => sendUrl(request, `${presigned(request, gateway.admin)}&x-id=added`),
  },
  "for another service": {
    code: "AuthorizationHeaderMalformed",
    send: (request) => gateway.send({ ...request, service: "ec2" }),
  },
  "an hour ago": {
    code: "RequestTimeTooSkewed",
    send: (request) => gateway.send({ ...request, time: Date.now() - 3_600_000 }),
  },
  "in a URL that has expired": {
    code: "AccessDenied",
    send: (request) => sendUrl(request, presigned(request, gateway.admin, Date.now() - 3_600_000)),
  },
  "with a token that nobody gave out": {
    code: "InvalidToken",
    send: (request) => gateway.send({ ...request, keys: { ...gateway.admin, sessionToken: "forged" } }),
  },
};

const sendUrl = (request: Call, target: string): Promise<Sent> => call(gateway, { ...request, target });

/** Every operation refuses each of them: `pipeline-security.test.ts` has more kinds for single operations. */
test.each(Object.entries(badlySigned))("no operation is done for a request that is signed %s", async (_how, bad) => {
  const state = async () => (await gateway.send({ target: `/${bucket}?versions` })).body;
  const before = await state();
  const answers = await Promise.all(
    oneOfEach.map(async ({ row, demand }) => {
      const { status, code } = await bad.send(requestOf(row, demand));
      return [row.name, status >= 400 && status < 500, row.route.method === "HEAD" ? bad.code : code];
    }),
  );
  expect(answers).toEqual(oneOfEach.map(({ row }) => [row.name, true, bad.code]));
  expect(await state()).toBe(before);
});

/** A caller who may not list must not learn which keys exist. */
describe("whoever may not list a bucket does not learn what is in it", () => {
  const ofObjects = oneOfEach.filter(({ row }) => row.route.level === "object");
  const without = ({ body }: Sent) => body.replaceAll(/absent|key|<(RequestId|HostId)>.*?<\/\1>/g, "");
  const absent = (request: Call): Call => ({ ...request, target: request.target.replace("/key", "/absent") });

  test("a caller without any right gets one answer of every operation", async () => {
    const nobody = await gateway.user("nobody");
    for (const { row, demand } of ofObjects) {
      const request = requestOf(row, demand);
      const [there, gone] = [await gateway.send({ ...request, keys: nobody }), await gateway.send({ ...absent(request), keys: nobody })]; // prettier-ignore
      expect([row.name, there.status, there.code]).toEqual([row.name, 403, row.route.method === "HEAD" ? undefined : "AccessDenied"]); // prettier-ignore
      expect([row.name, gone.status, without(gone)]).toEqual([row.name, there.status, without(there)]);
    }
  });

  test("with every other right, what is not there is forbidden", async () => {
    const blind = await gateway.user("blind", { Effect: "Allow", NotAction: "s3:ListBucket", Resource: "*" });
    const reads = ofObjects.filter(({ row }) => ["GET", "HEAD"].includes(row.route.method) && row.route.subResource !== "uploadId"); // prettier-ignore
    expect(reads.length).toBeGreaterThan(5);
    const refused: string[] = [];
    for (const { row, demand } of reads) {
      const request = { ...requestOf(row, demand), keys: blind };
      // No object here can have one, so the answer is the same for every key.
      if ((await gateway.send(request)).status >= 300) continue;
      const { status } = await gateway.send(absent(request));
      expect([row.name, status]).toEqual([row.name, 403]);
      refused.push(row.name);
    }
    expect(refused).toEqual(["GetObject", "GetObjectAcl", "GetObjectAttributes", "GetObjectTagging", "HeadObject"]);
  });
});
