/**
 * How the Service Authorization Reference describes one service: the columns of its three tables.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */

export type AccessLevel = "List" | "Read" | "Write" | "Permissions management" | "Tagging";

/** Types of condition values; `ArrayOf…` keys hold several values in one request. */
export type ConditionKeyType =
  | "String"
  | "ARN"
  | "Numeric"
  | "Date"
  | "Bool"
  | "IPAddress"
  | "ArrayOfString"
  | "ArrayOfARN"
  | "ArrayOfBool";

/**
 * One action: its access level, the resource types it is asked on (an asterisk marks a required one, as in the
 * reference; none: the action has no resource and is granted on `*`), and the condition keys beside the service's
 * common ones and those of its resource types.
 */
export type ActionRow = readonly [access: AccessLevel, resources: readonly string[], keys?: readonly string[]];

export interface ResourceTypeRow {
  /** ARN with `${…}` where a part is free. */
  readonly arn: string;
  /** Condition keys a request on such a resource has. */
  readonly keys?: readonly string[];
}

export interface ServiceTable {
  /** The prefix of its actions: `s3`. */
  readonly prefix: string;
  readonly page: string;
  /** Keys every action of the service has. */
  readonly commonKeys: readonly string[];
  /** Keys that end in `/` are families: a tag's key follows. */
  readonly conditionKeys: Readonly<Record<string, ConditionKeyType>>;
  readonly resourceTypes: Readonly<Record<string, ResourceTypeRow>>;
  readonly actions: Readonly<Record<string, ActionRow>>;
}
