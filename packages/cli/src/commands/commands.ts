import type { Command } from "../command-line/definition.ts";

/** Every command by its name, in the order help shows them; each is loaded with what it needs when it is called. */
const loaders = {
  create: async () => (await import("./create.ts")).create,
  "create-role": async () => (await import("./create-role.ts")).createRole,
  policy: async () => (await import("./policy.ts")).policy,
  "validate-policy": async () => (await import("./validate-policy.ts")).validatePolicy,
  "describe-policy": async () => (await import("./describe-policy.ts")).describePolicy,
  "compare-policies": async () => (await import("./compare-policies.ts")).comparePolicies,
  "check-access": async () => (await import("./check-access.ts")).checkAccess,
  "check-public": async () => (await import("./check-public.ts")).checkPublic,
  explain: async () => (await import("./explain.ts")).explain,
  "access-map": async () => (await import("./access-map.ts")).accessMap,
  verify: async () => (await import("./verify.ts")).verify,
  exec: async () => (await import("./exec.ts")).exec,
  whoami: async () => (await import("./whoami.ts")).whoami,
  account: async () => (await import("./account.ts")).account,
  export: async () => (await import("./export.ts")).exportCommand,
  apply: async () => (await import("./apply.ts")).apply,
  "access-report": async () => (await import("./access-report.ts")).accessReport,
  "list-users": async () => (await import("./list-users.ts")).listUsers,
  "list-roles": async () => (await import("./list-roles.ts")).listRoles,
  "list-user-policies": async () => (await import("./list-user-policies.ts")).listUserPolicies,
  "delete-user": async () => (await import("./delete-user.ts")).deleteUser,
  "delete-role": async () => (await import("./delete-role.ts")).deleteRole,
  "list-credentials": async () => (await import("./list-credentials.ts")).listCredentials,
  "list-keys": async () => (await import("./list-keys.ts")).listKeys,
  "delete-key": async () => (await import("./delete-key.ts")).deleteKey,
  "rotate-key": async () => (await import("./rotate-key.ts")).rotateKey,
  revoke: async () => (await import("./revoke.ts")).revoke,
  sessions: async () => (await import("./sessions.ts")).sessions,
  expire: async () => (await import("./expire.ts")).expire,
  "list-buckets": async () => (await import("./list-buckets.ts")).listBuckets,
  "list-bucket": async () => (await import("./list-bucket.ts")).listBucket,
  "put-object": async () => (await import("./put-object.ts")).putObject,
  "put-objects": async () => (await import("./put-objects.ts")).putObjects,
  "get-object": async () => (await import("./get-object.ts")).getObject,
  "get-objects": async () => (await import("./get-objects.ts")).getObjects,
  "delete-objects": async () => (await import("./delete-objects.ts")).deleteObjects,
  "set-cors-policy": async () => (await import("./set-cors-policy.ts")).setCorsPolicy,
  "get-cors-policy": async () => (await import("./get-cors-policy.ts")).getCorsPolicy,
  "set-bucket-policy": async () => (await import("./set-bucket-policy.ts")).setBucketPolicy,
  "get-bucket-policy": async () => (await import("./get-bucket-policy.ts")).getBucketPolicy,
  "set-public-access-block": async () => (await import("./set-public-access-block.ts")).setPublicAccessBlock,
  "get-public-access-block": async () => (await import("./get-public-access-block.ts")).getPublicAccessBlock,
  "debug-bucket": async () => (await import("./debug-bucket.ts")).debugBucket,
  "adopt-bucket": async () => (await import("./adopt-bucket.ts")).adoptBucket,
  "release-bucket": async () => (await import("./release-bucket.ts")).releaseBucket,
  quota: async () => (await import("./quota.ts")).quota,
  migrate: async () => (await import("./migrate.ts")).migrate,
  events: async () => (await import("./events.ts")).events,
  localserver: async () => (await import("./localserver.ts")).localserver,
  completion: async () => (await import("./completion.ts")).completionOf(allCommands),
  console: async () => (await import("./console.ts")).console,
  serve: async () => (await import("./serve.ts")).serve,
  keyring: async () => (await import("./keyring.ts")).keyring,
  "migrate-directory": async () => (await import("./migrate-directory.ts")).migrateDirectory,
  backup: async () => (await import("./backup.ts")).backup,
  recover: async () => (await import("./recover.ts")).recover,
  fsck: async () => (await import("./fsck.ts")).fsck,
} as const satisfies Record<string, () => Promise<Command>>;

type CommandName = keyof typeof loaders;

const commandNames = Object.keys(loaders) as readonly CommandName[];

export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(loaders, name);
}

export function loadCommand(name: CommandName): Promise<Command> {
  return loaders[name]();
}

/** For help and the reference pages. */
export function allCommands(): Promise<readonly Command[]> {
  return Promise.all(commandNames.map(loadCommand));
}
