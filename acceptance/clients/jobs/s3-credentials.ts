import { DeleteBucketCommand } from "@aws-sdk/client-s3";
import { cli, output } from "../../clients.ts";
import type { Start } from "./bench.ts";

export const startS3Credentials: Start<"s3-credentials"> = ({ gateway, certificate, witness }) => ({
  async website({ bucket }) {
    await witness.send(new DeleteBucketCommand({ Bucket: bucket })); // it makes websites of its own buckets alone
    const args = ["create", bucket, "--create-bucket", "--website", "--silent", "--endpoint-url", gateway.endpoint];
    const env = { NODE_EXTRA_CA_CERTS: certificate.cert };
    return output(cli(gateway, args, { keys: gateway.admin, env }));
  },
});
