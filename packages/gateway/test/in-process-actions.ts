import { renderXml, type XmlNode } from "@s3-credentials/protocol";
import type { Admitted } from "../src/pipeline/admit.ts";
import { nothingKnown } from "../src/pipeline/answer.ts";
import type { GateState } from "../src/pipeline/gate-state.ts";
import { runAction } from "../src/pipeline/run-action.ts";
import { createTimeBudget } from "../src/pipeline/time-budget.ts";
import { createPolicyPrograms } from "../src/authz/policy-programs.ts";
import type { GatewayRequest } from "../src/authn/request.ts";
import { isRefusal } from "../src/operations/operation.ts";
import { refuseTemporary } from "../src/operations/query/temporary-credentials.ts";
import { iamTable, stsTable } from "../src/operations/table.ts";
import type { IamOperationName, StsOperationName } from "../src/ports/operation-name.ts";
import type { Ports } from "../src/ports/ports.ts";
import type { Caller } from "../src/ports/principal-directory.ts";
import { randomIds } from "../src/server/random-ids.ts";
import type { TestDirectory } from "./test-directory.ts";

export interface Keys {
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
}

export interface Outcome {
  /** Undefined: done. */
  readonly code: string | undefined;
  /** The first value of an element of the answer. */
  value(name: string): string | undefined;
}

export interface InProcessActions {
  callerOf(keys: Keys): Promise<Caller | undefined>;
  iam(action: IamOperationName, fields: Readonly<Record<string, string>>, keys: Keys): Promise<Outcome>;
  sts(action: StsOperationName, fields: Readonly<Record<string, string>>, keys: Keys): Promise<Outcome>;
}

/**
 * IAM and STS without HTTP and signatures: the rows of the tables, their authorization and the stores are the real ones, so that a
 * property can make thousands of calls.
 */
export function inProcessActions({ store, principals, sessions, clock }: TestDirectory): InProcessActions {
  const ports = { clock, ids: randomIds, region: "us-east-1", identity: store, principals, sessions };
  const state = {
    ports: ports as unknown as Ports,
    programs: createPolicyPrograms(),
    record: { portsFor: async () => ports as unknown as Ports },
  } as unknown as GateState;
  const { signal } = new AbortController();
  const time = createTimeBudget().of("caller", signal);
  const callerOf = async ({ accessKeyId, sessionToken }: Keys): Promise<Caller | undefined> => {
    const found = await principals.credential(accessKeyId, sessionToken);
    return found.kind === "found" ? found.caller() : undefined;
  };
  const call = async (
    service: "iam" | "sts",
    action: IamOperationName | StsOperationName,
    fields: Readonly<Record<string, string>>,
    keys: Keys,
  ): Promise<Outcome> => {
    const refused = (code: string): Outcome => ({ code, value: () => undefined });
    const caller = await callerOf(keys);
    if (caller === undefined) return refused("InvalidClientTokenId");
    const row = { ...iamTable, ...stsTable }[action];
    if ("notImplemented" in row) throw new Error(`${action} is not implemented`);
    const barred = refuseTemporary(caller, service, action);
    if (barred !== undefined) return refused(barred.code);
    const input = row.parse({ parameters: new Map(Object.entries(fields)) });
    if (isRefusal(input)) return refused(input.code);
    const request = {
      requestId: "R",
      headers: new Map(),
      query: new Map(),
      sourceIp: "192.0.2.1",
      secure: true,
      now: clock.now(),
      origin: "http://localhost",
      signal,
    } as unknown as GatewayRequest;
    const admitted: Admitted = { caller, auth: undefined, chunkSigning: undefined, callerKey: "caller", time };
    const outcome = await runAction<readonly XmlNode[] | undefined>(
      state,
      request,
      admitted,
      { service, row, input },
      nothingKnown(),
    );
    if (isRefusal(outcome)) return refused(outcome.code);
    const text = (outcome ?? []).map(renderXml).join("");
    return { code: undefined, value: (name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] };
  };
  return {
    callerOf,
    iam: (action, fields, keys) => call("iam", action, fields, keys),
    sts: (action, fields, keys) => call("sts", action, fields, keys),
  };
}
