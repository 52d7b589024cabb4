import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { environment, output } from "../../clients.ts";
import { startPythonProgram } from "../../python-program.ts";
import { type Bench, file, foreign, lifecycleRule, retainUntil, type Start } from "./bench.ts";

/** One process for all jobs; every script prints what it read. */
const program = `
import datetime, os, sys
import boto3
from botocore.config import Config
exec(sys.argv[1], globals())
`;

export const startBoto3: Start<"boto3"> = async (bench) => {
  const { gateway, kmsKey, env } = bench;
  const path = join(gateway.home, "script.py");
  writeFileSync(path, program);
  const python = await startPythonProgram(path, ["boto3", "botocore.config"], "one process");
  bench.atEnd(() => python.stop());
  const made = environment(gateway, { keys: gateway.admin, env });
  const run = (source: string) => output(python.run([`${client(bench)}${source}`], { cwd: gateway.home, env: made }));
  const on = ({ bucket, key }: { readonly bucket: string; readonly key: string }) => `Bucket="${bucket}", Key="${key}"`;
  const put = (place: string, more: string) => run(`s3.put_object(${place}, Body=open("${file.name}", "rb"), ${more})`);
  const url = async (operation: string, { bucket, key }: { readonly bucket: string; readonly key: string }) =>
    (
      await run(`print(s3.generate_presigned_url("${operation}", Params={"Bucket": "${bucket}", "Key": "${key}"}))`)
    ).trim();
  const read = (of: string) => run(`print(s3.get_object(${of})["Body"].read().decode(), end="")`);
  const until = `datetime.datetime.fromisoformat("${retainUntil.replace("Z", "+00:00")}")`;
  return {
    presignedGet: (place) => url("get_object", place),
    presignedPut: (place) => url("put_object", place),
    storageClass: (place) => put(on(place), 'StorageClass="STANDARD_IA"'),
    sseS3: (place) => put(on(place), 'ServerSideEncryption="AES256"'),
    sseKms: (place) => put(on(place), `ServerSideEncryption="aws:kms", SSEKMSKeyId="${kmsKey}"`),
    async sseC(place) {
      const own = 'SSECustomerAlgorithm="AES256", SSECustomerKey=open("customer.key").read()';
      await put(on(place), own);
      return read(`${on(place)}, ${own}`);
    },
    retention: (place) => put(on(place), `ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=${until}`),
    laterRetention: (place) =>
      run(`s3.put_object_retention(${on(place)}, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": ${until}})`),
    legalHold: (place) => run(`s3.put_object_legal_hold(${on(place)}, LegalHold={"Status": "ON"})`),
    bypass: (place) =>
      run(`s3.delete_object(${on(place)}, VersionId="${place.versionId}", BypassGovernanceRetention=True)`),
    lifecycle: ({ bucket }) =>
      run(
        `s3.put_bucket_lifecycle_configuration(Bucket="${bucket}", LifecycleConfiguration={"Rules": [${JSON.stringify(lifecycleRule)}]})`,
      ),
    website: ({ bucket }) =>
      run(
        `s3.put_bucket_website(Bucket="${bucket}", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})`,
      ),
    payer: ({ bucket }) =>
      run(`s3.put_bucket_request_payment(Bucket="${bucket}", RequestPaymentConfiguration={"Payer": "Requester"})`),
    asRequester: () => read(`${on(foreign)}, RequestPayer="requester"`),
    oldVersion: (place) => read(`${on(place)}, VersionId="${place.versionId}"`),
    bucketRetention: ({ bucket }) =>
      run(
        `s3.put_object_lock_configuration(Bucket="${bucket}", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}})`,
      ),
    underRetention: (place) => run(`s3.put_object(${on(place)}, Body=open("${file.name}", "rb"))`),
  };
};

/** As the guide has it, with version 4 of the signature: presigned URLs would be of version 2. */
function client({ gateway }: Pick<Bench, "gateway">): string {
  return `s3 = boto3.client("s3", endpoint_url="${gateway.endpoint}", config=Config(signature_version="s3v4"))\n`;
}
