import { signature, signingKey, type SigningKeys } from "@s3-credentials/protocol";
import type { Call } from "./pipeline-gateway.ts";

export interface FormOptions {
  /** Undefined: nobody signs the form, and it has no policy. */
  readonly keys?: SigningKeys | undefined;
  readonly fields?: Readonly<Record<string, string>>;
  /** Default: what `fields` has, and the bucket, exactly. */
  readonly conditions?: readonly unknown[];
  readonly file?: string | Buffer;
  readonly filename?: string;
  /** ms after now. */
  readonly expires?: number;
  readonly policy?: string;
  /** After the file. */
  readonly after?: Readonly<Record<string, string>>;
}

const boundary = "----form-of-a-test";

function part(name: string, value: string): string {
  return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
}

/** The fields that sign a form, as the SDKs make them. */
function signedFields(
  bucket: string,
  { keys, fields = {}, conditions, expires = 60_000, policy }: FormOptions,
): Readonly<Record<string, string>> {
  if (keys === undefined) return fields;
  const now = new Date();
  const amzDate = now.toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const scope = { date: amzDate.slice(0, 8), region: "us-east-1", service: "s3" };
  const own = {
    "x-amz-algorithm": "AWS4-HMAC-SHA256",
    "x-amz-credential": `${keys.accessKeyId}/${scope.date}/us-east-1/s3/aws4_request`,
    "x-amz-date": amzDate,
    ...(keys.sessionToken === undefined ? {} : { "x-amz-security-token": keys.sessionToken }),
  };
  const said = conditions ?? [{ bucket }, ...Object.entries(fields).map(([name, value]) => ({ [name]: value }))];
  const document = {
    expiration: new Date(now.getTime() + expires).toISOString(),
    conditions: [...said, ...Object.entries(own).map(([name, value]) => ({ [name]: value }))],
  };
  const text = policy ?? Buffer.from(JSON.stringify(document)).toString("base64");
  return {
    ...fields,
    ...own,
    policy: text,
    "x-amz-signature": signature(signingKey(keys.secretAccessKey, scope), text),
  };
}

/** A form as a browser sends it. */
export function formOf(bucket: string, options: FormOptions): Omit<Call, "keys"> & { readonly body: Buffer } {
  const { file = "file", filename = "name.txt", after = {} } = options;
  const fields = Object.entries(signedFields(bucket, options)).map(([name, value]) => part(name, value));
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${filename}"\r\nContent-Type: text/plain\r\n\r\n`;
  const last = Object.entries(after).map(([name, value]) => part(name, value));
  const body = Buffer.concat([
    Buffer.from(fields.join("") + head),
    Buffer.from(file),
    Buffer.from(`\r\n${last.join("")}--${boundary}--\r\n`),
  ]);
  return {
    method: "POST",
    target: `/${bucket}`,
    headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
    body,
  };
}
