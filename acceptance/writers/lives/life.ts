import * as accessAnalyzerSdk from "@aws-sdk/client-accessanalyzer";
import * as iamSdk from "@aws-sdk/client-iam";
import * as organizationsSdk from "@aws-sdk/client-organizations";
import * as s3Sdk from "@aws-sdk/client-s3";
import * as stsSdk from "@aws-sdk/client-sts";
import type { Keys, RunningGateway } from "../../gateway.ts";
import { sendByHand } from "./by-hand.ts";

/** Services, by the names that the tables of operations have for them. */
const services = {
  S3: { sdk: s3Sdk, client: s3Sdk.S3Client },
  IAM: { sdk: iamSdk, client: iamSdk.IAMClient },
  STS: { sdk: stsSdk, client: stsSdk.STSClient },
  Organizations: { sdk: organizationsSdk, client: organizationsSdk.OrganizationsClient },
  "Access-Analyzer": { sdk: accessAnalyzerSdk, client: accessAnalyzerSdk.AccessAnalyzerClient },
} as const;

type SdkName = keyof typeof services;

export type ServiceName = SdkName | "Account" | "s3-credentials";

export type Answer = Readonly<Record<string, unknown>>;

/** Sends a request by the name of its operation, so that a step is data. Without keys: with the administrator's. */
export type Send = (service: ServiceName, operation: string, input: object, keys?: Keys) => Promise<Answer>;

type AnyClient = { send(command: object): Promise<Answer> };

function makeClient(endpoint: string, service: SdkName, keys: Keys): AnyClient {
  const { client: Client } = services[service];
  const credentials = { ...keys };
  const style = service === "S3" ? { forcePathStyle: true } : {};
  return new Client({ endpoint, region: "us-east-1", credentials, maxAttempts: 1, ...style }) as unknown as AnyClient;
}

function makeSender(gateway: RunningGateway): Send {
  const clients = new Map<string, AnyClient>();
  const clientOf = (service: SdkName, keys: Keys): AnyClient => {
    const id = `${service} ${keys.accessKeyId}`;
    const client = clients.get(id) ?? makeClient(gateway.endpoint, service, keys);
    clients.set(id, client);
    return client;
  };
  return async (service, operation, input, keys = gateway.admin) => {
    const byHand = sendByHand(gateway, `${service} ${operation}`, input, keys);
    if (byHand !== undefined) return byHand;
    if (service === "Account" || service === "s3-credentials") throw new Error(`no operation ${service} ${operation}`);
    const commands = services[service].sdk as unknown as Readonly<Record<string, new (input: object) => object>>;
    const Command = commands[`${operation}Command`];
    if (Command === undefined) throw new Error(`no operation ${service} ${operation}`);
    return clientOf(service, keys).send(new Command(input));
  };
}

const senders = new WeakMap<RunningGateway, Send>();

/** Lives share connections, which end with the gateway. */
export function senderTo(gateway: RunningGateway): Send {
  const send = senders.get(gateway) ?? makeSender(gateway);
  senders.set(gateway, send);
  return send;
}

/** What later steps of one life, and those who read it, need of the answers of earlier ones. */
export type Memory = Map<string, string>;

/** Remembers the credentials of an answer. */
export function keepKeys(name: string): (answer: Answer, memory: Memory) => void {
  return ({ Credentials, AccessKey }, memory) => {
    const made = (Credentials ?? AccessKey) as stsSdk.Credentials;
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = made;
    memory.set(name, JSON.stringify({ accessKeyId, secretAccessKey, sessionToken }));
  };
}

/** Undefined: they were not acknowledged. */
export function keptKeys(memory: ReadonlyMap<string, string>, name: string): Keys | undefined {
  const kept = memory.get(name);
  return kept === undefined ? undefined : (JSON.parse(kept) as Keys);
}

export interface Step {
  /** Default: that of its life. */
  readonly service?: ServiceName;
  readonly operation: string;
  /** Of a thing that has this name; may read what there is. What it remembers is forgotten when the step is not acknowledged. */
  readonly input: (name: string, memory: Memory, send: Send) => object | Promise<object>;
  readonly keep?: (answer: Answer, memory: Memory) => void;
  /** What the keys of the caller are remembered as. Default: those of its life. */
  readonly by?: string;
  /** Nothing that is read shows whether it was done when it was not acknowledged. */
  readonly unseen?: true;
}

/** What a test has beside the gateway. */
export interface Surroundings {
  /** A provider of OpenID Connect, and a token of its that is good for the whole run. */
  readonly issuer: string;
  readonly token: string;
}

/**
 * A thing and everything that is ever done to it, one change after the other, from nothing to nothing where things can be deleted. Which of
 * the steps was the last one is seen in what is read of it.
 */
export interface Life {
  readonly service: ServiceName;
  /** Begins the names of its things. */
  readonly kind: string;
  /** Makes what all of its things need, and gives what they know of it. */
  readonly prepare?: (gateway: RunningGateway, send: Send, surroundings: Surroundings) => Promise<Memory>;
  /** What the keys of the caller are remembered as. Default: the administrator's. */
  readonly by?: string;
  readonly steps: readonly Step[];
  /** All that can be read of a thing that the steps change. The memory is of what was acknowledged. */
  readonly read: (name: string, send: Send, memory: ReadonlyMap<string, string>) => Promise<unknown>;
  /** An account may have few of its kind, or there is one for the whole gateway, so each is led to its end. */
  readonly few?: true;
  /** Takes seconds of CPU time, so it is led in long runs only. */
  readonly costly?: true;
}

export function step(operation: string, input: Step["input"], keep?: Step["keep"]): Step {
  return keep === undefined ? { operation, input } : { operation, input, keep };
}

/** Of the answer that an error is; 0 when there was none. */
export function statusOf(error: unknown): number {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
}

/** Whether the gateway has refused it: otherwise it may have been done. */
export function isRefusal(error: unknown): error is Error {
  const status = statusOf(error);
  return error instanceof Error && status >= 400 && status < 500;
}

/** Its name, which is a statement about the thing. */
export function refusalOf(error: unknown): string {
  if (!isRefusal(error)) throw error;
  return error.name;
}

/** An answer without what the call itself brought, or the name of its error. */
export async function readOf(
  send: Send,
  service: ServiceName,
  operation: string,
  input: object,
  keys?: Keys,
): Promise<unknown> {
  try {
    const { $metadata: _metadata, Body, ...answer } = await send(service, operation, input, keys);
    const body = Body as { transformToString?(): Promise<string> } | undefined;
    return body?.transformToString === undefined ? answer : { ...answer, body: await body.transformToString() };
  } catch (error) {
    return refusalOf(error);
  }
}
