import { setTimeout as sleep } from "node:timers/promises";
import { rootKeysOf } from "../../../packages/gateway/test/organization-accounts.ts";
import { keptKeys, type Life, type Memory, readOf, type Send, step } from "./life.ts";

const Bucket = "analyzed";
const resourceArn = `arn:aws:s3:::${Bucket}`;
const ruleName = "rule";

const arnOf = (name: string, memory: ReadonlyMap<string, string>): string =>
  `arn:aws:access-analyzer:us-east-1:${memory.get("account")}:analyzer/${name}`;

/** An answer that needs all scans to be done, once they are. */
async function settled(
  send: Send,
  operation: string,
  input: object,
  memory: ReadonlyMap<string, string>,
): Promise<Readonly<Record<string, unknown>> | string> {
  for (;;) {
    const answer = await readOf(send, "Access-Analyzer", operation, input, keptKeys(memory, "root"));
    if (answer !== "ThrottlingException") return answer as Readonly<Record<string, unknown>> | string;
    await sleep(20);
  }
}

interface Finding {
  readonly resource: string;
  readonly status: string;
}

async function analyzedAt(name: string, send: Send, memory: ReadonlyMap<string, string>): Promise<number | undefined> {
  const input = { analyzerArn: arnOf(name, memory), resourceArn };
  const answer = await settled(send, "GetAnalyzedResource", input, memory);
  const { resource } = (typeof answer === "string" ? {} : answer) as { readonly resource?: { analyzedAt: Date } };
  return resource?.analyzedAt.getTime();
}

/** In an account of its own, whose only bucket is public: what it finds does not depend on other lives. */
export const analyzerLife: Life = {
  service: "Access-Analyzer",
  kind: "analyzer-life",
  few: true,
  by: "root",
  async prepare(gateway, send) {
    const input = { AccountName: "analyzed", Email: "analyzed@example.com" };
    const { CreateAccountStatus } = await send("Organizations", "CreateAccount", input);
    const { AccountId } = CreateAccountStatus as { readonly AccountId: string };
    const root = rootKeysOf(gateway.dataDir, AccountId);
    await send("S3", "CreateBucket", { Bucket }, root);
    await send("S3", "DeletePublicAccessBlock", { Bucket }, root);
    const Statement = [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: `${resourceArn}/*` }];
    await send("S3", "PutBucketPolicy", { Bucket, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }, root);
    return new Map([
      ["account", AccountId],
      ["root", JSON.stringify(root)],
    ]);
  },
  async read(name, send, memory) {
    const read = (operation: string, input: object): Promise<unknown> =>
      readOf(send, "Access-Analyzer", operation, input, keptKeys(memory, "root"));
    const analyzer = (await read("GetAnalyzer", { analyzerName: name })) as { readonly analyzer?: object } | string;
    if (typeof analyzer === "string") return analyzer;
    const found = await settled(send, "ListFindings", { analyzerArn: arnOf(name, memory) }, memory);
    const { findings } = found as { readonly findings: readonly Finding[] };
    const asked = memory.get("scanned before");
    return {
      // Which of the resources was scanned last is chance.
      analyzer: { ...analyzer.analyzer, lastResourceAnalyzed: undefined, lastResourceAnalyzedAt: undefined },
      rules: await read("ListArchiveRules", { analyzerName: name }),
      findings: findings.map(({ resource, status }) => `${resource} ${status}`).toSorted(),
      ...(asked === undefined ? {} : { scanned: ((await analyzedAt(name, send, memory)) ?? 0) > Number(asked) }),
    };
  },
  steps: [
    step("CreateAnalyzer", (analyzerName) => ({ analyzerName, type: "ACCOUNT" })),
    step("TagResource", (name, memory) => ({ resourceArn: arnOf(name, memory), tags: { a: "b" } })),
    step("CreateArchiveRule", async (analyzerName, memory, send) => {
      await allScanned(analyzerName, memory, send); // later, a finding would be archived by the rule at once
      return { analyzerName, ruleName, filter: { resource: { eq: ["arn:aws:s3:::none"] } } };
    }),
    step("UpdateArchiveRule", (analyzerName) => ({
      analyzerName,
      ruleName,
      filter: { resource: { eq: [resourceArn] } },
    })),
    step("ApplyArchiveRule", async (name, memory, send) => {
      await allScanned(name, memory, send);
      return { analyzerArn: arnOf(name, memory), ruleName };
    }),
    step("UpdateFindings", async (name, memory, send) => {
      await allScanned(name, memory, send);
      return { analyzerArn: arnOf(name, memory), status: "ACTIVE", resourceArn };
    }),
    {
      unseen: true,
      ...step("StartResourceScan", async (name, memory, send) => {
        memory.set("scanned before", String(await analyzedAt(name, send, memory)));
        return { analyzerArn: arnOf(name, memory), resourceArn };
      }),
    },
    step("DeleteArchiveRule", (analyzerName) => ({ analyzerName, ruleName })),
    step("UntagResource", (name, memory) => ({ resourceArn: arnOf(name, memory), tagKeys: ["a"] })),
    step("DeleteAnalyzer", (analyzerName) => ({ analyzerName })),
  ],
};

async function allScanned(name: string, memory: Memory, send: Send): Promise<void> {
  await settled(send, "ListFindings", { analyzerArn: arnOf(name, memory) }, memory);
}
