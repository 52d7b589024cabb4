/** What one more cached principal costs in heap. */
import {
  type AccessRequest,
  compileLayers,
  compilePolicy,
  decide,
  type NamedPolicy,
  type NamedProgram,
  readWritePolicy,
} from "@s3-credentials/policy";
import { ann, ACCOUNT, contextOf, noLayers, policyFrom } from "./workload.ts";
import { managed } from "./workloads.ts";

const PRINCIPALS = 20_000;

function heap(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Bytes of heap that each of many made by `make` holds. */
function bytesEach(make: (at: number) => unknown): number {
  const kept: unknown[] = Array.from({ length: PRINCIPALS });
  const before = heap();
  for (let at = 0; at < PRINCIPALS; at += 1) kept[at] = make(at);
  const after = heap();
  // Read after the measurement, so that nothing of it was free before.
  if (kept.includes(undefined)) throw new Error("a principal was lost");
  return (after - before) / PRINCIPALS;
}

function ownPolicy(at: number): NamedPolicy {
  return { name: "own", policy: policyFrom(readWritePolicy("my-bucket", { prefix: `users/${at}/` }), "identity") };
}

function question(at: number, action: string): AccessRequest {
  const resource = `arn:aws:s3:::my-bucket/users/${at}/x`;
  return { principal: ann, action, resource, resourceAccount: ACCOUNT, context: contextOf({}) };
}

const actions = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"];

export function measureMemory(): void {
  if (globalThis.gc === undefined) {
    console.log("memory: run node with --expose-gc");
    return;
  }
  const line = (what: string, bytes: number): void =>
    console.log(`${"memory".padEnd(16)}${what.padEnd(60)}${bytes.toFixed(0).padStart(8)} bytes each`);
  line("own scoped policy, parsed", bytesEach(ownPolicy));
  line(
    "own scoped policy, parsed and compiled, not yet asked",
    bytesEach((at) => {
      const { name, policy } = ownPolicy(at);
      return { name, program: policy === "unreadable" ? policy : compilePolicy(policy) };
    }),
  );
  line(
    "own scoped policy, parsed and compiled, asked three actions",
    bytesEach((at) => {
      const layers = compileLayers({ ...noLayers, identity: [ownPolicy(at)] });
      for (const action of actions) decide(layers, question(at, action));
      return layers;
    }),
  );
  const shared = compileLayers(managed().layers);
  line(
    "ten managed policies, boundary and session policy, all shared",
    bytesEach(() => ({ ...shared, identity: shared.identity.map((one): NamedProgram => one) })),
  );
}
