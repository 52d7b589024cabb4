import { output, run } from "../../clients.ts";
import { file, foreign, md5, type Place, retainUntil, type Start } from "./bench.ts";

export const startCurl: Start<"curl"> = (bench) => {
  const { gateway, certificate } = bench;
  const { accessKeyId, secretAccessKey } = gateway.admin;
  const url = ({ bucket, key }: { readonly bucket: string; readonly key?: string }, query = "") =>
    `${gateway.endpoint}/${bucket}${key === undefined ? "" : `/${key}`}${query}`;
  const headers = (all: Readonly<Record<string, string>>) =>
    Object.entries(all).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const unsignedBody = headers({ "x-amz-content-sha256": "UNSIGNED-PAYLOAD" });
  const signature = ["--aws-sigv4", "aws:amz:us-east-1:s3", "--user", `${accessKeyId}:${secretAccessKey}`];
  const always = ["--silent", "--fail-with-body", "--cacert", certificate.cert, ...signature, ...unsignedBody];
  const curl = (args: readonly string[], input = "") =>
    output(run(gateway, "/usr/bin/curl", [...always, ...args], { cwd: gateway.home, input }));
  const put = (place: Place, more: Readonly<Record<string, string>>) =>
    curl([...headers({ "content-md5": md5(file.text), ...more }), "-T", file.name, url(place)]);
  const putDocument = (at: string, xml: string) =>
    curl([...headers({ "content-md5": md5(xml) }), "-X", "PUT", "--data-binary", "@-", at], xml);
  const retention = `<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>${retainUntil}</RetainUntilDate></Retention>`;
  const rule =
    "<Rule><ID>old</ID><Status>Enabled</Status><Filter><Prefix>tmp/</Prefix></Filter><Expiration><Days>7</Days></Expiration></Rule>";
  return {
    storageClass: (place) => put(place, { "x-amz-storage-class": "STANDARD_IA" }),
    sseS3: (place) => put(place, { "x-amz-server-side-encryption": "AES256" }),
    retention: (place) =>
      put(place, { "x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": retainUntil }),
    laterRetention: (place) => putDocument(url(place, "?retention="), retention),
    legalHold: (place) => putDocument(url(place, "?legal-hold="), "<LegalHold><Status>ON</Status></LegalHold>"),
    bypass: (place) => {
      const agreed = headers({ "x-amz-bypass-governance-retention": "true" });
      return curl([...agreed, "-X", "DELETE", url(place, `?versionId=${place.versionId}`)]);
    },
    lifecycle: ({ bucket }) =>
      putDocument(url({ bucket }, "?lifecycle="), `<LifecycleConfiguration>${rule}</LifecycleConfiguration>`),
    website: ({ bucket }) =>
      putDocument(
        url({ bucket }, "?website="),
        "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>",
      ),
    payer: ({ bucket }) =>
      putDocument(
        url({ bucket }, "?requestPayment="),
        "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>",
      ),
    asRequester: () => curl([...headers({ "x-amz-request-payer": "requester" }), url(foreign)]),
    oldVersion: (place) => curl([url(place, `?versionId=${place.versionId}`)]),
    bucketRetention: ({ bucket }) =>
      putDocument(
        url({ bucket }, "?object-lock="),
        "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>",
      ),
    underRetention: (place) => put(place, {}),
  };
};
