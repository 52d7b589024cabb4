import type { Context } from "../command-line/context.ts";
import type { Command, CommandDefinition, Invocation } from "../command-line/definition.ts";

const definition = {
  name: "serve",
  summary: "Run the gateway: an S3, IAM and STS endpoint on this machine that enforces policies",
  arguments: [],
  options: [
    { name: "host", value: "HOST", summary: "address to listen on (127.0.0.1)" },
    { name: "port", value: "PORT", summary: "port to listen on, 0 for any free one (9000)" },
    {
      name: "tls-cert",
      value: "FILE",
      summary: "serve only HTTPS: certificate chain, PEM; read again when it changes",
    },
    { name: "tls-key", value: "FILE", summary: "its private key, PEM" },
    { name: "data", value: "DIR", summary: "data folder ($XDG_DATA_HOME/s3-credentials)" },
    {
      name: "min-free-space",
      value: "SIZE",
      summary: "free space that object writes leave: bytes, MiB, GiB or % (the larger of 1% and 256MiB)",
    },
    { name: "domain", value: "NAME", summary: "domain of virtual hosts BUCKET.NAME, repeatable (localhost)" },
    { name: "region", value: "REGION", summary: "region of the gateway (us-east-1)" },
    { name: "account-id", value: "ID", summary: "12 digits; the account made on the first start (random)" },
    {
      name: "apis",
      value: "LIST",
      summary: "services to answer (s3,iam,sts,organizations,cloudtrail,account,access-analyzer,s3-credentials)",
    },
    {
      name: "quota",
      value: "NAME=N",
      summary: "how many each account may have, repeatable (users=5000,groups=300,roles=1000,policies=1500)",
    },
    { name: "strict-region", summary: "refuse signatures made for another region, or for none" },
    { name: "no-sigv2", summary: "refuse presigned URLs of Signature Version 2" },
    { name: "trusted-proxy", value: "CIDR", summary: "believe X-Forwarded-For from here, repeatable" },
    { name: "max-connections", value: "N", summary: "open connections in all (4096, or what the system allows)" },
    { name: "max-connections-per-address", value: "N", summary: "open connections of one client (a quarter of all)" },
    { name: "max-requests-per-caller", value: "N", summary: "requests of one caller that run at a time (64)" },
    {
      name: "max-rate-per-caller",
      value: "N",
      summary: "requests that one caller may begin in a second (no limit)",
    },
    { name: "workers", value: "N", summary: "processes that answer requests; 1: one process does everything (1)" },
    { name: "console-port", value: "PORT", summary: "serve the web console on this port (no console)" },
    { name: "console-host", value: "HOST", summary: "address of the console (127.0.0.1)" },
    {
      name: "console-origin",
      value: "URL",
      summary: "how browsers reach the console (the address it listens on)",
    },
    { name: "console-tls-cert", value: "FILE", summary: "certificate chain of the console, PEM" },
    { name: "console-tls-key", value: "FILE", summary: "its private key, PEM" },
    { name: "console-insecure", summary: "let the console use plain HTTP beyond this machine" },
    {
      name: "console-oidc",
      value: "FILE",
      summary: "identity providers by which people sign in to the console, JSON",
    },
    { name: "s3-origin", value: "URL", summary: "how browsers reach S3, for links (the address it listens on)" },
    {
      name: "website-port",
      value: "PORT",
      summary: "serve buckets that are websites to browsers on this port (nowhere)",
    },
    { name: "website-host", value: "HOST", summary: "address of these (127.0.0.1)" },
    { name: "website-domain", value: "NAME", summary: "a bucket's website is at BUCKET.NAME, repeatable (localhost)" },
    {
      name: "website-paths",
      summary: "under other hosts, it is at /BUCKET/ (the host is the bucket's name)",
    },
    {
      name: "website-origin",
      value: "URL",
      summary: "how browsers reach the first NAME, for links: http://sites.example.com (the port it listens on)",
    },
    { name: "encrypt", summary: "encrypt objects of every bucket that sets no encryption (SSE-S3)" },
    {
      name: "kms-key",
      value: "NAME=FILE",
      summary: "32 bytes: the key alias/NAME of SSE-KMS, repeatable; aws/s3 is that of requests that name none",
    },
    { name: "data-events", summary: "record every call on objects; without it, those that were denied" },
    { name: "event-age", value: "DAYS", summary: "how long events are kept, in days (90)" },
    {
      name: "event-size",
      value: "SIZE",
      summary: "how much is kept of management events, and of data events: MiB, GiB (1GiB)",
    },
    { name: "upstream", value: "URL", summary: "S3 engine behind the gateway, which keeps the objects of new buckets" },
    {
      name: "upstream-credentials",
      value: "FILE",
      summary: "the gateway's keys for it, INI or JSON; read again when it changes",
    },
    { name: "upstream-region", value: "REGION", summary: "its region (us-east-1)" },
    { name: "upstream-ca", value: "FILE", summary: "certificate authorities to trust for it, PEM" },
    {
      name: "upstream-prefix",
      value: "PREFIX",
      summary: "what its bucket names begin with; {account}: the bucket's account",
    },
    {
      name: "upstream-style",
      value: "STYLE",
      summary: "path, or virtual: the bucket is in the host name (path)",
    },
    { name: "upstream-probe", value: "BUCKET", summary: "its bucket for trying what it can do (a new one)" },
    { name: "upstreams", value: "FILE", summary: "several engines, and which buckets they keep, JSON" },
    { name: "allow-missing-upstreams", summary: "start although buckets are on upstreams that are not given" },
    {
      name: "database",
      value: "URL",
      summary: "PostgreSQL that gateways share, postgres://USER@HOST/NAME; needs an engine (the data folder)",
    },
    {
      name: "database-password-file",
      value: "FILE",
      summary: "the user's password, mode 0600; read again for each connection ($PGPASSFILE)",
    },
    { name: "database-ca", value: "FILE", summary: "certificate authorities to trust for it, PEM" },
    {
      name: "lease",
      value: "SECONDS",
      summary: "how long a gateway that is cut off may hold up changes of rights (5)",
    },
    {
      name: "oidc-allow",
      value: "HOST",
      summary: "ask issuers here for keys too, repeatable: HOST[:PORT] or CIDR (only public addresses)",
    },
    {
      name: "oidc-ca",
      value: "FILE",
      summary: "certificate authorities to trust for these issuers, PEM; read again for each",
    },
    {
      name: "notification-targets",
      value: "FILE",
      summary: "webhooks and files that buckets may send their events to, and whose buckets, JSON",
    },
    { name: "metrics-port", value: "PORT", summary: "serve /metrics, /healthz and /readyz on this port (nowhere)" },
    { name: "metrics-host", value: "HOST", summary: "address of these (127.0.0.1)" },
    {
      name: "otlp-endpoint",
      value: "URL",
      summary: "send traces to this collector, OTLP over HTTP ($OTEL_EXPORTER_OTLP_ENDPOINT, or none)",
    },
    { name: "trust-traceparent", summary: "go on in the trace that a client's traceparent header names" },
    {
      name: "drain-delay",
      value: "SECONDS",
      summary: "go on serving so long when told to stop, while /readyz says 503 (0)",
    },
    {
      name: "drain-timeout",
      value: "SECONDS",
      summary: "how long requests under way may take after that (10)",
    },
    { name: "log-level", value: "LEVEL", summary: "silent, fatal, error, warn, info, debug (info)" },
  ],
  service: false,
  passthrough: true,
  handlesInterrupt: true,
  example: "s3-credentials serve --port 9000 --data ./data",
} as const satisfies CommandDefinition;

async function run(context: Context, { positionals }: Invocation): Promise<number> {
  const { runGateway } = await import("@s3-credentials/gateway");
  return runGateway(positionals, context.env);
}

export const serve: Command = { definition, run };
