/** What the claims of a verified token say: whom it names, and what policies get to know. */
import { fieldsOf } from "@s3-credentials/policy/parse";
import type { OidcProviderRecord } from "../ports/oidc-provider-store.ts";
import type { TokenOutcome } from "../ports/web-identity.ts";

export type Claims = Readonly<Record<string, unknown>>;

/**
 * Claims that become condition keys, behind the provider's URL and a colon: `aud`, `oaud`, `sub`, `amr` and `email` of every provider,
 * and these of one.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
const ofIssuer: ReadonlyMap<string, readonly string[]> = new Map([
  [
    "token.actions.githubusercontent.com",
    [
      "actor",
      "actor_id",
      "enterprise_id",
      "environment",
      "job_workflow_ref",
      "ref",
      "repository",
      "repository_id",
      "workflow",
    ],
  ],
]);

/** "Available in session": the same page. */
const keptInSession: readonly string[] = ["amr", "aud", "sub"];

/** As the SDKs' models have it for the subject in the answer. */
const maxSubject = 255;

const invalid = (reason: string): TokenOutcome => ({ kind: "invalid", reason });
const refused = (reason: string): TokenOutcome => ({ kind: "claim-refused", reason });

export function identityOf(claims: Claims, provider: OidcProviderRecord): TokenOutcome {
  const { sub, azp } = claims;
  if (typeof sub !== "string" || sub === "" || sub.length > maxSubject || /[\p{Cc}\p{Cs}]/u.test(sub))
    return invalid(`The claim sub of the token is not a text of 1 to ${maxSubject} characters.`);
  const audiences = textsOf(claims["aud"]);
  if (audiences === undefined || audiences.length === 0) return invalid("The token has no claim aud.");
  if (azp !== undefined && typeof azp !== "string") return invalid("The claim azp of the token is not a text.");
  // "The aud key maps to the azp claim; if no value is set for azp, the aud key maps to the aud claim."
  const audience = (azp === undefined ? audiences : [azp]).find((one) => provider.clientIds.includes(one));
  if (audience === undefined) return invalid("Incorrect token audience: it is no client ID of the identity provider.");
  const tags = tagsOf(claims);
  if (tags === undefined) return refused("The session tags of the token are not one text for each key.");
  const transitiveTagKeys = transitiveKeysOf(claims);
  if (transitiveTagKeys === undefined) return refused("The transitive tag keys of the token are not a list of texts.");
  const sourceIdentity = claims["https://aws.amazon.com/source_identity"];
  if (sourceIdentity !== undefined && typeof sourceIdentity !== "string")
    return refused("The source identity of the token is not a text.");
  const oaud = audiences.length === 1 ? (audiences[0] ?? "") : audiences;
  const values = new Map<string, string | readonly string[]>([
    ["aud", audience],
    ["oaud", oaud],
    ["sub", sub],
  ]);
  const methods = textsOf(claims["amr"]);
  if (methods !== undefined) values.set("amr", methods);
  for (const name of ["email", ...(ofIssuer.get(provider.url) ?? [])]) {
    const value = claims[name];
    if (typeof value === "string") values.set(name, value);
  }
  const named = (entries: Iterable<readonly [string, string | readonly string[]]>) =>
    [...entries].map(([name, value]) => [`${provider.url}:${name}`, value] as const);
  const identity = {
    provider: provider.arn,
    issuer: `https://${provider.url}`,
    audience,
    subject: sub,
    claims: new Map(named(values)),
    sessionClaims: Object.fromEntries(named([...values].filter(([name]) => keptInSession.includes(name)))),
    tags,
    transitiveTagKeys,
    sourceIdentity,
  };
  return { kind: "verified", identity };
}

/** A text, or a list of texts. */
function textsOf(value: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.every((one) => typeof one === "string") ? list : undefined;
}

const tagsClaim = "https://aws.amazon.com/tags";
const flatTag = `${tagsClaim}/principal_tags/`;

/**
 * As an object of lists with one value, or flat, one claim for each tag.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-jwt-idp
 */
function tagsOf(claims: Claims): ReadonlyMap<string, string> | undefined {
  const nested = Object.entries(fieldsOf(fieldsOf(claims[tagsClaim])["principal_tags"]));
  const flat = Object.entries(claims).flatMap(([name, value]) =>
    name.startsWith(flatTag) ? [[name.slice(flatTag.length), value] as const] : [],
  );
  const tags = new Map<string, string>();
  for (const [key, value] of [...nested, ...flat]) {
    const [only, ...more] = textsOf(value) ?? [];
    if (only === undefined || more.length > 0 || tags.has(key)) return undefined;
    tags.set(key, only);
  }
  return tags;
}

function transitiveKeysOf(claims: Claims): readonly string[] | undefined {
  const nested = fieldsOf(claims[tagsClaim])["transitive_tag_keys"];
  const flat = claims[`${tagsClaim}/transitive_tag_keys`];
  const lists = [nested, flat].filter((one) => one !== undefined).map(textsOf);
  return lists.some((one) => one === undefined) ? undefined : lists.flatMap((one) => one ?? []);
}
