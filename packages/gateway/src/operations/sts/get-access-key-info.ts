import { element } from "@s3-credentials/protocol";
import { refuse } from "../operation.ts";
import { defineQuery } from "../query/define-query.ts";
import { readFields, text } from "../query/fields.ts";

const fields = { AccessKeyId: text({ pattern: /^\w+$/, shown: "[\\w]*", min: 16, max: 128 }) } as const;

/**
 * The account of a key, whoever asks: "This operation does not indicate the state of the access key." A temporary key is known until a
 * short time after its end. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
 */
export const getAccessKeyInfo = defineQuery<{ readonly AccessKeyId: string }>("sts", {
  name: "GetAccessKeyInfo",
  reads: Object.keys(fields),
  demands: [{ action: "sts:GetAccessKeyInfo", resource: "none" }],
  conditionKeys: [],
  parse: ({ parameters }) => readFields(parameters, fields),
  resolve: async () => ({ resources: {}, context: new Map() }),
  async run(_grant, { AccessKeyId: id }, { ports }) {
    const account = await ports.principals.accountOfKey(id);
    return account === undefined
      ? refuse("ValidationError", "The access key id is not one of this service.")
      : [element("Account", account)];
  },
});
