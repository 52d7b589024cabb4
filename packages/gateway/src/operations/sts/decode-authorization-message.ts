import { element } from "@s3-credentials/protocol";
import { refuse } from "../operation.ts";
import { defineQuery } from "../query/define-query.ts";
import { readFields, text } from "../query/fields.ts";

const fields = { EncodedMessage: text({ min: 1, max: 10_240 }) } as const;

/** Of the caller's own account alone. https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html */
export const decodeAuthorizationMessage = defineQuery<{ readonly EncodedMessage: string }>("sts", {
  name: "DecodeAuthorizationMessage",
  reads: Object.keys(fields),
  demands: [{ action: "sts:DecodeAuthorizationMessage", resource: "none" }],
  conditionKeys: [],
  parse: ({ parameters }) => readFields(parameters, fields),
  resolve: async () => ({ resources: {}, context: new Map() }),
  async run(_grant, { EncodedMessage: encoded }, { ports, principal }) {
    const message = "accountId" in principal ? await ports.messages.decode(principal.accountId, encoded) : undefined;
    return message === undefined
      ? refuse("InvalidAuthorizationMessageException")
      : [element("DecodedMessage", message)];
  },
});
