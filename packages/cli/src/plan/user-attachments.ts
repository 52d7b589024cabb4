import type { IAMClient } from "@aws-sdk/client-iam";
import { failedWith } from "../output/errors.ts";
import type { Provider } from "../service/providers.ts";
import { listKeyIds, listUserPolicyNames, userPolicyText } from "../service/users.ts";
import type { Attachment, Listing } from "./attachments.ts";

const listings: readonly Listing[] = [
  { what: "inline policies", find: inlinePolicies, always: true },
  { what: "attached policies", find: attachedPolicies },
  { what: "groups", find: groups },
  { what: "password", find: loginProfile },
  { what: "MFA devices", find: mfaDevices },
  { what: "signing certificates", find: signingCertificates },
  { what: "SSH public keys", find: sshPublicKeys },
  { what: "service credentials", find: serviceCredentials },
  { what: "access keys", find: accessKeys, always: true },
];

/** What a user may have at this service. */
export function userListings(provider: Provider): readonly Listing[] {
  return provider.keysGoWithUser === true ? listings.filter(({ find }) => find !== accessKeys) : listings;
}

async function* inlinePolicies(iam: IAMClient, user: string): AsyncGenerator<Attachment> {
  const { DeleteUserPolicyCommand, PutUserPolicyCommand } = await import("@aws-sdk/client-iam");
  for await (const name of listUserPolicyNames(iam, user)) {
    const text = await userPolicyText(iam, user, name);
    const target = { UserName: user, PolicyName: name };
    yield {
      what: `policy ${name}`,
      line: `Deleted policy: ${name}`,
      remove: async () => void (await iam.send(new DeleteUserPolicyCommand(target))),
      restore: async () => void (await iam.send(new PutUserPolicyCommand({ ...target, PolicyDocument: text }))),
    };
  }
}

async function* attachedPolicies(iam: IAMClient, user: string): AsyncGenerator<Attachment> {
  const { AttachUserPolicyCommand, DetachUserPolicyCommand, paginateListAttachedUserPolicies } =
    await import("@aws-sdk/client-iam");
  for await (const page of paginateListAttachedUserPolicies({ client: iam }, { UserName: user })) {
    for (const { PolicyArn } of page.AttachedPolicies ?? []) {
      const target = { UserName: user, PolicyArn };
      yield {
        what: `attached policy ${PolicyArn}`,
        line: `Detached policy: ${PolicyArn}`,
        remove: async () => void (await iam.send(new DetachUserPolicyCommand(target))),
        restore: async () => void (await iam.send(new AttachUserPolicyCommand(target))),
      };
    }
  }
}

async function* groups(iam: IAMClient, user: string): AsyncGenerator<Attachment> {
  const { AddUserToGroupCommand, RemoveUserFromGroupCommand, paginateListGroupsForUser } =
    await import("@aws-sdk/client-iam");
  for await (const page of paginateListGroupsForUser({ client: iam }, { UserName: user })) {
    for (const { GroupName } of page.Groups ?? []) {
      const target = { UserName: user, GroupName };
      yield {
        what: `membership of group ${GroupName}`,
        line: `Removed from group: ${GroupName}`,
        remove: async () => void (await iam.send(new RemoveUserFromGroupCommand(target))),
        restore: async () => void (await iam.send(new AddUserToGroupCommand(target))),
      };
    }
  }
}

async function* loginProfile(iam: IAMClient, user: string): AsyncGenerator<Attachment> {
  const { DeleteLoginProfileCommand, GetLoginProfileCommand } = await import("@aws-sdk/client-iam");
  try {
    await iam.send(new GetLoginProfileCommand({ UserName: user }));
  } catch (error) {
    if (failedWith(error, "NoSuchEntity", "NoSuchEntityException")) return;
    throw error;
  }
  yield {
    what: "the password",
    line: "Deleted password",
    remove: async () => void (await iam.send(new DeleteLoginProfileCommand({ UserName: user }))),
    humanIndicator: "a password",
  };
}

async function* mfaDevices(iam: IAMClient, user: string): AsyncGenerator<Attachment> {
  const { DeactivateMFADeviceCommand, DeleteVirtualMFADeviceCommand, paginateListMFADevices } =
    await import("@aws-sdk/client-iam");
  for await (const page of paginateListMFADevices({ client: iam }, { UserName: user })) {
    for (const { SerialNumber } of page.MFADevices ?? []) {
      yield {
        what: `MFA device ${SerialNumber}`,
        line: `Deactivated MFA device: ${SerialNumber}`,
        remove: async () => {
          await iam.send(new DeactivateMFADeviceCommand({ UserName: user, SerialNumber }));
          // A virtual one is named by an ARN, and is of no use without its user.
          if (SerialNumber?.includes(":mfa/") === true)
            await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
        },
        humanIndicator: "an MFA device",
      };
    }
  }
}

async function* signingCertificates(iam: IAMClient, user: string): AsyncGenerator<Attachment> {
  const { DeleteSigningCertificateCommand, paginateListSigningCertificates } = await import("@aws-sdk/client-iam");
  for await (const page of paginateListSigningCertificates({ client: iam }, { UserName: user })) {
    for (const { CertificateId } of page.Certificates ?? []) {
      yield {
        what: `signing certificate ${CertificateId}`,
        line: `Deleted signing certificate: ${CertificateId}`,
        remove: async () =>
          void (await iam.send(new DeleteSigningCertificateCommand({ UserName: user, CertificateId }))),
      };
    }
  }
}

async function* sshPublicKeys(iam: IAMClient, user: string): AsyncGenerator<Attachment> {
  const { DeleteSSHPublicKeyCommand, paginateListSSHPublicKeys } = await import("@aws-sdk/client-iam");
  for await (const page of paginateListSSHPublicKeys({ client: iam }, { UserName: user })) {
    for (const { SSHPublicKeyId } of page.SSHPublicKeys ?? []) {
      yield {
        what: `SSH public key ${SSHPublicKeyId}`,
        line: `Deleted SSH public key: ${SSHPublicKeyId}`,
        remove: async () => void (await iam.send(new DeleteSSHPublicKeyCommand({ UserName: user, SSHPublicKeyId }))),
      };
    }
  }
}

async function* serviceCredentials(iam: IAMClient, user: string): AsyncGenerator<Attachment> {
  const { DeleteServiceSpecificCredentialCommand, ListServiceSpecificCredentialsCommand } =
    await import("@aws-sdk/client-iam");
  const { ServiceSpecificCredentials } = await iam.send(new ListServiceSpecificCredentialsCommand({ UserName: user }));
  for (const { ServiceSpecificCredentialId } of ServiceSpecificCredentials ?? []) {
    yield {
      what: `service credential ${ServiceSpecificCredentialId}`,
      line: `Deleted service credential: ${ServiceSpecificCredentialId}`,
      remove: async () =>
        void (await iam.send(
          new DeleteServiceSpecificCredentialCommand({ UserName: user, ServiceSpecificCredentialId }),
        )),
    };
  }
}

async function* accessKeys(iam: IAMClient, user: string): AsyncGenerator<Attachment> {
  const { DeleteAccessKeyCommand } = await import("@aws-sdk/client-iam");
  for await (const key of listKeyIds(iam, user)) {
    yield {
      what: `access key ${key}`,
      line: `Deleted access key: ${key}`,
      remove: async () => void (await iam.send(new DeleteAccessKeyCommand({ UserName: user, AccessKeyId: key }))),
    };
  }
}
