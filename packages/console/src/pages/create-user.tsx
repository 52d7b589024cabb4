import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Multiselect from "@cloudscape-design/components/multiselect";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router";
import { deleteUser } from "../api/iam/delete-identity.ts";
import { listGroups } from "../api/iam/groups.ts";
import { iam } from "../api/iam/iam.ts";
import { type Tag, tagParameters } from "../api/iam/iam-tags.ts";
import { attachPolicy } from "../api/iam/identity-policies.ts";
import type { ManagedPolicy } from "../api/iam/policies.ts";
import { allowOwnPassword } from "../api/iam/users.ts";
import { CanOfNewUser } from "../access/lazy.tsx";
import { useAction } from "../shell/action.ts";
import { Failure } from "../shell/failure.tsx";
import { useNotify } from "../shell/notices.tsx";
import { isName, NameField } from "../shell/name-field.tsx";
import { Buttons, Page } from "../shell/page.tsx";
import { useSession } from "../shell/session-context.tsx";
import { newPasswordChoice, type PasswordChoice, PasswordFields } from "./password-fields.tsx";
import { PolicyPicker } from "./policy-picker.tsx";
import { SecretDialog } from "./secrets.tsx";
import { AddTag, areTags, TagRows } from "./tags.tsx";
import { userPath } from "./users.tsx";

/** What was made before a step failed. */
class PartlyMade extends Error {
  readonly made: readonly string[];

  constructor(made: readonly string[], cause: unknown) {
    super("not every step was done", { cause });
    this.made = made;
  }
}

interface NewUser {
  readonly name: string;
  readonly password: PasswordChoice | undefined;
  readonly groups: readonly string[];
  readonly policies: readonly ManagedPolicy[];
  readonly tags: readonly Tag[];
}

async function createUser({ name, password, groups, policies, tags }: NewUser): Promise<void> {
  const made: string[] = [];
  const step = async (done: string, call: Promise<unknown>): Promise<void> => {
    try {
      await call;
      made.push(done);
    } catch (error) {
      throw made.length === 0 ? error : new PartlyMade(made, error);
    }
  };
  await step(`the user ${name}`, iam("CreateUser", { UserName: name, ...tagParameters(tags) }));
  // The rights come before the password: nobody can sign in to a user that is not ready.
  for (const group of groups)
    await step(`its membership in ${group}`, iam("AddUserToGroup", { UserName: name, GroupName: group }));
  for (const policy of policies) await step(`the policy ${policy.name}`, attachPolicy("User", name, policy.arn));
  if (password?.mustChange === true) await step("the policy IAMUserChangePassword", allowOwnPassword(name));
  if (password !== undefined)
    await step(
      "its password",
      iam("CreateLoginProfile", {
        UserName: name,
        Password: password.password,
        PasswordResetRequired: password.mustChange,
      }),
    );
}

