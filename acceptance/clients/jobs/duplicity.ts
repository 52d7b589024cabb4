import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { environment, output } from "../../clients.ts";
import { startPythonProgram } from "../../python-program.ts";
import { file, type Place, type Start } from "./bench.ts";

export const startDuplicity: Start<"duplicity"> = async ({ gateway, kmsKey, env, atEnd }) => {
  const folder = join(gateway.home, "for-duplicity");
  mkdirSync(folder);
  writeFileSync(join(folder, file.name), file.text);
  const program = await startPythonProgram("/usr/bin/duplicity", ["boto3", "botocore.session", "s3transfer"], "forks");
  atEnd(() => program.stop());
  const call = { cwd: gateway.home, env: environment(gateway, { keys: gateway.admin, env }) };
  const backUp = ({ bucket, key }: Place, ...options: string[]) => {
    const place = ["--s3-endpoint-url", gateway.endpoint, folder, `boto3+s3://${bucket}/${key}`];
    return output(program.run(["full", "--no-encryption", ...options, ...place], call));
  };
  return {
    storageClass: (place) => backUp(place, "--s3-use-ia"),
    sseS3: (place) => backUp(place, "--s3-use-server-side-encryption"),
    sseKms: (place) => backUp(place, "--s3-use-server-side-kms-encryption", `--s3-kms-key-id=${kmsKey}`),
    underRetention: (place) => backUp(place),
  };
};
