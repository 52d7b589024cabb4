/** The policy workloads: scoped, managed, wide. */
import type { AccessRequest } from "@s3-credentials/policy";
import { readWritePolicy } from "@s3-credentials/policy";
import {
  ACCOUNT,
  ann,
  contextOf,
  facts,
  noLayers,
  policyFrom,
  policyOf,
  type Workload,
  type Written,
} from "./workload.ts";

function ask(action: string, resource: string, more: Readonly<Record<string, string>> = {}): AccessRequest {
  return { principal: ann, action, resource, resourceAccount: ACCOUNT, context: contextOf({ ...facts, ...more }) };
}

/** The read-write policy of one prefix, as the tool hands it out; GetObject by turns inside and outside. */
export function scoped(): Workload {
  const policy = policyFrom(readWritePolicy("my-bucket", { prefix: "users/ann/" }), "identity");
  const requests = Array.from({ length: 64 }, (_, at) =>
    ask("s3:GetObject", `arn:aws:s3:::my-bucket/users/${at % 2 === 0 ? "ann" : "bob"}/photos/${at}.jpg`),
  );
  return { name: "decide-scoped", layers: { ...noLayers, identity: [{ name: "scoped", policy }] }, requests };
}

/** Five hundred statements, each its own prefix: hits first, middle, last, none. */
export function wide(): Workload {
  const statements = Array.from({ length: 500 }, (_, at) => ({
    Effect: "Allow",
    Principal: { AWS: ann.arn },
    Action: "s3:GetObject",
    Resource: `arn:aws:s3:::shared/team-${at}/*`,
  }));
  const policy = { name: "bucket policy of shared", policy: policyOf(statements, "resource") };
  const requests = Array.from({ length: 64 }, (_, at) => {
    const team = [0, 250, 499, 777][at % 4] ?? 0;
    return ask("s3:GetObject", `arn:aws:s3:::shared/team-${team}/reports/${at}.csv`);
  });
  return { name: "decide-wide", layers: { ...noLayers, resource: { kind: "resource", policy } }, requests };
}

const conditions: readonly (Written | undefined)[] = [
  undefined,
  undefined,
  { StringEquals: { "aws:PrincipalTag/team": ["blue", "green"] } },
  { NumericLessThanEquals: { "s3:max-keys": "100" } },
  { IpAddress: { "aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24"] } },
  { DateLessThan: { "aws:CurrentTime": "2030-01-01T00:00:00Z" } },
  { StringLike: { "s3:prefix": ["home/${aws:username}/*", "public/*"] } },
];

const actions: readonly (readonly string[])[] = [
  ["s3:GetObject", "s3:GetObjectTagging"],
  ["s3:PutObject"],
  ["s3:List*"],
  ["s3:Get*"],
  ["s3:*"],
  ["iam:Get*", "iam:List*"],
  ["sts:AssumeRole"],
  ["sqs:SendMessage", "sns:Publish"],
];

/** Statement `at` of a managed policy: every fourth is about somebody's home, every tenth denies. */
function managedStatement(document: number, at: number): Written {
  const condition = conditions[(document + at) % conditions.length];
  const bucket = `data-${document}-${at % 7}`;
  const resource = at % 4 === 0 ? "arn:aws:s3:::homes/${aws:username}/*" : `arn:aws:s3:::${bucket}/*`;
  const deny = at % 10 === 9;
  return {
    Effect: deny ? "Deny" : "Allow",
    Action: actions[(document * 3 + at) % actions.length],
    Resource: deny ? `arn:aws:s3:::${bucket}/secret/*` : [resource, `arn:aws:s3:::${bucket}`],
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}

/** Ten managed policies of twenty statements, a boundary, a session policy, denies, conditions and variables. */
export function managed(): Workload {
  const identity = Array.from({ length: 10 }, (_, document) => ({
    name: `managed-${document}`,
    policy: policyOf(
      Array.from({ length: 20 }, (_, at) => managedStatement(document, at)),
      "identity",
    ),
  }));
  const boundary = policyOf(
    [
      { Effect: "Allow", Action: ["s3:*", "iam:Get*"], Resource: "*" },
      { Effect: "Deny", Action: "*", Resource: "*", Condition: { Bool: { "aws:SecureTransport": "false" } } },
      { Effect: "Deny", Action: "s3:DeleteBucket*", Resource: "*" },
    ],
    "boundary",
  );
  const session = policyOf(
    [
      {
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
        Resource: ["arn:aws:s3:::homes", "arn:aws:s3:::homes/${aws:username}/*", "arn:aws:s3:::data-*"],
        Condition: { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } },
      },
    ],
    "session",
  );
  const requests = [
    // A variable; nobody's; denied by address, in the last document; allowed by date, number, list and variable.
    ask("s3:GetObject", "arn:aws:s3:::homes/ann/notes.txt"),
    ask("s3:GetObject", "arn:aws:s3:::homes/bob/notes.txt"),
    ask("s3:GetObject", "arn:aws:s3:::data-9-2/secret/key"),
    ask("s3:PutObject", "arn:aws:s3:::data-2-3/in/file.csv"),
    ask("s3:ListBucket", "arn:aws:s3:::data-0-3", { "s3:max-keys": "50" }),
    ask("s3:ListBucket", "arn:aws:s3:::data-2-4", { "s3:prefix": "home/ann/x" }),
    ask("s3:PutObject", "arn:aws:s3:::data-1-1/x"),
    // Outside the session policy.
    ask("s3:DeleteObject", "arn:aws:s3:::data-1-1/x"),
  ];
  return {
    name: "decide-managed",
    layers: {
      ...noLayers,
      identity,
      boundary: { name: "boundary", policy: boundary },
      sessions: [[{ name: "session", policy: session }]],
    },
    requests,
  };
}