export function Component(): ReactNode {
  const navigate = useNavigate();
  const notify = useNotify();
  const [name, setName] = useState("");
  const [password, setPassword] = useState<PasswordChoice>();
  const [groups, setGroups] = useState<readonly string[]>([]);
  const [policies, setPolicies] = useState<readonly ManagedPolicy[]>([]);
  const [tags, setTags] = useState<readonly Tag[]>([]);
  const [shown, setShown] = useState(false);
  const [looking, setLooking] = useState(false);
  const complete = isName(name, 64) && areTags(tags);
  const known = useQuery({ queryKey: ["groups"], queryFn: listGroups });
  const finish = (): void => {
    void navigate(userPath(name));
    notify({ type: "success", header: `User ${name} is created` }, userPath(name));
  };
  const create = useAction(() => createUser({ name, password, groups, policies, tags }), {
    task: "create the user",
    quiet: true,
    refresh: [["users"]],
    done: () => {
      if (password?.generated === true) setShown(true);
      else finish();
    },
  });
  const undo = useAction(() => deleteUser(name), {
    task: "delete what was made",
    refresh: [["users"]],
    done: () => {
      create.reset();
      return { type: "success", header: `What was made of ${name} is deleted again` };
    },
  });
  const partly = create.error instanceof PartlyMade ? create.error : undefined;
  return (
    <Page title="Create user" narrow above={[["/users", "Users"]]} description="A person or a program.">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (complete) create.run();
        }}
      >
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">User</Header>}>
            <SpaceBetween size="m">
              <NameField label="User name" value={name} max={64} autoFocus onChange={setName} />
              <Checkbox
                checked={password !== undefined}
                onChange={({ detail }) => setPassword(detail.checked ? newPasswordChoice() : undefined)}
                description="The user can sign in to this console with a password."
              >
                Enable console access
              </Checkbox>
              {password === undefined ? null : <PasswordFields value={password} onChange={setPassword} />}
            </SpaceBetween>
          </Container>
          <Container header={<Header variant="h2">Permissions</Header>}>
            <SpaceBetween size="m">
              <FormField label="Groups" description="The user gets the policies of each.">
                <Multiselect
                  selectedOptions={groups.map((value) => ({ value, label: value }))}
                  options={(known.data ?? []).map((group) => ({ value: group.name, label: group.name }))}
                  statusType={known.isPending ? "loading" : known.error === null ? "finished" : "error"}
                  errorText={known.error?.message ?? ""}
                  empty="There are no groups"
                  placeholder="Choose groups"
                  deselectAriaLabel={({ label }) => `Remove ${label ?? ""}`}
                  onChange={({ detail }) => setGroups(detail.selectedOptions.map(({ value }) => value ?? ""))}
                />
              </FormField>
              <PolicyPicker chosen={policies} onChange={setPolicies} />
            </SpaceBetween>
          </Container>
          <Container header={<Header variant="h2">Tags</Header>}>
            <SpaceBetween size="m">
              <TagRows tags={tags} onChange={setTags} />
              <AddTag tags={tags} onChange={setTags} />
            </SpaceBetween>
          </Container>
          <ExpandableSection
            variant="container"
            headerText="What this user will be able to do"
            expanded={looking}
            onChange={({ detail }) => setLooking(detail.expanded)}
          >
            {looking ? <CanOfNewUser name={name} groups={groups} policies={policies} tags={tags} /> : null}
          </ExpandableSection>
          {create.error === undefined ? null : (
            <Failure isAnswer error={partly?.cause ?? create.error} task="create the user">
              {partly === undefined ? null : (
                <Box margin={{ top: "s" }}>
                  <SpaceBetween size="xs">
                    <span>Made before that: {partly.made.join(", ")}.</span>
                    <Button formAction="none" loading={undo.busy} onClick={() => undo.run()}>
                      Delete it again
                    </Button>
                  </SpaceBetween>
                </Box>
              )}
            </Failure>
          )}
          <Box float="right">
            <Buttons>
              <Button variant="link" formAction="none" onClick={() => void navigate("/users")}>
                Cancel
              </Button>
              <Button variant="primary" loading={create.busy} disabled={!complete}>
                Create user
              </Button>
            </Buttons>
          </Box>
        </SpaceBetween>
      </form>
      {shown && password !== undefined ? (
        <PasswordDialog userName={name} password={password.password} onClose={finish} />
      ) : null}
    </Page>
  );
}

/** What the new user needs to sign in. */
export function PasswordDialog(props: {
  readonly userName: string;
  readonly password: string;
  readonly onClose: () => void;
}): ReactNode {
  const { userName, password, onClose } = props;
  const { accountId, alias } = useSession();
  const address = `${location.origin}/signin?account=${encodeURIComponent(alias || accountId)}`;
  return (
    <SecretDialog
      title={`Console password of ${userName}`}
      items={[
        ["Sign-in page", address],
        ["User name", userName],
        ["Password", password],
      ]}
      files={[
        {
          label: ".csv",
          name: `${userName}_credentials.csv`,
          text: `User name,Password,Console sign-in URL\r\n${userName},"${password.replaceAll('"', '""')}",${address}\r\n`,
        },
      ]}
      onClose={onClose}
    />
  );
}
