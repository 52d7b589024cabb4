import { chmodSync } from "node:fs";
import { join } from "node:path";
import { withinS3fs } from "../../s3fs.ts";
import { file, foreign, type Run, type Start } from "./bench.ts";

export const startS3fs: Start<"s3fs"> = ({ gateway, certificate, kmsKey }) => {
  const key = join(gateway.home, "customer.key");
  chmodSync(key, 0o600); // or s3fs does not read it
  const env = { CURL_CA_BUNDLE: certificate.cert };
  const inFolder = (bucket: string, skip: (why: string) => never, script: string, ...options: string[]) =>
    withinS3fs(gateway, { bucket, keys: gateway.admin, env, skip, options }, (sh) => sh(script));
  const write =
    (option: string): Run =>
    ({ bucket, key: path }, skip) =>
      inFolder(bucket, skip, `mkdir "${folderOf(path)}"; printf "${file.text}" > "${path}"; cat "${path}"`, option);
  return {
    storageClass: write("storage_class=standard_ia"),
    sseS3: write("use_sse"),
    sseKms: write(`use_sse=kmsid:${kmsKey}`),
    sseC: write(`use_sse=custom:${key}`),
    asRequester: (_place, skip) => inFolder(foreign.bucket, skip, `cat ${foreign.key}`, "requester_pays"),
    underRetention: write("enable_content_md5"),
  };
};

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf("/"));
}
