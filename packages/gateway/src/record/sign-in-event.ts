import type { NewEvent } from "../ports/event-store.ts";
import { newEventId } from "./event-id.ts";
import { type Fields, hidden, type Json } from "./elements.ts";

type SignInEventName = "ConsoleLogin" | "CheckMfa" | "GetSigninToken" | "SwitchRole";

/** Who signs in, or tried to. */
export interface SignInIdentity {
  readonly type: "Root" | "IAMUser" | "AssumedRole" | "FederatedUser";
  /** The account whose event it is. */
  readonly accountId: string;
  /** Undefined: the account has no such user. What was typed is not kept, because people type their password into the field for the name. */
  readonly known: { readonly principalId: string; readonly arn: string; readonly name: string } | undefined;
  /** Whom an identity provider named; it vouched for a role's session. */
  readonly federated?: FederatedIdentity;
}

export interface FederatedIdentity {
  /** ARN of the provider. */
  readonly provider: string;
  readonly audience: string;
  readonly subject: string;
  readonly role: { readonly id: string; readonly arn: string; readonly name: string };
}

export interface SignInEvent {
  readonly name: SignInEventName;
  readonly identity: SignInIdentity;
  /** Undefined: it succeeded. */
  readonly failure?: string | undefined;
  readonly additional: Fields;
  readonly requestId: string;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly now: number;
}

/**
 * What happens at the console's sign-in, in CloudTrail's record shape.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
 */
export function signInEvent(event: SignInEvent, region: string): NewEvent {
  const { name, identity, failure, additional, requestId, sourceIp, userAgent, now } = event;
  const { accountId } = identity;
  const eventId = newEventId(now);
  const eventSource = "signin.amazonaws.com";
  const body: Fields = {
    eventVersion: "1.11",
    userIdentity: identityElement(identity),
    eventTime: `${new Date(now).toISOString().slice(0, 19)}Z`,
    eventSource,
    eventName: name,
    awsRegion: region,
    sourceIPAddress: sourceIp,
    userAgent: userAgent.slice(0, 1024),
    ...(failure === undefined ? {} : { errorMessage: failure }),
    requestParameters: null,
    responseElements: { [name]: failure === undefined ? "Success" : "Failure" },
    additionalEventData: additional,
    requestID: requestId,
    eventID: eventId,
    readOnly: false,
    eventType: "AwsConsoleSignIn",
    managementEvent: true,
    recipientAccountId: accountId,
    eventCategory: "Management",
  };
  const keys = [
    `EventName=${name}`,
    `EventSource=${eventSource}`,
    "ReadOnly=false",
    `RequestId=${requestId}`,
    `Username=${nameOf(identity)}`,
  ];
  return { eventId, accountId, changed: failure === undefined, keys, body: JSON.stringify(body) };
}

function identityElement({ type, accountId, known, federated }: SignInIdentity): Json {
  if (known === undefined) return { type, accountId, accessKeyId: "", userName: hidden };
  const { principalId, arn, name } = known;
  const context = federated === undefined ? {} : { sessionContext: federatedContext(federated, accountId) };
  return { type, principalId, arn, accountId, ...(type === "IAMUser" ? { userName: name } : {}), ...context };
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html */
function federatedContext({ provider, audience, subject, role }: FederatedIdentity, accountId: string): Json {
  const host = provider.slice(provider.indexOf("/") + 1);
  return {
    sessionIssuer: { type: "Role", principalId: role.id, arn: role.arn, accountId, userName: role.name },
    webIdFederationData: {
      federatedProvider: provider,
      attributes: { [`${host}:aud`]: audience, [`${host}:sub`]: subject },
    },
  };
}

/** As other events of the same caller are found. */
function nameOf({ type, known }: SignInIdentity): string {
  if (known === undefined) return hidden;
  if (type === "Root") return "root";
  return type === "IAMUser" ? known.name : known.principalId.slice(known.principalId.indexOf(":") + 1);
}
