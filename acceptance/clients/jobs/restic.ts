import { output, run } from "../../clients.ts";
import type { Start } from "./bench.ts";

export const startRestic: Start<"restic"> = ({ gateway, certificate }) => ({
  underRetention({ bucket, key }) {
    const env = { RESTIC_PASSWORD: "secret", RESTIC_REPOSITORY: `s3:${gateway.endpoint}/${bucket}/${key}` };
    return output(
      run(gateway, "/usr/bin/restic", ["--cacert", certificate.cert, "init"], { keys: gateway.admin, env }),
    );
  },
});
