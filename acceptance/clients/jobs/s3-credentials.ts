import { cli, output } from "../../clients.ts";
import { file, type Start } from "./bench.ts";

export const startS3Credentials: Start<"s3-credentials"> = ({ gateway, certificate }) => {
  const options = {
    keys: gateway.admin,
    env: { AWS_CA_BUNDLE: certificate.cert },
    cwd: gateway.home,
  };
  const command = (...args: string[]) =>
    output(cli(gateway, [...args, "--silent", "--endpoint-url", gateway.endpoint], options));
  return {
    website: ({ bucket }) => command("create", bucket, "--create-bucket", "--website"),
    underRetention: ({ bucket, key }) => command("put-object", bucket, key, file.name),
  };
};
