import { environment, output } from "../../clients.ts";
import { startPythonProgram } from "../../python-program.ts";
import { file, foreign, md5, retainUntil, type Start } from "./bench.ts";

export const startS3cmd: Start<"s3cmd"> = async ({ gateway, kmsKey, env, atEnd }) => {
  const modules = ["S3.S3", "S3.FileLists", "dateutil.parser", "magic"];
  const program = await startPythonProgram("/usr/bin/s3cmd", modules, "forks");
  atEnd(() => program.stop());
  const call = { cwd: gateway.home, env: environment(gateway, { keys: gateway.admin, env }) };
  const s3cmd = (...args: string[]) => output(program.run(args, call));
  const put = ({ bucket, key }: { readonly bucket: string; readonly key: string }, ...options: string[]) =>
    s3cmd("put", ...options, file.name, `s3://${bucket}/${key}`);
  const lock = "--add-header=x-amz-object-lock";
  // S3 wants a checksum with a lock; s3cmd sends none by itself.
  const checksum = `--add-header=content-md5:${md5(file.text)}`;
  return {
    presignedGet: async ({ bucket, key }) => (await s3cmd("signurl", `s3://${bucket}/${key}`, "+60")).trim(),
    storageClass: (place) => put(place, "--storage-class=STANDARD_IA"),
    sseS3: (place) => put(place, "--server-side-encryption"),
    sseKms: (place) => put(place, "--server-side-encryption", `--server-side-encryption-kms-id=${kmsKey}`),
    retention: (place) => put(place, `${lock}-mode:GOVERNANCE`, `${lock}-retain-until-date:${retainUntil}`, checksum),
    legalHold: (place) => put(place, `${lock}-legal-hold:ON`, checksum),
    lifecycle: ({ bucket }) => s3cmd("expire", "--expiry-days=7", "--expiry-prefix=tmp/", `s3://${bucket}`),
    website: ({ bucket }) => s3cmd("ws-create", `s3://${bucket}`),
    payer: ({ bucket }) => s3cmd("payer", "--requester-pays", `s3://${bucket}`),
    asRequester: () => s3cmd("get", "--requester-pays", "--no-progress", `s3://${foreign.bucket}/${foreign.key}`, "-"),
    underRetention: (place) => put(place, checksum),
  };
};
