import { element, type XmlNode } from "@s3-credentials/protocol";
import type { Grant } from "../../ports/grant.ts";
import type {
  GroupRecord,
  ManagedPolicyRecord,
  PrincipalKind,
  PrincipalRecord,
  RoleRecord,
  UserRecord,
} from "../../ports/identity-records.ts";
import type { Page } from "../../ports/page.ts";
import type { OperationContext } from "../operation.ts";
import { list } from "../query/fields.ts";
import { defineIam } from "./define-iam.ts";
import { accountOf } from "./identities.ts";
import { invalidMarker, pageFields } from "./iam-fields.ts";
import {
  attachedPolicyElement,
  boundaryElement,
  documentText,
  iamTime,
  pageElements,
  policyElement,
  roleLastUsed,
  tagsElement,
  versionElement,
} from "./shapes.ts";

/** The kinds, in the order in which they are listed. */
const kinds = ["User", "Group", "Role", "LocalManagedPolicy", "AWSManagedPolicy"] as const;
type Kind = (typeof kinds)[number];

const listOf: Readonly<Record<Kind, string>> = {
  User: "UserDetailList",
  Group: "GroupDetailList",
  Role: "RoleDetailList",
  LocalManagedPolicy: "Policies",
  AWSManagedPolicy: "Policies",
};

/** Entities read at once. Each is some ten rows and, with all its documents, at most 40 KB. */
const batch = 10;
/** Characters of documents after which a page ends: "IAM might return fewer than the MaxItems number of results". */
const maxDocuments = 256 * 1024;

type Identity = PrincipalRecord | GroupRecord;

/** An entity as it is answered, with the size of its documents. */
interface Detail {
  readonly node: XmlNode;
  readonly size: number;
}

interface Reading {
  readonly grant: Grant;
  readonly context: OperationContext;
}

/** What users, groups and roles have alike: `UserPolicyList` and `AttachedManagedPolicies`. */
async function policiesOf(
  { grant, context }: Reading,
  word: "User" | "Group" | "Role",
  identity: Identity,
): Promise<{ readonly nodes: readonly XmlNode[]; readonly size: number }> {
  const store = context.ports.identity;
  const inline: XmlNode[] = [];
  let size = 0;
  for (const name of await store.listInlinePolicies(grant, identity)) {
    const policy = await store.getInlinePolicy(grant, identity, name);
    if (policy === undefined) continue;
    size += policy.document.length;
    inline.push(
      element("member", [element("PolicyName", policy.name), element("PolicyDocument", documentText(policy.document))]),
    );
  }
  const attached = await store.listAttachedPolicies(grant, identity);
  const nodes = [
    element(`${word}PolicyList`, inline),
    element("AttachedManagedPolicies", attached.map(attachedPolicyElement)),
  ];
  return { nodes, size };
}

