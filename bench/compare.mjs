// Comparisons of policies: median and worst of the pairs of each workload, and the steps' limit that bounds memory.
import { printTable } from "./measure.mjs";

const {
  accessOverUnknowns,
  compilePolicy,
  comparePolicies,
  parsePolicy,
  readOnlyPolicy,
  readWritePolicy,
  writeOnlyPolicy,
} = await import("../packages/policy/dist/index.js");

const read = (document) => {
  const { policy } = parsePolicy(JSON.stringify(document), "identity");
  if (policy === undefined) throw new Error("a policy of the workload does not parse");
  return policy;
};
const policyOf = (...statements) => read({ Version: "2012-10-17", Statement: statements });
const allow = (Action, Resource, more = {}) => ({ Effect: "Allow", Action, Resource, ...more });

/** Of the processor, so that what else runs on the machine does not count. */
function timed(run) {
  const begun = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

function report(title, samples) {
  const sorted = [...samples].sort((left, right) => left - right);
  printTable(title, "CPU ms", { median: sorted[Math.floor(sorted.length / 2)], worst: sorted.at(-1) });
}

/** The policies this tool hands out, each against each. */
function templates() {
  const made = [readOnlyPolicy, readWritePolicy, writeOnlyPolicy].flatMap((template) =>
    [{}, { prefix: "reports/" }, { prefix: "reports/", alsoPrefixes: ["logs/"] }].map(
      (options) => () => read(template("my-bucket", options)),
    ),
  );
  const round = () => made.flatMap((left) => made.map((right) => timed(() => comparePolicies(left(), right()))));
  round(); // warms up
  const rounds = round();
  report(`templates, ${rounds.length} pairs`, rounds);
}

/** As managed policies are: many actions by pattern on everything, some of them conditional or denied. */
function managed() {
  const services = ["s3", "iam", "sts", "ec2", "sqs", "sns", "kms", "logs", "lambda", "dynamodb"];
  const verbs = ["Get*", "List*", "Describe*", "Put*", "Create*", "Delete*", "Tag*", "Update*"];
  const policies = services.map((_, at) =>
    policyOf(
      ...Array.from({ length: 12 }, (__, index) =>
        allow(
          verbs.slice(0, 2 + ((at + index) % 6)).map((verb) => `${services[(at + index) % 10]}:${verb}`),
          index % 3 === 0 ? "*" : `arn:aws:${services[(at + index) % 10]}:*:*:x${index % 4}*`,
          index % 4 === 1
            ? { Condition: { StringEquals: { "aws:RequestedRegion": ["eu-west-1", "us-east-1"].slice(index % 2) } } }
            : {},
        ),
      ),
      {
        Effect: "Deny",
        Action: `${services[at]}:Delete*`,
        Resource: "*",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ),
  );
  report(
    "managed, 10 against 10",
    policies.flatMap((left) => policies.map((right) => timed(() => comparePolicies(left, right)))),
  );
}

function prefixes(count) {
  const of = (name) =>
    policyOf(
      allow(
        "s3:GetObject",
        Array.from({ length: count }, (_, at) => `arn:aws:s3:::my-bucket/${name}${at}/*`),
      ),
    );
  const pairs = [
    ["team", "team"],
    ["team", "tea"],
    ["a", "b"],
  ];
  report(
    `${count} prefixes against ${count}`,
    pairs.map(([left, right]) => timed(() => comparePolicies(of(left), of(right)))),
  );
}

function infixes(count) {
  const letters = [..."abcdefghijklmnopqrstuvwxyz"].slice(0, count);
  const holds = (list) =>
    policyOf(
      allow("s3:ListBucket", "arn:aws:s3:::my-bucket"),
      ...list.map((letter) => ({
        Effect: "Deny",
        Action: "*",
        Resource: "*",
        Condition: { StringNotLike: { "s3:prefix": `*${letter}*` } },
      })),
    );
  report(`${count} infix patterns`, [timed(() => comparePolicies(holds(letters), holds(letters.slice(1))))]);
}

/** Who may do what, with the keys of requests open. */
function map(principals, actions) {
  const names = [
    "GetObject",
    "PutObject",
    "DeleteObject",
    "ListBucket",
    "GetObjectAcl",
    "PutObjectAcl",
    "GetBucketPolicy",
    "PutBucketPolicy",
    "GetObjectTagging",
    "PutObjectTagging",
  ];
  const asked = Array.from({ length: actions }, (_, at) => `s3:${names[at % names.length]}`);
  const callers = Array.from({ length: principals }, (_, at) => {
    const program = compilePolicy(
      read([readOnlyPolicy, readWritePolicy, writeOnlyPolicy][at % 3]("my-bucket", { prefix: `team${at}/` })),
    );
    const principal = {
      kind: "user",
      accountId: "111122223333",
      arn: `arn:aws:iam::111122223333:user/u${at}`,
      userId: `AIDA${at}`,
      userName: `u${at}`,
    };
    const layers = {
      guardrails: [],
      identity: [{ name: "p", program }],
      boundary: "none",
      sessions: [],
      resource: "none",
    };
    return { layers, principal, resourceAccount: "111122223333" };
  });
  const whole = () => {
    for (const caller of callers) {
      const ask = accessOverUnknowns(caller);
      for (const action of asked)
        ask({ action, resource: /Bucket/.test(action) ? "arn:aws:s3:::my-bucket" : "arn:aws:s3:::my-bucket/*" });
    }
  };
  report(
    `map of ${principals} principals by ${actions} actions`,
    Array.from({ length: 5 }, () => timed(whole)),
  );
}

const workloads = {
  templates,
  managed,
  prefixes: () => prefixes(500),
  infixes: () => infixes(12),
  map: () => map(50, 20),
};

export async function run(names) {
  for (const [name, workload] of Object.entries(workloads)) if (names.length === 0 || names.includes(name)) workload();
}
