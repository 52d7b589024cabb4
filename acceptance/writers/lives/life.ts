import * as iamSdk from "@aws-sdk/client-iam";
import * as organizationsSdk from "@aws-sdk/client-organizations";
import * as s3Sdk from "@aws-sdk/client-s3";
import type { RunningGateway } from "../../gateway.ts";

/** Services, by the names that the tables of operations have for them. */
const services = {
  S3: { sdk: s3Sdk, client: s3Sdk.S3Client },
  IAM: { sdk: iamSdk, client: iamSdk.IAMClient },
  Organizations: { sdk: organizationsSdk, client: organizationsSdk.OrganizationsClient },
} as const;

export type ServiceName = keyof typeof services;

export type Answer = Readonly<Record<string, unknown>>;

/** Sends a request of the SDK's by the name of its operation, so that a step is data. */
export type Send = (service: ServiceName, operation: string, input: object) => Promise<Answer>;

type AnyClient = { send(command: object): Promise<Answer>; destroy(): void };

export interface Sender {
  readonly send: Send;
  close(): void;
}

export function senderTo({ endpoint, admin }: RunningGateway): Sender {
  const configuration = { endpoint, region: "us-east-1", credentials: { ...admin }, maxAttempts: 1 };
  const clients = Object.fromEntries(
    Object.entries(services).map(([name, { client: Client }]) => [
      name,
      new Client({ ...configuration, ...(name === "S3" ? { forcePathStyle: true } : {}) }) as unknown as AnyClient,
    ]),
  );
  return {
    async send(service, operation, input) {
      const commands = services[service].sdk as unknown as Readonly<Record<string, new (input: object) => object>>;
      const [client, Command] = [clients[service], commands[`${operation}Command`]];
      if (client === undefined || Command === undefined) throw new Error(`no operation ${service} ${operation}`);
      return await client.send(new Command(input));
    },
    close: () => Object.values(clients).forEach((client) => client.destroy()),
  };
}

/** What later steps of one life need of the answers of earlier ones. */
export type Memory = Map<string, string>;

export interface Step {
  readonly operation: string;
  /** Of a thing that has this name; may read what there is. */
  readonly input: (name: string, memory: Memory, send: Send) => object | Promise<object>;
  readonly keep?: (answer: Answer, memory: Memory) => void;
}

/**
 * A thing and everything that is ever done to it, one change after the other, from nothing to nothing where things can be deleted. Which of
 * the steps was the last one is seen in what is read of it.
 */
export interface Life {
  readonly service: ServiceName;
  /** Begins the names of its things. */
  readonly kind: string;
  readonly steps: readonly Step[];
  /** All that can be read of a thing that the steps change. */
  readonly read: (name: string, send: Send) => Promise<unknown>;
  /** An account may have few of its kind, so each is led to its end. */
  readonly few?: true;
}

export function step(operation: string, input: Step["input"], keep?: Step["keep"]): Step {
  return keep === undefined ? { operation, input } : { operation, input, keep };
}

/** An answer without what the call itself brought, or the name of its error. */
export async function readOf(send: Send, service: ServiceName, operation: string, input: object): Promise<unknown> {
  try {
    const { $metadata: _metadata, Body, ...answer } = await send(service, operation, input);
    const body = Body as { transformToString?(): Promise<string> } | undefined;
    return body?.transformToString === undefined ? answer : { ...answer, body: await body.transformToString() };
  } catch (error) {
    const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
    const status = $metadata?.httpStatusCode ?? 0;
    if (status === 0 || status >= 500) throw error; // no statement about the thing
    return name;
  }
}
