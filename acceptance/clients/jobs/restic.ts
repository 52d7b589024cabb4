import { output, run } from "../../clients.ts";
import type { Place, Start } from "./bench.ts";

export const startRestic: Start<"restic"> = ({ gateway, certificate }) => {
  const init = ({ bucket, key }: Place, ...options: string[]) => {
    const env = { RESTIC_PASSWORD: "secret", RESTIC_REPOSITORY: `s3:${gateway.endpoint}/${bucket}/${key}` };
    const args = ["--cacert", certificate.cert, ...options, "init"];
    return output(run(gateway, "/usr/bin/restic", args, { keys: gateway.admin, env }));
  };
  return {
    storageClass: (place) => init(place, "-o", "s3.storage-class=STANDARD_IA"),
    underRetention: (place) => init(place),
  };
};
