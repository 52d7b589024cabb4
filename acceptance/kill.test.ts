import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFailed, test } from "vitest";
import { auditIndex, blobNames } from "../packages/gateway/test/audit-local-plane.ts";
import { seededRandom, testSeed } from "../packages/gateway/test/seeded-random.mjs";
import { operationTables } from "../packages/gateway/src/operations/table.ts";
import { eventKind } from "../packages/gateway/src/record/event-kind.ts";
import { cliHere } from "./clients.ts";
import { type RunningGateway, startGateway } from "./gateway.ts";
import { busyWriters, lifeWriters, lives } from "./writers/all-writers.ts";

const loops = Number(process.env["KILL_LOOPS"] ?? 2);

test(
  "kill -9 during writes loses nothing that was acknowledged, undoes no deletion and shows nothing half-written",
  { timeout: 240_000 + loops * 30_000 },
  async () => {
    onTestFailed(() => console.error(`the same choices and delays once more: TEST_SEED=${testSeed}`));
    const home = mkdtempSync(join(tmpdir(), "s3-credentials-kill-"));
    let gateway: RunningGateway | undefined;
    try {
      gateway = await startGateway({ home });
      const writers = [...busyWriters(3), ...lifeWriters()];
      for (const { writer } of writers) await writer.prepare(gateway);
      for (let loop = 0; loop < loops; loop += 1) {
        const running = gateway;
        const work = writers.flatMap(({ writer, workers }) =>
          Array.from({ length: workers }, (_, number) => writer.work(running, loop * workers + number, () => false)),
        );
        // However slow the machine is, each loop has written something of each kind before the kill.
        const before = writers.map(({ writer }) => writer.acknowledged());
        while (writers.some(({ writer }, at) => writer.acknowledged() <= (before[at] ?? 0))) await sleep(5);
        await sleep(seededRandom("kill", loop)(500));
        await gateway.stop("SIGKILL");
        await Promise.all(work);
        gateway = await startGateway({ home });
        if (loop % 4 !== 3 && loop !== loops - 1) continue;
        for (const { writer } of writers) await writer.check(gateway);
      }
      expect(await gateway.stop()).toBe(0);
      expect(await blobNames(gateway.dataDir)).toEqual(await auditIndex(gateway.dataDir));
      const checked = await cliHere({ home }, ["fsck", "--data", gateway.dataDir, "--read-bodies"]);
      expect(checked).toMatchObject({ code: 0 });
    } finally {
      await gateway?.stop("SIGKILL");
      rmSync(home, { recursive: true, force: true });
    }
  },
);

/** Operations that change something and are in no life, and why. */
const elsewhere: Readonly<Record<string, string>> = {
  // Documents of a bucket, each a column that one procedure writes, as that of PutBucketCors; and those that nobody can configure yet.
  "S3 OptionsObject": "nothing is stored",
  "S3 DeleteBucketAnalyticsConfiguration": "nothing is stored",
  "S3 DeleteBucketIntelligentTieringConfiguration": "nothing is stored",
  "S3 DeleteBucketInventoryConfiguration": "as PutBucketCors",
  "S3 DeleteBucketMetricsConfiguration": "nothing is stored",
  "S3 DeleteBucketReplication": "nothing is stored",
  "S3 PutBucketAccelerateConfiguration": "nothing is stored",
  "S3 PutBucketInventoryConfiguration": "as PutBucketCors",
  "S3 PutBucketLogging": "as PutBucketCors",
  "S3 PutBucketNotificationConfiguration": "as PutBucketCors",
  "S3 PostObject": "the write of PutObject, from a form",
  "S3 PutAccountPublicAccessBlock": "a row of the account, as CreateAccountAlias",
  "S3 DeleteAccountPublicAccessBlock": "a row of the account, as DeleteAccountAlias",
  "IAM ChangePassword": "the write of UpdateLoginProfile, by the user",
  "IAM DeactivateMFADevice": "a column of the device, as TagMFADevice",
  "IAM EnableMFADevice": "a column of the device, as TagMFADevice",
  "IAM ResyncMFADevice": "a column of the device, as TagMFADevice",
  "IAM GenerateCredentialReport": "a report that is made again",
  "STS AssumeRole": "the session is in its token; the list of sessions only tells of it",
  "STS AssumeRoleWithWebIdentity": "as AssumeRole",
  "STS GetFederationToken": "as AssumeRole",
  "STS GetSessionToken": "as AssumeRole",
  "Organizations CreateAccount": "account-creation-crashes.test.ts",
  "Organizations CloseAccount": "a column of the account, as PutAccountName",
  "Organizations MoveAccount": "nothing is stored: there is one place",
  "Organizations EnablePolicyType": "a column of the organization, as PutAccountName",
  "Organizations DisablePolicyType": "a column of the organization, as PutAccountName",
  "Account PutAccountName": "one row, as CreateAccountAlias",
  "Access-Analyzer ApplyArchiveRule": "access-analyzer.test.ts",
  "Access-Analyzer CreateAnalyzer": "access-analyzer.test.ts",
  "Access-Analyzer CreateArchiveRule": "one row, as CreateAccountAlias",
  "Access-Analyzer DeleteAnalyzer": "access-analyzer.test.ts",
  "Access-Analyzer DeleteArchiveRule": "one row, as DeleteAccountAlias",
  "Access-Analyzer StartResourceScan": "access-analyzer.test.ts",
  "Access-Analyzer TagResource": "one row, as TagPolicy",
  "Access-Analyzer UntagResource": "one row, as UntagPolicy",
  "Access-Analyzer UpdateAnalyzer": "one row, as UpdateRole",
  "Access-Analyzer UpdateArchiveRule": "one row, as UpdateRole",
  "Access-Analyzer UpdateFindings": "access-analyzer.test.ts",
  "s3-credentials AdoptBucket": "migrate.test.ts",
  "s3-credentials EndBucketMove": "migrate.test.ts",
  "s3-credentials MoveBucket": "migrate.test.ts",
  "s3-credentials ReleaseBucket": "migrate.test.ts",
  "s3-credentials PutAccountQuota": "one row, as CreateAccountAlias",
  "s3-credentials PutBucketQuota": "one row, as CreateAccountAlias",
  "s3-credentials RevokeSessions": "many-gateways-fire.test.ts",
  "s3-credentials RotateKeyring": "one row, as CreateAccountAlias",
};

test("every operation that changes something is in a life that is cut off, or it is said why not", () => {
  const changing = Object.entries(operationTables).flatMap(([service, table]) =>
    Object.entries(table)
      .filter(([, row]) => !("notImplemented" in row))
      .map(([operation]) => ({ name: `${service} ${operation}`, ...eventKind(service.toLowerCase(), operation) }))
      .filter(({ readOnly, showsAnswer }) => !readOnly || showsAnswer)
      .map(({ name }) => name),
  );
  const lived = lives.flatMap(({ service, steps }) => steps.map(({ operation }) => `${service} ${operation}`));
  expect(changing.filter((name) => !lived.includes(name) && elsewhere[name] === undefined)).toEqual([]);
  expect(lived.filter((name) => !changing.includes(name) || elsewhere[name] !== undefined)).toEqual([]);
});
