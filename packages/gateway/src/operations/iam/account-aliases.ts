import { element } from "@s3-credentials/protocol";
import { text } from "../query/fields.ts";
import { defineIam } from "./define-iam.ts";
import { pageFields } from "./iam-fields.ts";
import { accountOf } from "./identities.ts";
import { pageElements } from "./shapes.ts";
import { iamRefusal } from "./store-refusals.ts";

/** A name of the account for people, which no other account here has. */
const alias = text({
  pattern: /^(?!\d{12}$)[a-z0-9](?:[a-z0-9]|-(?!-))*[a-z0-9]$/,
  shown: "^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$",
  min: 3,
  max: 63,
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccountAlias.html */
export const createAccountAlias = defineIam({
  name: "CreateAccountAlias",
  resource: "none",
  fields: { AccountAlias: alias },
  target: async () => ({ resource: undefined }),
  async run(grant, { AccountAlias }, context) {
    const outcome = await context.ports.identity.setAccountAlias(grant, accountOf(context), AccountAlias);
    return outcome.kind === "done" ? undefined : iamRefusal(outcome, `The account alias ${AccountAlias}`);
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountAlias.html */
export const deleteAccountAlias = defineIam({
  name: "DeleteAccountAlias",
  resource: "none",
  fields: { AccountAlias: alias },
  target: async () => ({ resource: undefined }),
  async run(grant, { AccountAlias }, context) {
    const outcome = await context.ports.identity.deleteAccountAlias(grant, accountOf(context), AccountAlias);
    return outcome.kind === "done" ? undefined : iamRefusal(outcome, `The account alias ${AccountAlias}`);
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html: "There can be only one". */
export const listAccountAliases = defineIam({
  name: "ListAccountAliases",
  resource: "none",
  fields: pageFields,
  target: async () => ({ resource: undefined }),
  async run(grant, _values, context) {
    const found = await context.ports.identity.accountAlias(grant, accountOf(context));
    return pageElements("AccountAliases", found === undefined ? [] : [element("member", found)], undefined);
  },
});
