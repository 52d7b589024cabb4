// What the requests of a bench are allowed by: a user with a policy of his own, a role's session with a policy of its own, a bucket policy.
import { createHash, randomUUID } from "node:crypto";
import { presignQuery, signRequest } from "../../packages/protocol/dist/index.js";
import { Connection } from "./connection.mjs";

export const bucket = "bench";
export const publicBucket = "bench-public";
/** Keys for a server that looks at none. */
export const nobody = { accessKeyId: "AKIA0000000000000000", secretAccessKey: "0".repeat(40) };
const unsigned = "UNSIGNED-PAYLOAD";
const version = "2012-10-17";
const objects = [`arn:aws:s3:::${bucket}/g/*`];
const documents = {
  session: {
    Version: version,
    Statement: { Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: objects },
  },
  user: {
    Version: version,
    Statement: [
      { Effect: "Allow", Action: "s3:ListBucket", Resource: `arn:aws:s3:::${bucket}` },
      { Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], Resource: objects },
    ],
  },
  bucket: {
    Version: version,
    Statement: {
      Effect: "Allow",
      Principal: "*",
      Action: "s3:GetObject",
      Resource: `arn:aws:s3:::${publicBucket}/g/*`,
    },
  },
};

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const element = (text, name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];

function headText(method, target, headers) {
  return [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`), "", ""].join("\r\n");
}

/** The text of a signed request's head. `sent` are headers that are not signed. */
export function signedHead(
  port,
  keys,
  { method, path, query = "", headers = [], sent = [], hash = unsigned, service = "s3" },
) {
  const own = [["host", `127.0.0.1:${port}`], ...headers];
  const place = { region: "us-east-1", service, time: Date.now() };
  const added = signRequest({ method, path, query, headers: own }, hash, keys, place);
  return headText(method, query === "" ? path : `${path}?${query}`, [...own, ...added, ...sent]);
}

export function presignedHead(port, keys, path) {
  const headers = [["host", `127.0.0.1:${port}`]];
  const place = { region: "us-east-1", service: "s3", time: Date.now() };
  return headText(
    "GET",
    `${path}?${presignQuery({ method: "GET", path, query: "", headers }, keys, place, 900)}`,
    headers,
  );
}

export function anonymousHead(port, path) {
  return headText("GET", path, [["host", `127.0.0.1:${port}`]]);
}

/** Sends the request and gives the text of its answer. */
export async function call(port, keys, { body = "", ...request }) {
  const connection = await Connection.open(port);
  const hash = sha256(body);
  const sent = [["content-length", Buffer.byteLength(body)]];
  const answer = await connection.send(signedHead(port, keys, { ...request, hash, sent }), body, true);
  connection.close();
  if (answer.status >= 300) throw new Error(`${request.method} ${request.path}: ${answer.status} ${answer.text}`);
  return answer.text;
}

/** A call of IAM or STS, to be sent as often as wanted: its head and its body. */
export function signedForm(port, keys, service, fields) {
  const { body, ...request } = formOf(service, fields);
  const sent = [["content-length", Buffer.byteLength(body)]];
  return [signedHead(port, keys, { ...request, hash: sha256(body), sent }), body];
}

function formOf(service, fields) {
  const body = new URLSearchParams({ Version: service === "iam" ? "2010-05-08" : "2011-06-15", ...fields }).toString();
  const headers = [["content-type", "application/x-www-form-urlencoded"]];
  return { method: "POST", path: "/", service, headers, body };
}

/** Sends it and gives the text of its answer. */
export function form(port, keys, service, fields) {
  return call(port, keys, formOf(service, fields));
}

function keysIn(text) {
  const [accessKeyId, secretAccessKey, sessionToken] = ["AccessKeyId", "SecretAccessKey", "SessionToken"].map((name) =>
    element(text, name),
  );
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

async function makeUser(port, admin) {
  const UserName = `bench-${randomUUID().slice(0, 8)}`;
  const PolicyDocument = JSON.stringify(documents.user);
  await form(port, admin, "iam", { Action: "CreateUser", UserName });
  await form(port, admin, "iam", { Action: "PutUserPolicy", UserName, PolicyName: "own", PolicyDocument });
  return keysIn(await form(port, admin, "iam", { Action: "CreateAccessKey", UserName }));
}

async function makeSession(port, admin, accountId) {
  const RoleName = `bench-${randomUUID().slice(0, 8)}`;
  const trust = { Effect: "Allow", Principal: { AWS: accountId }, Action: "sts:AssumeRole" };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: version, Statement: trust });
  const PolicyDocument = JSON.stringify(documents.user);
  await form(port, admin, "iam", { Action: "CreateRole", RoleName, AssumeRolePolicyDocument });
  await form(port, admin, "iam", { Action: "PutRolePolicy", RoleName, PolicyName: "own", PolicyDocument });
  const RoleArn = `arn:aws:iam::${accountId}:role/${RoleName}`;
  const Policy = JSON.stringify(documents.session);
  return keysIn(await form(port, admin, "sts", { Action: "AssumeRole", RoleArn, RoleSessionName: "bench", Policy }));
}

async function statusOf(port, head) {
  const connection = await Connection.open(port);
  const { status } = await connection.send(head, undefined, true);
  connection.close();
  return status;
}

/** A bench of a gateway that allows everything says nothing: outside of its policy, each caller must be refused. */
async function mustBeEnforced(port, heads) {
  for (const head of heads) {
    const status = await statusOf(port, head);
    if (status !== 403)
      throw new Error(`${head.split("\r\n")[0]} was answered with ${status}, so a policy is not enforced`);
  }
}

/** Two buckets, one of them public; the keys of a user and of a session that may use what is below `g/` in the other. */
export async function prepareAccount({ port, admin, accountId }) {
  for (const name of [bucket, publicBucket]) {
    await call(port, admin, { method: "PUT", path: `/${name}` });
    await call(port, admin, { method: "PUT", path: `/${name}/outside`, body: "x" });
  }
  await call(port, admin, { method: "DELETE", path: `/${publicBucket}`, query: "publicAccessBlock=" });
  const body = JSON.stringify(documents.bucket);
  await call(port, admin, { method: "PUT", path: `/${publicBucket}`, query: "policy=", body });
  const user = await makeUser(port, admin);
  const session = await makeSession(port, admin, accountId);
  const outside = { method: "GET", path: `/${bucket}/outside` };
  await mustBeEnforced(port, [
    signedHead(port, user, outside),
    signedHead(port, session, outside),
    presignedHead(port, user, outside.path),
    anonymousHead(port, `/${publicBucket}/outside`),
  ]);
  return { user, session };
}
