/** Managed policies and the settings of the account. */
import { isObject, type JsonObject } from "../formats/json.ts";
import { answeredText, type Call, iamCall } from "./call.ts";
import { type Change, change } from "./change.ts";
import { documentOf, type Entity, entityWords, tagsOf, textOf, toPlain } from "./configuration.ts";

export function makePolicy(after: Entity, arn: string): Change {
  const tags = [...tagsOf(after)].map(([Key, Value]) => ({ Key, Value }));
  const create = iamCall("CreatePolicy", {
    PolicyName: after.name,
    Path: textOf(after, "Path"),
    Description: textOf(after, "Description"),
    PolicyDocument: documentOf(after, "PolicyDocument"),
    ...(tags.length === 0 ? {} : { Tags: tags }),
  });
  return change(`create ${entityWords(after)}`, create, iamCall("DeletePolicy", { PolicyArn: arn }));
}

/** The versions of a managed policy, the oldest first. */
export interface PolicyVersions {
  readonly ids: readonly string[];
  readonly current: string;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html: five at most. */
const maxVersions = 5;

export function policyChanges(before: Entity, after: Entity, arn: string, versions: PolicyVersions): readonly Change[] {
  const document = documentOf(after, "PolicyDocument");
  if (documentOf(before, "PolicyDocument") === document) return [];
  const words = entityWords(after);
  const oldest = versions.ids.find((id) => id !== versions.current);
  const PolicyArn = arn;
  const room: readonly Change[] =
    versions.ids.length < maxVersions || oldest === undefined
      ? []
      : [
          {
            ...change(
              `delete the oldest version of ${words}, ${oldest}`,
              iamCall("DeletePolicyVersion", { PolicyArn, VersionId: oldest }),
            ),
            lasting: `the version ${oldest} of ${words} is gone`,
          },
        ];
  const key = `version/${arn}`;
  const current = iamCall("SetDefaultPolicyVersion", { PolicyArn, VersionId: versions.current });
  const replace: Change = {
    text: `replace the document of ${words}`,
    call: () => iamCall("CreatePolicyVersion", { PolicyArn, PolicyDocument: document, SetAsDefault: true }),
    learn: (answer, ids) => ids.set(key, answeredText(answer, "PolicyVersion", "VersionId")),
    undo: (ids) => [current, iamCall("DeletePolicyVersion", { PolicyArn, VersionId: ids.get(key) ?? "" })],
    withoutAnswer: [current],
  };
  return [...room, replace];
}

function passwordCall(policy: JsonObject | undefined): Call {
  return policy === undefined
    ? iamCall("DeleteAccountPasswordPolicy", {})
    : iamCall("UpdateAccountPasswordPolicy", toPlain(policy) as Parameters<typeof passwordInput>[0]);
}

const passwordInput = (input: NonNullable<Parameters<typeof iamCall<"UpdateAccountPasswordPolicy">>[1]>) => input;

/** What the directory does not say is left as it is, unless it is pruned. */
export function accountChanges(
  before: Entity | undefined,
  after: Entity | undefined,
  prune: boolean,
): readonly Change[] {
  const of = (entity: Entity | undefined, name: string) => entity?.members.get(name);
  const changes: Change[] = [];
  const [was, is] = [before, after].map((one) => {
    const policy = of(one, "PasswordPolicy");
    return isObject(policy) ? policy : undefined;
  });
  const differs = JSON.stringify(toPlain(was ?? new Map())) !== JSON.stringify(toPlain(is ?? new Map()));
  if (differs && (is !== undefined || prune))
    changes.push(
      change(`${is === undefined ? "delete" : "set"} the password policy`, passwordCall(is), passwordCall(was)),
    );
  const [old, alias] = [before, after].map((one) => (one === undefined ? "" : textOf(one, "AccountAlias")));
  if (old === alias || (alias === "" && !prune)) return changes;
  const [set, unset] = [alias ?? "", old ?? ""].map((AccountAlias) => iamCall("CreateAccountAlias", { AccountAlias }));
  const [drop, dropOld] = [alias ?? "", old ?? ""].map((AccountAlias) =>
    iamCall("DeleteAccountAlias", { AccountAlias }),
  );
  // A new alias takes the place of the one before it.
  if (alias !== "" && set !== undefined && drop !== undefined)
    changes.push(
      change(`set the account alias ${alias}`, set, ...(old === "" || unset === undefined ? [drop] : [unset])),
    );
  else if (dropOld !== undefined && unset !== undefined)
    changes.push(change(`delete the account alias ${old}`, dropOld, unset));
  return changes;
}
