import type { Config, WebsiteConfig } from "./config.ts";
import { parseOrigin, UsageError } from "./parse-console-config.ts";

/** Where buckets are served as websites. */
export const websiteOptions = {
  "website-port": {
    type: "string",
    value: "PORT",
    summary: "serve buckets that are websites to browsers on this port (nowhere)",
  },
  "website-host": { type: "string", value: "HOST", summary: "address of these (127.0.0.1)" },
  "website-domain": {
    type: "string",
    multiple: true,
    value: "NAME",
    summary: "a bucket's website is at BUCKET.NAME, repeatable (localhost)",
  },
  "website-paths": { type: "boolean", summary: "under other hosts, it is at /BUCKET/ (the host is the bucket's name)" },
  "website-origin": {
    type: "string",
    value: "URL",
    summary: "how browsers reach the first NAME, for links: http://sites.example.com (the port it listens on)",
  },
} as const;

type WebsiteValues = {
  readonly [Option in Exclude<keyof typeof websiteOptions, "website-domain" | "website-paths">]?: string | undefined;
} & { readonly "website-domain"?: readonly string[] | undefined; readonly "website-paths"?: boolean | undefined };

interface Parsers {
  readonly port: (option: "website-port", text: string) => number;
  readonly domain: (option: "website-domain", text: string) => string;
}

/** Undefined without `--website-port`: websites are kept and not served then. */
export function parseWebsite(
  values: WebsiteValues,
  { services }: Pick<Config, "services">,
  parsers: Parsers,
): WebsiteConfig | undefined {
  const { "website-port": port, "website-host": host = "127.0.0.1" } = values;
  if (port === undefined) {
    const lonely = Object.keys(websiteOptions).find((name) => values[name as keyof WebsiteValues] !== undefined);
    if (lonely !== undefined) throw new UsageError(`--${lonely} needs a port for websites; add --website-port 9080`);
    return undefined;
  }
  if (host === "") throw new UsageError("--website-host is empty; give an address such as 127.0.0.1");
  if (!services.has("s3"))
    throw new UsageError("--website-port serves buckets, and --apis leaves S3 out; add s3 to it");
  return {
    host,
    port: parsers.port("website-port", port),
    domains: (values["website-domain"] ?? ["localhost"]).map((name) => parsers.domain("website-domain", name)),
    paths: values["website-paths"] ?? false,
    origin: parseOrigin("website-origin", values["website-origin"]),
  };
}
