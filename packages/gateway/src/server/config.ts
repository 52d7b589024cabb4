import type { Abilities } from "../data-planes/upstream/abilities.ts";
import type { AccountQuotas } from "../ports/identity-store.ts";
import type { SpaceFloor } from "../ports/disk-space.ts";
import type { Service } from "../authn/request.ts";
import type { AddressRanges } from "../http/cidr.ts";
import type { WebhookSettings } from "../notifications/webhook.ts";
import type { KmsKeyFile } from "./kms-key-files.ts";
import type { TlsFileNames } from "./tls-files.ts";

export const logLevels = ["silent", "fatal", "error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof logLevels)[number];

/** All a gateway needs to know before it starts; nothing else reads the environment. */
export interface Config {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Undefined: plain HTTP. */
  readonly tls: TlsFileNames | undefined;
  readonly dataDir: string;
  /** Where every running gateway of this user says that it runs. */
  readonly stateFolder: string;
  /** `BUCKET.DOMAIN` is a virtual host; lower case, none empty. */
  readonly domains: readonly string[];
  readonly region: string;
  /** Only for the first start of a data folder; random when absent. */
  readonly accountId: string | undefined;
  readonly services: ReadonlySet<Service>;
  /** How many users, groups, roles and policies each account may have. */
  readonly quotas: AccountQuotas;
  /** Only signatures for `region` are accepted. */
  readonly strictRegion: boolean;
  /** Presigned URLs of Signature Version 2 are accepted. */
  readonly sigv2: boolean;
  /** Whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. */
  readonly trustedProxies: AddressRanges;
  /** Connections in all; undefined: as many as the system's limit of open files allows, within reason. */
  readonly maxConnections: number | undefined;
  /** Connections of one client address; undefined: a quarter of all. */
  readonly maxConnectionsPerAddress: number | undefined;
  /** Requests of one caller that run at a time; some more wait. */
  readonly maxRequestsPerCaller: number;
  /** Requests that one caller may begin in a second; undefined: as many as it likes. */
  readonly maxRatePerCaller: number | undefined;
  /** Processes that answer requests; 1: the process that holds the data folder. */
  readonly workers: number;
  readonly logLevel: LogLevel;
  /** Where whoever watches the gateway asks how it is; undefined: nowhere. 0: any free port. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
  /** Where traces go, by OTLP over HTTP; undefined: there are none. */
  readonly tracing: TracingConfig | undefined;
  /** How long the gateway serves on after it was told to stop, ms: until others have noticed that it leaves. */
  readonly drainDelay: number;
  /** How long requests under way may take after that, ms. */
  readonly drainTimeout: number;
  /** How clients reach S3, for links; undefined: at the address it listens on. */
  readonly s3Origin: string | undefined;
  /** The web console; undefined: there is none. */
  readonly console: ConsoleConfig | undefined;
  /** Where buckets are served as websites; undefined: nowhere. */
  readonly website: WebsiteConfig | undefined;
  /** SSE-S3 is the default of every bucket that sets none. */
  readonly encrypts: boolean;
  readonly kmsKeys: readonly KmsKeyFile[];
  /** What object writes leave free on the disk of the data folder. */
  readonly minFreeSpace: SpaceFloor;
  /** Every call on objects is recorded; otherwise only those that were denied. */
  readonly dataEvents: boolean;
  /** How long events are kept, ms. */
  readonly eventAge: number;
  /** Bytes of events that are kept, of management events and of data events each. */
  readonly eventSize: number;
  readonly oidc: OidcConfig;
  /** Where the directory and the record are; undefined: in the data folder. */
  readonly database: DatabaseConfig | undefined;
  /** Engines behind the gateway; undefined: every bucket is in the data folder. */
  readonly upstreams: UpstreamsConfig | undefined;
  /** A file of targets for the events of buckets; undefined: there are none. */
  readonly notificationTargets: string | undefined;
  /** The gateway starts although buckets are on upstreams that are not given. */
  readonly allowsMissingUpstreams: boolean;
}

/** A PostgreSQL. It has no password: that stays in its file. */
export interface DatabasePlace {
  /** A name, an address, or the folder of a socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Undefined: plain, which is for this machine alone. `ca`: a file of certificates in PEM; undefined: the authorities that Node trusts. */
  readonly tls: { readonly ca: string | undefined } | undefined;
  /** Undefined: `passFile` has the password, if the server asks for one. */
  readonly passwordFile: string | undefined;
  /** As PostgreSQL's own programs read it. */
  readonly passFile: string;
}

/** A PostgreSQL that many gateways share. */
export interface DatabaseConfig extends DatabasePlace {
  /** ms. */
  readonly lease: number;
}

/** Issuers of tokens that are not on the public network. */
export interface OidcConfig {
  /** `HOST` or `HOST:PORT`, lower case, without brackets. */
  readonly hosts: readonly string[];
  /** Address ranges as they were given. */
  readonly ranges: readonly string[];
  /** A file of certificates in PEM; undefined: the authorities that Node trusts. */
  readonly ca: string | undefined;
}

export interface ConsoleConfig {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** `https://console.example.com`: the only origin browsers use; undefined: the address it listens on. */
  readonly origin: string | undefined;
  readonly tls: TlsFileNames | undefined;
  /** Plain HTTP beyond this machine is accepted. */
  readonly insecure: boolean;
  /** A file of identity providers that it offers; undefined: it offers none. */
  readonly oidc: string | undefined;
}

export interface WebsiteConfig {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** `BUCKET.DOMAIN` is the website of a bucket; lower case, none empty, one at least. */
  readonly domains: readonly string[];
  /** Under any other host the path begins with the bucket; otherwise such a host is the bucket's name. */
  readonly paths: boolean;
  /** How browsers reach the first domain, for links; undefined: at the port it listens on. */
  readonly origin: string | undefined;
}

export interface TracingConfig {
  /** `http://127.0.0.1:4318/v1/traces` */
  readonly url: string;
  /** A request goes on in the trace that its `traceparent` names. */
  readonly trustsTraceparent: boolean;
}

/** An S3 engine behind the gateway. It has no secrets: those stay in their file. */
export interface UpstreamSettings {
  readonly name: string;
  /** Scheme, host and port. */
  readonly url: string;
  readonly credentials: string;
  readonly region: string;
  /** A file of certificates in PEM; undefined: the authorities that Node trusts. */
  readonly ca: string | undefined;
  /** What the names of its buckets begin with; `{account}` is the id of the bucket's account. */
  readonly prefix: string;
  readonly style: "path" | "virtual";
  /** A bucket that is there for trying what the engine can do; undefined: one is made for that, and removed. */
  readonly probe: string | undefined;
  /** As they were found at the start; undefined: it could not be asked. */
  readonly abilities?: Abilities;
}

/** Where new buckets go: the first rule that fits. A rule without `name` or `account` fits every one. */
export interface HomeRule {
  /** `*` and `?` as in a shell. */
  readonly name: string | undefined;
  readonly account: string | undefined;
  /** `local`, or the name of an upstream. */
  readonly home: string;
}

export interface UpstreamsSettings {
  readonly upstreams: readonly UpstreamSettings[];
  readonly buckets: readonly HomeRule[];
}

/** As it was given: `--upstream` and its companions, or `--upstreams`. */
export type UpstreamsConfig = UpstreamSettings | { readonly file: string };

/** Where buckets may send their events. It has secrets, so no worker gets it. */
export interface NotificationTarget {
  readonly name: string;
  /** Ids of the accounts whose buckets may. */
  readonly accounts: readonly string[] | "all";
  readonly to: FileTarget | WebhookTarget;
}

export interface FileTarget {
  readonly kind: "file";
  readonly path: string;
  /** Bytes that the file may have before it is put aside. */
  readonly maxBytes: number;
}

export interface WebhookTarget extends WebhookSettings {
  readonly kind: "webhook";
}
