import { output, run } from "../../clients.ts";
import { file, foreign, type Place, type Start } from "./bench.ts";

export const startRclone: Start<"rclone"> = ({ gateway, certificate, kmsKey, customerKey }) => {
  const rclone = (...args: string[]) =>
    output(
      run(gateway, "/usr/bin/rclone", ["--ca-cert", certificate.cert, "--s3-no-check-bucket", ...args], {
        keys: gateway.admin,
        cwd: gateway.home,
      }),
    );
  const at = ({ bucket, key }: Pick<Place, "bucket" | "key">) => `gateway:${bucket}/${key}`;
  const put = (place: Place, ...options: string[]) => rclone(...options, "copyto", file.name, at(place));
  return {
    presignedGet: async (place) => (await rclone("link", "--expire", "1h", at(place))).trim(),
    storageClass: (place) => put(place, "--s3-storage-class", "STANDARD_IA"),
    sseS3: (place) => put(place, "--s3-server-side-encryption", "AES256"),
    sseKms: (place) => put(place, "--s3-server-side-encryption", "aws:kms", "--s3-sse-kms-key-id", kmsKey),
    async sseC(place) {
      const own = ["--s3-sse-customer-algorithm", "AES256", "--s3-sse-customer-key", customerKey];
      await put(place, ...own);
      return rclone(...own, "cat", at(place));
    },
    asRequester: () => rclone("--s3-requester-pays", "cat", at(foreign)),
    // It does not find an old version that is below a folder by its path.
    oldVersion: ({ bucket, key }) =>
      rclone("--s3-versions", "cat", "--include", "*-v*", `gateway:${bucket}/${key.split("/")[0] ?? ""}`),
    underRetention: (place) => put(place),
  };
};
