// Comparisons of policies: median and worst of the pairs of each workload, the steps' limit that bounds memory, and Z3 on the same pairs.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { createInterface } from "node:readline";
import { rolldown } from "rolldown";
import { printTable } from "./measure.mjs";

const {
  accessOverUnknowns,
  compilePolicy,
  comparePolicies,
  isInside,
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
const policyOf = (...statements) => ({ Version: "2012-10-17", Statement: statements });
const allow = (Action, Resource, more = {}) => ({ Effect: "Allow", Action, Resource, ...more });

/** Of the processor, so that what else runs on the machine does not count. */
function timed(run) {
  const begun = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

const summary = (samples) => {
  const sorted = [...samples].sort((left, right) => left - right);
  return { median: sorted[Math.floor(sorted.length / 2)], worst: sorted.at(-1) };
};

/** So many pairs of a workload are given to Z3 too, spread over all of them. */
const z3Pairs = 12;

/**
 * The pairs of documents, and some of them by Z3: both directions, as our comparison has them. Each comparison gets policies that were just
 * parsed, so that nothing is known of them.
 */
async function reportPairs(title, pairs, z3) {
  const samples = pairs.map((pair) => {
    const [left, right] = pair.map(read);
    return timed(() => comparePolicies(left, right));
  });
  const ours = summary(samples);
  const step = Math.ceil(pairs.length / z3Pairs);
  const asked = pairs.flatMap((pair, at) => (at % step === 0 ? [{ pair, own: samples[at] }] : []));
  const theirs = [];
  let undecided = 0;
  for (const { pair } of asked) {
    const [left, right] = pair.map(read);
    const answers = [await z3(left, right), await z3(right, left)];
    if (answers.includes(undefined)) continue;
    if (answers.some(({ answer }) => answer !== "sat" && answer !== "unsat")) undecided += 1;
    theirs.push(answers.reduce((sum, { ms }) => sum + ms, 0));
  }
  const rival = theirs.length === 0 ? {} : summary(theirs);
  printTable(title, "CPU ms", {
    median: ours.median,
    worst: ours.worst,
    ...(theirs.length === 0
      ? {}
      : {
          [`on the ${theirs.length} given to Z3, median`]: summary(asked.map(({ own }) => own)).median,
          "Z3 on these, median": rival.median,
          "Z3 on these, worst": rival.worst,
        }),
  });
  if (theirs.length === 0) console.log("Z3: not asked, because its questions have no words for these conditions\n");
  else if (undecided > 0) console.log(`Z3: left ${undecided} of ${theirs.length} undecided within 5 s a question\n`);
}

function report(title, samples) {
  printTable(title, "CPU ms", summary(samples));
}

/** CPU time of a process, ms; the system counts it in hundredths of a second. */
function cpuOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const [user, system] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13)
    .map(Number);
  return (user + system) * 10;
}

/** Z3 in a process of its own, warmed up. Undefined for a pair that its questions cannot say. */
async function startZ3() {
  const bundle = await rolldown({ input: "packages/policy/src/test/smt.ts" });
  const [{ code }] = (await bundle.generate({ format: "esm" })).output;
  const { smtQuestion } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const child = spawn(process.execPath, ["tools/z3.mjs"], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (left, right) => {
    const question = smtQuestion(left, right);
    if (question === undefined) return undefined;
    const before = cpuOf(child.pid);
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const { value } = await lines.next();
    return { answer: JSON.parse(value), ms: cpuOf(child.pid) - before };
  };
  const one = read(policyOf(allow("s3:GetObject", "*")));
  await ask(one, one);
  return { ask, stop: () => child.stdin.end() };
}

/** The policies this tool hands out, each against each. */
function templates(z3) {
  const made = [readOnlyPolicy, readWritePolicy, writeOnlyPolicy].flatMap((template) =>
    [{}, { prefix: "reports/" }, { prefix: "reports/", alsoPrefixes: ["logs/"] }].map((options) =>
      template("my-bucket", options),
    ),
  );
  const pairs = made.flatMap((left) => made.map((right) => [left, right]));
  for (const [left, right] of pairs) comparePolicies(read(left), read(right)); // warms up
  return reportPairs(`templates, ${pairs.length} pairs`, pairs, z3);
}

/** As managed policies are: many actions by pattern on everything, some of them conditional or denied. */
function managed(z3) {
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
  const pairs = policies.flatMap((left) => policies.map((right) => [left, right]));
  return reportPairs("managed, 10 against 10", pairs, z3);
}

function prefixes(count, z3) {
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
  const made = pairs.map((names) => names.map(of));
  return reportPairs(`${count} prefixes against ${count}`, made, z3);
}

function infixes(count, z3) {
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
  const pair = [holds(letters), holds(letters.slice(1))];
  return reportPairs(
    `${count} infix patterns, five times`,
    Array.from({ length: 5 }, () => pair),
    z3,
  );
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

/** A containment that only a search of half a million texts shows: the limit of steps ends it, and bounds what it keeps. */
function limit() {
  const behind = (start) => `arn:aws:s3:::my-bucket/${start}a${"?".repeat(18)}`;
  const [inner, outer] = [[behind("*")], [behind("*?"), behind("")]].map((list) =>
    read(policyOf(allow("s3:GetObject", list))),
  );
  const before = process.memoryUsage().heapUsed;
  let answer;
  const ms = timed(() => (answer = isInside(inner, outer)));
  if (answer.answer !== "unknown") throw new Error("the limit of steps is not reached");
  const kept = (process.memoryUsage().heapUsed - before) / 1e6;
  console.log(
    `beyond the limit of steps: "${answer.construct}" after ${Math.round(ms)} CPU ms, ${Math.round(kept)} MB\n`,
  );
}

const workloads = {
  templates,
  managed,
  prefixes: (z3) => prefixes(500, z3),
  infixes: (z3) => infixes(12, z3),
  map: () => map(50, 20),
  limit,
};

export async function run(names) {
  const z3 = await startZ3();
  console.log(`load average at the start: ${loadavg()[0].toFixed(1)} (CPU time counts, but caches are shared)\n`);
  for (const [name, workload] of Object.entries(workloads))
    if (names.length === 0 || names.includes(name)) await workload(z3.ask);
  z3.stop();
}
