import { type Life, keepKeys, keptKeys, readOf, refusalOf, type Send, type Step, step } from "./life.ts";

const sessions = ["role session", "web identity", "user session", "federation"] as const;

type Kind = (typeof sessions)[number];

/** Sessions as they are listed, without what differs between two of them. */
async function listed(send: Send, of: object): Promise<unknown> {
  const { Sessions } = (await send("s3-credentials", "ListSessions", of)) as { Sessions: Record<string, unknown>[] };
  return Sessions.map(({ Operation, PrincipalArn, State }) => ({ Operation, PrincipalArn, State }));
}

const inIam = (one: Step): Step => ({ service: "IAM", ...one });
const begin = (kind: Kind, operation: string, input: Step["input"]): Step => step(operation, input, keepKeys(kind));

const policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:GetFederationToken", Resource: "*" }],
});

/** What was acknowledged is listed and good; what was revoked is refused. */
const session: Life = {
  service: "STS",
  kind: "session-life",
  async prepare(_gateway, send, { issuer, token }) {
    const input = { Url: issuer, ClientIDList: ["sts.amazonaws.com"] };
    const { OpenIDConnectProviderArn } = await send("IAM", "CreateOpenIDConnectProvider", input);
    return new Map([
      ["provider", String(OpenIDConnectProviderArn)],
      ["token", token],
    ]);
  },
  async read(name, send, memory) {
    const lists = [];
    for (const of of [{ RoleName: name }, { UserName: name }]) lists.push(await listed(send, of).catch(refusalOf));
    const uses = [];
    for (const kind of sessions) {
      const keys = keptKeys(memory, kind);
      if (keys !== undefined) uses.push([kind, await readOf(send, "STS", "GetCallerIdentity", {}, keys)]);
    }
    return { lists, uses };
  },
  steps: [
    inIam(
      step(
        "CreateRole",
        (RoleName, memory) => ({
          RoleName,
          AssumeRolePolicyDocument: JSON.stringify({
            Version: "2012-10-17",
            Statement: [
              { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" },
              {
                Effect: "Allow",
                Principal: { Federated: memory.get("provider") },
                Action: "sts:AssumeRoleWithWebIdentity",
              },
            ],
          }),
        }),
        ({ Role }, memory) => void memory.set("role", (Role as { Arn: string }).Arn),
      ),
    ),
    begin("role session", "AssumeRole", (RoleSessionName, memory) => ({
      RoleArn: memory.get("role"),
      RoleSessionName,
    })),
    begin("web identity", "AssumeRoleWithWebIdentity", (RoleSessionName, memory) => ({
      RoleArn: memory.get("role"),
      RoleSessionName,
      WebIdentityToken: memory.get("token"),
    })),
    { service: "s3-credentials", ...step("RevokeSessions", (RoleName) => ({ RoleName })) },
    inIam(step("CreateUser", (UserName) => ({ UserName }))),
    inIam({
      ...step("PutUserPolicy", (UserName) => ({ UserName, PolicyName: "own", PolicyDocument: policy })),
      unseen: true,
    }),
    inIam({ ...step("CreateAccessKey", (UserName) => ({ UserName }), keepKeys("user")), unseen: true }),
    { ...begin("user session", "GetSessionToken", () => ({})), by: "user" },
    { ...begin("federation", "GetFederationToken", (Name) => ({ Name, Policy: policy })), by: "user" },
    { service: "s3-credentials", ...step("RevokeSessions", (UserName) => ({ UserName })) },
  ],
};

export const sessionLives = [session] as const;
