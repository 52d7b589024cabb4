import { CommandError } from "../command-line/failures.ts";

/** What a command may need of a service beyond S3 itself. */
export type Capability =
  | "users"
  | "roles"
  | "managed-policies"
  | "boundaries"
  | "session-tags"
  | "source-identity"
  | "self-sessions"
  | "revocation"
  | "key-status"
  | "ownership"
  | "session-list"
  | "keyring"
  | "adopted-buckets"
  | "quotas";

export interface Provider {
  /** The name for people. */
  readonly title: string;
  /** For every capability it lacks: why, and what to do instead. */
  readonly lacks: Readonly<Partial<Record<Capability, string>>>;
  /** The role of temporary credentials when none is named. */
  readonly defaultRole: "own" | "self";
  /** Who the caller is: asked of STS, or read from the owner of a list of buckets where STS does not say. */
  readonly callerFrom: "sts" | "bucket-owner";
  /** Where the users are when IAM has none. */
  readonly usersFrom?: "ceph-admin";
  /** The service deletes a user together with its access keys, or refuses and keeps all of them. */
  readonly keysGoWithUser?: true;
  /** Endpoints when none are given. */
  readonly endpoints?: (region: string) => { readonly s3: string; readonly iam: string; readonly sts: string };
}

const ownWay = (tool: string): string => `make users with ${tool}; for scoped keys use --duration`;

/** What only the gateway has. */
const noSessions = {
  quotas: "a service of its own limits what is stored there; --local asks the gateway of this machine",
  "adopted-buckets": "only a gateway has engines behind it; --local asks the gateway of this machine",
  "session-list":
    "it keeps no list of sessions; `revoke` ends those of a user or role by policy; --local asks the gateway of this machine",
  keyring: "the keys that seal its sessions are its own; --local asks the gateway of this machine",
} as const;

/**
 * What each service has been seen, or documents itself, to lack.
 * MinIO: https://min.io/docs/minio/linux/developers/security-token-service/AssumeRole.html · 4EVERLAND:
 * https://docs.4everland.org/storage/bucket/s3-api-guides · Ceph: https://docs.ceph.com/en/pacific/radosgw/STS/ and
 * https://docs.ceph.com/en/pacific/radosgw/adminops/ · Wasabi: https://docs.wasabi.com/apidocs/iam-and-sts-support
 */
export const providers = {
  aws: {
    title: "AWS",
    lacks: { "self-sessions": "AssumeRole needs a role; leave out --role self", ...noSessions },
    defaultRole: "own",
    callerFrom: "sts",
  },
  local: { title: "the local gateway", lacks: {}, defaultRole: "own", callerFrom: "sts" },
  minio: {
    title: "MinIO",
    lacks: {
      users: `it has no IAM API for users; ${ownWay("`mc admin user add`")}`,
      roles: "it has no roles: AssumeRole cuts down the caller's own rights; leave out --role",
      "session-tags": "its sessions have no tags; leave out --tag",
      "source-identity": "its sessions have no source identity; leave out --source-identity",
      ...noSessions,
    },
    defaultRole: "self",
    callerFrom: "sts",
  },
  "4everland": {
    title: "4EVERLAND",
    lacks: {
      users: `it has no IAM API for users; ${ownWay("its dashboard")}`,
      roles: "it has no roles: AssumeRole cuts down the caller's own rights; leave out --role",
      "session-tags": "its sessions have no tags; leave out --tag",
      "source-identity": "its sessions have no source identity; leave out --source-identity",
      ...noSessions,
    },
    defaultRole: "self",
    callerFrom: "sts",
    endpoints: () => ({
      s3: "https://endpoint.4everland.co",
      iam: "https://endpoint.4everland.co",
      sts: "https://endpoint.4everland.co",
    }),
  },
  ceph: {
    title: "Ceph",
    lacks: {
      "managed-policies": "its roles have inline policies only",
      boundaries: "its users have no permissions boundary",
      "key-status": "Ceph cannot turn a key off",
      ownership: "the owner of a bucket may do everything there, whatever policies say; explain policies from files",
      revocation: "its policies cannot check when a session was issued; delete the role, or let the sessions end",
      "self-sessions": "AssumeRole needs a role; leave out --role self",
      "session-tags": "its sessions have no tags; leave out --tag",
      "source-identity": "its sessions have no source identity; leave out --source-identity",
      ...noSessions,
    },
    defaultRole: "own",
    callerFrom: "bucket-owner",
    usersFrom: "ceph-admin",
    keysGoWithUser: true,
  },
  wasabi: {
    title: "Wasabi",
    lacks: {
      boundaries: "its users have no permissions boundary",
      "self-sessions": "AssumeRole needs a role; leave out --role self",
      "session-tags": "its sessions have no tags; leave out --tag",
      "source-identity": "its sessions have no source identity; leave out --source-identity",
      ...noSessions,
    },
    defaultRole: "own",
    callerFrom: "sts",
    endpoints: (region) => ({
      s3: region === "us-east-1" ? "https://s3.wasabisys.com" : `https://s3.${region}.wasabisys.com`,
      iam: "https://iam.wasabisys.com",
      sts: "https://sts.wasabisys.com",
    }),
  },
} as const satisfies Record<string, Provider>;

export type ProviderName = keyof typeof providers;

export const providerNames = Object.keys(providers) as readonly ProviderName[];

export function providerNamed(name: string): Provider {
  const found = providerNames.find((known) => known === name);
  if (found === undefined) throw new CommandError(`no provider ${name}; there are ${providerNames.join(", ")}`);
  return providers[found];
}

/** Reports, before anything is done, that the service cannot do it, and what can be done instead. */
export function need(provider: Provider, capability: Capability, what: string): void {
  const reason = provider.lacks[capability];
  if (reason !== undefined) throw new CommandError(`${provider.title} cannot ${what}: ${reason}`);
}
