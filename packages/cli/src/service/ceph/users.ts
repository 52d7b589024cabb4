import { randomInt } from "node:crypto";
import { element, type XmlNode } from "@s3-credentials/protocol";
import { isList, isObject, type Json, JsonNumber, type JsonObject, textField } from "../../formats/json.ts";
import { displayNameOf, tagsOf } from "./display-name-tags.ts";

/** An error with a code of IAM's. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** One call of the admin API about users; throws `Refusal`. */
export type Ask = (method: "GET" | "PUT" | "POST" | "DELETE", query: Readonly<Record<string, string>>) => Promise<Json>;

/** The content of the result element. */
type Call = (form: URLSearchParams, ask: Ask) => Promise<readonly XmlNode[]>;

/**
 * Operations of IAM as Ceph's admin API has them. Answers about a user hold its secret keys: only the fields named here go on.
 * https://docs.ceph.com/en/pacific/radosgw/adminops/ · https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
 */
export const userCalls: ReadonlyMap<string, Call> = new Map<string, Call>([
  ["CreateUser", createUser],
  ["GetUser", async (form, ask) => [userElement(await userOf(form, ask))]],
  ["DeleteUser", deleteUser],
  ["ListUsers", listUsers],
  ["ListUserTags", listUserTags],
  ["TagUser", (form, ask) => changeTags(form, ask, (tags) => new Map([...tags, ...sentTags(form)]))],
  ["UntagUser", (form, ask) => changeTags(form, ask, (tags) => without(tags, members(form, "TagKeys")))],
  ["CreateAccessKey", createAccessKey],
  ["ListAccessKeys", listAccessKeys],
  ["DeleteAccessKey", deleteAccessKey],
  ["ListUserPolicies", noPolicies],
]);

/** Operations that change an existing user. */
export const changesUser: ReadonlySet<string> = new Set(["TagUser", "UntagUser", "CreateAccessKey", "DeleteAccessKey"]);

/** Without a key and without a bucket of its own: it can do what its policies say. */
async function createUser(form: URLSearchParams, ask: Ask): Promise<readonly XmlNode[]> {
  const uid = userName(form);
  const tags = sentTags(form);
  const made = await ask("PUT", {
    uid,
    "display-name": tags.size === 0 ? uid : displayName(tags),
    "generate-key": "false",
    "max-buckets": "-1",
  });
  return [userElement(record(made))];
}

async function deleteUser(form: URLSearchParams, ask: Ask): Promise<readonly XmlNode[]> {
  try {
    await ask("DELETE", { uid: userName(form) });
  } catch (error) {
    // Ceph answers so when the user still has buckets.
    if (error instanceof Refusal && error.code === "BucketAlreadyExists")
      throw new Refusal("UserOwnsBuckets", "it owns buckets, to be deleted or given to another user first", 409);
    throw error;
  }
  return [];
}

async function listUsers(form: URLSearchParams, ask: Ask): Promise<readonly XmlNode[]> {
  const marker = form.get("Marker");
  const page = record(
    await ask("GET", {
      list: "",
      "max-entries": form.get("MaxItems") ?? "1000",
      ...(marker === null ? {} : { marker }),
    }),
  );
  const names = list(page.get("keys")).filter((name) => typeof name === "string");
  const more = page.get("truncated") === true;
  return [
    element(
      "Users",
      names.map((name) => userElement(idParts(name), "member")),
    ),
    element("IsTruncated", more),
    ...(more ? [element("Marker", textField(page, "marker"))] : []),
  ];
}

async function listUserTags(form: URLSearchParams, ask: Ask): Promise<readonly XmlNode[]> {
  return [tagsElement(tagsOf(textField(await userOf(form, ask), "display_name"))), element("IsTruncated", false)];
}

type Tags = ReadonlyMap<string, string>;

async function changeTags(form: URLSearchParams, ask: Ask, change: (tags: Tags) => Tags): Promise<readonly XmlNode[]> {
  const tags = tagsOf(textField(await userOf(form, ask), "display_name"));
  if (tags.size === 0)
    throw new Refusal("InvalidInput", "Ceph keeps tags in the display name, and that of this user is somebody's own");
  await ask("POST", { uid: userName(form), "display-name": displayName(change(tags)) });
  return [];
}

/** The name of the key is chosen here, to know the new one among all the user's keys in the answer; its secret is Ceph's. */
async function createAccessKey(form: URLSearchParams, ask: Ask): Promise<readonly XmlNode[]> {
  const uid = userName(form);
  const id = Array.from({ length: 20 }, () => keyCharacters[randomInt(keyCharacters.length)]).join("");
  const keys = list(await ask("PUT", { key: "", uid, "access-key": id, "generate-key": "true" }));
  const made = keys.map(record).find((key) => textField(key, "access_key") === id);
  if (made === undefined) throw new Refusal("ServiceFailure", "Ceph made no key");
  return [keyElement("AccessKey", uid, id, "Active", textField(made, "secret_key"))];
}

const keyCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

async function listAccessKeys(form: URLSearchParams, ask: Ask): Promise<readonly XmlNode[]> {
  const user = await userOf(form, ask);
  const status = isSuspended(user) ? "Inactive" : "Active";
  const items = keyIds(user).map((id) => keyElement("member", userName(form), id, status));
  return [element("AccessKeyMetadata", items), element("IsTruncated", false)];
}

/** The key is looked up first, because Ceph refuses a missing key and an unknown caller in the same way. */
async function deleteAccessKey(form: URLSearchParams, ask: Ask): Promise<readonly XmlNode[]> {
  const id = form.get("AccessKeyId") ?? "";
  if (!keyIds(await userOf(form, ask)).includes(id)) throw new Refusal("NoSuchEntity", "There is no such key", 404);
  await ask("DELETE", { key: "", uid: userName(form), "access-key": id });
  return [];
}

/** Ceph refuses a user without policies as if the user did not exist. */
async function noPolicies(form: URLSearchParams, ask: Ask): Promise<readonly XmlNode[]> {
  await userOf(form, ask);
  return [element("PolicyNames", []), element("IsTruncated", false)];
}

async function userOf(form: URLSearchParams, ask: Ask): Promise<JsonObject> {
  return record(await ask("GET", { uid: userName(form) }));
}

function userName(form: URLSearchParams): string {
  const name = form.get("UserName");
  if (name === null || name === "") throw new Refusal("NotImplemented", "Ceph does not say who the caller is");
  return name;
}

function isSuspended(user: JsonObject): boolean {
  const suspended = user.get("suspended");
  return suspended instanceof JsonNumber ? suspended.text !== "0" : suspended !== 0;
}

/** Those of the user itself, not of its subusers. */
function keyIds(user: JsonObject): readonly string[] {
  const { tenant, uid } = partsOf(user);
  const owner = tenant === "" ? uid : `${tenant}$${uid}`;
  return list(user.get("keys"))
    .map(record)
    .filter((key) => textField(key, "user") === owner)
    .map((key) => textField(key, "access_key"));
}

function partsOf(user: JsonObject): { readonly tenant: string; readonly uid: string } {
  return { tenant: textField(user, "tenant"), uid: textField(user, "user_id") };
}

/** `TENANT$USER`, or `USER` alone. https://docs.ceph.com/en/pacific/radosgw/multitenancy/ */
function idParts(id: string): JsonObject {
  const at = id.indexOf("$");
  return new Map([
    ["tenant", at === -1 ? "" : id.slice(0, at)],
    ["user_id", id.slice(at + 1)],
  ]);
}

function userElement(user: JsonObject, name = "User"): XmlNode {
  const { tenant, uid } = partsOf(user);
  const id = tenant === "" ? uid : `${tenant}$${uid}`;
  const tags = tagsOf(textField(user, "display_name"));
  return element(name, [
    element("Path", "/"),
    element("UserName", id),
    element("UserId", id),
    element("Arn", `arn:aws:iam::${tenant}:user/${uid}`),
    tags.size === 0 ? undefined : tagsElement(tags),
  ]);
}

function tagsElement(tags: Tags): XmlNode {
  const items = [...tags].map(([key, value]) => element("member", [element("Key", key), element("Value", value)]));
  return element("Tags", items);
}

function keyElement(name: string, user: string, id: string, status: string, secret?: string): XmlNode {
  return element(name, [
    element("UserName", user),
    element("AccessKeyId", id),
    element("Status", status),
    secret === undefined ? undefined : element("SecretAccessKey", secret),
  ]);
}

function displayName(tags: Tags): string {
  const text = displayNameOf(tags);
  if (text === undefined)
    throw new Refusal("InvalidInput", "Ceph keeps tags in the display name, which cannot hold these");
  return text;
}

function sentTags(form: URLSearchParams): Tags {
  const tags = new Map<string, string>();
  for (let at = 1; form.has(`Tags.member.${at}.Key`); at += 1)
    tags.set(form.get(`Tags.member.${at}.Key`) ?? "", form.get(`Tags.member.${at}.Value`) ?? "");
  return tags;
}

function members(form: URLSearchParams, name: string): readonly string[] {
  const found: string[] = [];
  for (let at = 1; form.has(`${name}.member.${at}`); at += 1) found.push(form.get(`${name}.member.${at}`) ?? "");
  return found;
}

function without(tags: Tags, keys: readonly string[]): Tags {
  return new Map([...tags].filter(([key]) => !keys.includes(key)));
}

function record(value: Json): JsonObject {
  if (!isObject(value)) throw new Refusal("ServiceFailure", "Ceph's answer is not understood");
  return value;
}

function list(value: Json | undefined): readonly Json[] {
  if (!isList(value)) throw new Refusal("ServiceFailure", "Ceph's answer is not understood");
  return value;
}