function identityNodes(word: "User" | "Group" | "Role", { path, name, id, arn, createdAt }: Identity): XmlNode[] {
  return [
    element("Path", path),
    element(`${word}Name`, name),
    element(`${word}Id`, id),
    element("Arn", arn),
    element("CreateDate", iamTime(createdAt)),
  ];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UserDetail.html */
async function userDetail(reading: Reading, user: UserRecord): Promise<Detail> {
  const { nodes, size } = await policiesOf(reading, "User", user);
  const groups = await reading.context.ports.identity.listGroupsOf(reading.grant, user);
  const node = element("member", [
    ...identityNodes("User", user),
    ...nodes,
    element(
      "GroupList",
      groups.map(({ name }) => element("member", name)),
    ),
    boundaryElement(user),
    tagsElement(user.tags),
  ]);
  return { node, size };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GroupDetail.html */
async function groupDetail(reading: Reading, group: GroupRecord): Promise<Detail> {
  const { nodes, size } = await policiesOf(reading, "Group", group);
  return { node: element("member", [...identityNodes("Group", group), ...nodes]), size };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleDetail.html */
async function roleDetail(reading: Reading, role: RoleRecord): Promise<Detail> {
  const { nodes, size } = await policiesOf(reading, "Role", role);
  const { ports, time } = reading.context;
  const trust = await ports.principals.bindings.unbind(role.trust, time.turn);
  const node = element("member", [
    ...identityNodes("Role", role),
    element("AssumeRolePolicyDocument", documentText(trust)),
    element("InstanceProfileList", []),
    ...nodes,
    boundaryElement(role),
    tagsElement(role.tags),
    roleLastUsed(await ports.identity.lastUse(role.id)),
  ]);
  return { node, size: size + trust.length };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ManagedPolicyDetail.html */
async function policyDetail({ grant, context }: Reading, policy: ManagedPolicyRecord): Promise<Detail> {
  const versions = await context.ports.identity.listPolicyVersions(grant, accountOf(context), policy.arn);
  const all = element(
    "PolicyVersionList",
    versions.map((version) => versionElement("member", version, true)),
  );
  return {
    node: policyElement("member", policy, "detail", [all]),
    size: versions.reduce((sum, { document }) => sum + document.length, 0),
  };
}

interface BatchQuery {
  readonly after: string | undefined;
  readonly limit: number;
}

async function principalDetails(reading: Reading, kind: PrincipalKind, query: BatchQuery): Promise<Page<Detail>> {
  const { grant, context } = reading;
  const found = await context.ports.identity.listPrincipals(grant, kind, accountOf(context), pageOf(reading, query));
  const items = await inTurns(reading, found.items, (one) =>
    one.kind === "user" ? userDetail(reading, one) : roleDetail(reading, one),
  );
  return { items, next: found.next };
}

async function policyDetails(reading: Reading, scope: "AWS" | "Local", query: BatchQuery): Promise<Page<Detail>> {
  const { grant, context } = reading;
  const all = { scope, onlyAttached: false, onlyBoundaries: false, ...pageOf(reading, query) };
  const found = await context.ports.identity.listPolicies(grant, accountOf(context), all);
  // Of AWS's policies only those that the account uses.
  const used = found.items.filter(
    ({ attachmentCount, boundaryCount }) => scope === "Local" || attachmentCount + boundaryCount > 0,
  );
  return { items: await inTurns(reading, used, (policy) => policyDetail(reading, policy)), next: found.next };
}

async function detailsOf(reading: Reading, kind: Kind, query: BatchQuery): Promise<Page<Detail>> {
  if (kind === "User") return principalDetails(reading, "user", query);
  if (kind === "Role") return principalDetails(reading, "role", query);
  if (kind === "LocalManagedPolicy") return policyDetails(reading, "Local", query);
  if (kind === "AWSManagedPolicy") return policyDetails(reading, "AWS", query);
  const { grant, context } = reading;
  const found = await context.ports.identity.listGroups(grant, accountOf(context), pageOf(reading, query));
  const items = await inTurns(reading, found.items, (group) => groupDetail(reading, group));
  return { items, next: found.next };
}

function pageOf({ context }: Reading, { after, limit }: BatchQuery) {
  return { pathPrefix: "/", after, limit, turn: context.time.turn };
}

async function inTurns<T>(
  { context }: Reading,
  all: readonly T[],
  make: (one: T) => Promise<Detail>,
): Promise<readonly Detail[]> {
  const details: Detail[] = [];
  for (const one of all) {
    await context.time.turn();
    details.push(await make(one));
  }
  return details;
}

/** Where a page begins: in the list of a kind, after a marker of the store. */
interface Place {
  readonly kind: Kind;
  readonly after: string | undefined;
}

/** Undefined for a marker that no page can have had. */
function placeOf(marker: string | undefined, wanted: readonly Kind[]): Place | undefined {
  if (marker === undefined) return { kind: wanted[0] ?? "User", after: undefined };
  const at = marker.indexOf(" ");
  const kind = wanted.find((one) => one === (at === -1 ? marker : marker.slice(0, at)));
  return kind === undefined ? undefined : { kind, after: at === -1 ? undefined : marker.slice(at + 1) };
}

function markerOf({ kind, after }: Place): string {
  return after === undefined ? kind : `${kind} ${after}`;
}

function placeAfter({ kind }: Place, next: string | undefined, wanted: readonly Kind[]): Place | undefined {
  if (next !== undefined) return { kind, after: next };
  const following = wanted[wanted.indexOf(kind) + 1];
  return following === undefined ? undefined : { kind: following, after: undefined };
}

/**
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html: users, groups, roles and policies
 * one after the other, in pages.
 */
export const getAccountAuthorizationDetails = defineIam({
  name: "GetAccountAuthorizationDetails",
  resource: "none",
  fields: { Filter: list({ pattern: new RegExp(`^(${kinds.join("|")})$`), max: 32 }, kinds.length), ...pageFields },
  target: async () => ({ resource: undefined }),
  async run(grant, { Filter, Marker, MaxItems }, context) {
    const wanted = Filter.length === 0 ? kinds : kinds.filter((kind) => Filter.includes(kind));
    const begin = placeOf(Marker, wanted);
    if (begin === undefined) return invalidMarker();
    const reading = { grant, context };
    const lists = new Map<string, XmlNode[]>(kinds.map((kind) => [listOf[kind], []]));
    let left = MaxItems;
    let size = 0;
    let place: Place | undefined = begin;
    while (place !== undefined && left > 0 && size < maxDocuments) {
      const page: Page<Detail> = await detailsOf(reading, place.kind, {
        after: place.after,
        limit: Math.min(batch, left),
      });
      for (const detail of page.items) {
        lists.get(listOf[place.kind])?.push(detail.node);
        size += detail.size;
      }
      left -= page.items.length;
      place = placeAfter(place, page.next, wanted);
    }
    const next = await firstThatHasMore(reading, place, wanted);
    return [
      ...[...lists].map(([name, members]) => element(name, members)),
      ...pageElements(undefined, [], next === undefined ? undefined : markerOf(next)),
    ];
  },
});

/** A page is truncated only when something is left: the kinds that follow may be empty. */
async function firstThatHasMore(
  reading: Reading,
  from: Place | undefined,
  wanted: readonly Kind[],
): Promise<Place | undefined> {
  let place = from;
  while (place !== undefined) {
    const { items, next } = await detailsOf(reading, place.kind, { after: place.after, limit: 1 });
    if (items.length > 0) return place;
    place = placeAfter(place, next, wanted);
  }
  return undefined;
}
