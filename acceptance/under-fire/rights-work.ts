import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteRolePolicyCommand,
  DeleteUserPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { expect } from "vitest";
import { seededRandom } from "../../packages/gateway/test/seeded-random.mjs";
import { allow } from "../fixtures.ts";
import type { Keys } from "../gateway.ts";
import { type Ended, ended, type WatchedClients } from "./attempts.ts";

const rights = { PolicyName: "inline", PolicyDocument: JSON.stringify(allow("s3:GetObject", "*")) };

type Reply = Promise<{ readonly $metadata: { readonly attempts?: number } }>;

/** Keys of which it is known how a request with them has to end: that what made it so was acknowledged. */
interface Known {
  readonly keys: Keys;
  readonly outcome: "allowed" | "InvalidAccessKeyId" | "AccessDenied";
  /** How it came to be so. */
  readonly why: string;
}

/**
 * Those who make users, keys, policies, roles and sessions and take them away again, and those who use what the others have made.
 * A change that was repeated and finds that it is made already counts as acknowledged, as people and programs take it.
 */
export class RightsWork {
  readonly #known = new Map<string, Known>();
  readonly #names: string[] = [];
  /** What must not have happened. */
  readonly violations: string[] = [];
  revoked = 0;
  uses = 0;
  readonly #clients: WatchedClients;
  readonly #admin: Keys;
  readonly #accountId: string;

  constructor(clients: WatchedClients, admin: Keys, accountId: string) {
    this.#clients = clients;
    this.#admin = admin;
    this.#accountId = accountId;
  }

  async change(changer: number, isOver: () => boolean): Promise<void> {
    const random = seededRandom("rights", changer);
    for (let round = 0; !isOver(); round += 1) {
      const name = `c${changer}-${round}`;
      await (random(4) === 0 ? this.#session(name, random) : this.#user(name, random));
    }
  }

  /** A user with a policy and a key, of which one is taken away again in most rounds. */
  async #user(UserName: string, random: (limit: number) => number): Promise<void> {
    const { iam } = this.#clients.of(this.#admin);
    if (!(await this.#done(iam.send(new CreateUserCommand({ UserName })), "EntityAlreadyExists"))) return;
    const put = await this.#sent(iam.send(new PutUserPolicyCommand({ UserName, ...rights })));
    if (put.outcome !== "allowed") return;
    const made = await this.#sent(iam.send(new CreateAccessKeyCommand({ UserName })), "LimitExceeded");
    const { AccessKeyId = "", SecretAccessKey = "" } = made.output?.AccessKey ?? {};
    if (made.outcome !== "allowed") return;
    const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
    const key = { UserName, AccessKeyId };
    await this.#learn({ keys, outcome: "allowed", why: "made" });
    const way = random(4);
    if (way === 0) await this.#revoke(keys, "InvalidAccessKeyId", () => iam.send(new DeleteAccessKeyCommand(key)));
    if (way === 1)
      await this.#revoke(keys, "InvalidAccessKeyId", () =>
        iam.send(new UpdateAccessKeyCommand({ ...key, Status: "Inactive" })),
      );
    // A repeated PutUserPolicy may be done late, and then the policy is there again.
    if (way === 2 && put.attempts === 1)
      await this.#revoke(keys, "AccessDenied", () =>
        iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: rights.PolicyName })),
      );
  }

  /** A role and a session of it, whose rights are taken away in half of the rounds. */
  async #session(RoleName: string, random: (limit: number) => number): Promise<void> {
    const { iam, sts } = this.#clients.of(this.#admin);
    const trust = { Effect: "Allow", Principal: { AWS: this.#accountId }, Action: "sts:AssumeRole" };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: trust });
    const role = iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    if (!(await this.#done(role, "EntityAlreadyExists"))) return;
    const put = await this.#sent(iam.send(new PutRolePolicyCommand({ RoleName, ...rights })));
    if (put.outcome !== "allowed") return;
    const RoleArn = `arn:aws:iam::${this.#accountId}:role/${RoleName}`;
    const { output } = await this.#sent(sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "fire" })));
    if (output?.Credentials === undefined) return;
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = output.Credentials;
    const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    await this.#learn({ keys, outcome: "allowed", why: "issued" });
    if (random(2) === 0 && put.attempts === 1)
      await this.#revoke(keys, "AccessDenied", () =>
        iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: rights.PolicyName })),
      );
  }

  async #revoke(keys: Keys, outcome: Known["outcome"], send: () => Reply): Promise<void> {
    this.#known.delete(keys.accessKeyId);
    const sent = await this.#sent(send(), "NoSuchEntity");
    if (sent.isRetryable) return; // perhaps
    this.revoked += 1;
    await this.#learn({ keys, outcome, why: `${sent.outcome} at attempt ${sent.attempts}` });
  }

  async #learn(known: Known): Promise<void> {
    this.#known.set(known.keys.accessKeyId, known);
    this.#names.push(known.keys.accessKeyId);
    await this.#use(known);
  }

  /** Whether it is known to be made: now, or by an earlier attempt. */
  async #done(sent: Reply, already: string): Promise<boolean> {
    return !(await this.#sent(sent, already)).isRetryable;
  }

  /** `already`: how a change ends that an earlier attempt of it has made. */
  async #sent<Output extends Awaited<Reply>>(sent: Promise<Output>, already = ""): Promise<Ended<Output>> {
    const got = await ended(sent);
    const isRight =
      got.outcome === "allowed" ||
      got.isRetryable ||
      (got.attempts > 1 && got.outcome.startsWith(already) && already !== "");
    if (!isRight) this.violations.push(`a change ended with ${got.outcome} at attempt ${got.attempts}`);
    return got;
  }

  async use(user: number, isOver: () => boolean): Promise<void> {
    const random = seededRandom("users", user);
    while (!isOver()) {
      const known = this.#known.get(this.#names[random(this.#names.length)] ?? "");
      if (known === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
      else await this.#use(known);
    }
  }

  async #use(known: Known, clients = this.#clients): Promise<void> {
    const { s3 } = clients.of(known.keys);
    const get = s3.send(new GetObjectCommand({ Bucket: "shared", Key: "one" }));
    const got = await ended(get.then(async (reply) => ({ ...reply, text: await reply.Body?.transformToString() })));
    const isStill = this.#known.get(known.keys.accessKeyId) === known;
    if (got.isRetryable || !isStill) return;
    this.uses += 1;
    if (got.outcome !== known.outcome)
      this.violations.push(`${known.keys.accessKeyId} (${known.why}): ${got.outcome}, not ${known.outcome}`);
  }

  /** When all is quiet, on each gateway by itself. */
  async check(gateways: readonly WatchedClients[]): Promise<void> {
    for (const clients of gateways) for (const known of this.#known.values()) await this.#use(known, clients);
    expect(this.violations).toEqual([]);
    expect(Math.min(this.revoked, this.uses)).toBeGreaterThan(0);
  }
}
