import { readFileSync } from "node:fs";
import { join } from "node:path";
import { aws, output } from "../../clients.ts";
import { file, foreign, lifecycleRule, retainUntil, type Start } from "./bench.ts";

export const startAwsCli: Start<"AWS CLI"> = ({ gateway, env, kmsKey }) => {
  const cli = (...args: string[]) => output(aws(gateway, args, { keys: gateway.admin, env }));
  const s3 = (...args: string[]) => cli("s3", ...args);
  const s3api = (operation: string, bucket: string, ...args: string[]) =>
    cli("s3api", operation, "--bucket", bucket, ...args);
  const lifecycle = JSON.stringify({ Rules: [lifecycleRule] });
  const locked = ["--object-lock-mode", "GOVERNANCE", "--object-lock-retain-until-date", retainUntil];
  const retention = `Mode=GOVERNANCE,RetainUntilDate=${retainUntil}`;
  return {
    presignedGet: async ({ bucket, key }) => (await s3("presign", `s3://${bucket}/${key}`)).trim(),
    storageClass: ({ bucket, key }) => s3("cp", file.name, `s3://${bucket}/${key}`, "--storage-class", "STANDARD_IA"),
    sseS3: ({ bucket, key }) => s3("cp", file.name, `s3://${bucket}/${key}`, "--sse"),
    sseKms: ({ bucket, key }) =>
      s3("cp", file.name, `s3://${bucket}/${key}`, "--sse", "aws:kms", "--sse-kms-key-id", kmsKey),
    async sseC({ bucket, key }) {
      const own = ["--sse-c", "AES256", "--sse-c-key", "fileb://customer.key"];
      await s3("cp", file.name, `s3://${bucket}/${key}`, ...own);
      return s3("cp", `s3://${bucket}/${key}`, "-", ...own);
    },
    retention: ({ bucket, key }) => s3api("put-object", bucket, "--key", key, "--body", file.name, ...locked),
    laterRetention: ({ bucket, key }) => s3api("put-object-retention", bucket, "--key", key, "--retention", retention),
    legalHold: ({ bucket, key }) => s3api("put-object-legal-hold", bucket, "--key", key, "--legal-hold", "Status=ON"),
    bypass: ({ bucket, key, versionId }) =>
      s3api("delete-object", bucket, "--key", key, "--version-id", versionId, "--bypass-governance-retention"),
    lifecycle: ({ bucket }) =>
      s3api("put-bucket-lifecycle-configuration", bucket, "--lifecycle-configuration", lifecycle),
    website: ({ bucket }) => s3("website", `s3://${bucket}`, "--index-document", "index.html"),
    payer: ({ bucket }) =>
      s3api("put-bucket-request-payment", bucket, "--request-payment-configuration", "Payer=Requester"),
    asRequester: () => s3("cp", `s3://${foreign.bucket}/${foreign.key}`, "-", "--request-payer"),
    async oldVersion({ bucket, key, versionId }) {
      await s3api("get-object", bucket, "--key", key, "--version-id", versionId, "old.txt");
      return readFileSync(join(gateway.home, "old.txt"), "utf8");
    },
    bucketRetention: ({ bucket }) => {
      const Rule = { DefaultRetention: { Mode: "GOVERNANCE", Days: 1 } };
      const configuration = JSON.stringify({ ObjectLockEnabled: "Enabled", Rule });
      return s3api("put-object-lock-configuration", bucket, "--object-lock-configuration", configuration);
    },
    underRetention: ({ bucket, key }) => s3("cp", file.name, `s3://${bucket}/${key}`),
  };
};
