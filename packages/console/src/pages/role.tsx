import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useParams } from "react-router";
import { CanOf } from "../access/lazy.tsx";
import { deleteRole } from "../api/iam/delete-identity.ts";
import { getRole, type Role } from "../api/iam/roles.ts";
import { hasErrors } from "../editor/has-errors.ts";
import { useAction } from "../shell/action.ts";
import { CopyButton } from "../shell/copy.tsx";
import { DeleteDialog } from "../shell/dialogs.tsx";
import { Arn, Facts } from "../shell/facts.tsx";
import { Failure, isMissing } from "../shell/failure.tsx";
import { showDuration, showTime } from "../shell/format.ts";
import { PageTabs } from "../shell/page-tabs.tsx";
import { LinkButton } from "../shell/link-button.tsx";
import { Buttons, Page } from "../shell/page.tsx";
import { useAccountId } from "../shell/session-context.tsx";
import { Permissions } from "./permissions.tsx";
import { roleLoss, rolePath } from "./roles.tsx";
import { Sessions } from "./sessions.tsx";
import { taggedIn, Tags } from "./tags.tsx";
import { usePolicyEdit } from "./policy-edit.tsx";
import { trustedBy } from "./trust.ts";
import { TrustEditor } from "./trust-editor.tsx";

export function Component(): ReactNode {
  const { name = "" } = useParams();
  const accountId = useAccountId();
  const query = useQuery({ queryKey: ["role", name], queryFn: () => getRole(name) });
  const [deleting, setDeleting] = useState(false);
  const remove = useAction(() => deleteRole(name), {
    task: "delete the role",
    quiet: true,
    refresh: [["roles"]],
    done: () => ({ type: "success", header: `Role ${name} is deleted` }),
    goTo: () => "/roles",
  });
  const role = query.data;
  const link = `/switch-role?${new URLSearchParams({ account: accountId, roleName: name }).toString()}`;
  return (
    <Page
      title={name}
      above={[["/roles", "Roles"]]}
      description={role?.description}
      actions={
        isMissing(query.error) ? null : (
          <Buttons>
            <Button onClick={() => setDeleting(true)}>Delete</Button>
            <LinkButton to={link}>Switch to this role</LinkButton>
          </Buttons>
        )
      }
    >
      {query.error === null ? null : (
        <Failure error={query.error} task="read the role" retry={() => void query.refetch()} />
      )}
      {role === undefined ? null : (
        <>
          <Container>
            <Facts
              items={[
                ["ARN", <Arn key="arn" arn={role.arn} />],
                ["Trusts", trustedBy(role.trust).join(", ")],
                ["Longest session", showDuration(role.maxSessionSeconds * 1000)],
                ["Unique id", <code key="id">{role.id}</code>],
                ["Created", showTime(role.created)],
                ["Last used", showTime(role.lastUsed) || "Never"],
                [
                  "Link to switch",
                  <span key="link" className="arn">
                    For whom it trusts <CopyButton text={`${location.origin}${link}`} what="the link to switch" />
                  </span>,
                ],
              ]}
            />
          </Container>
          <PageTabs
            name={name}
            pathOf={(tab) => rolePath(name, tab)}
            tabs={[
              {
                id: "permissions",
                label: "Permissions",
                content: <Permissions kind="Role" name={name} boundary={role.boundary} />,
              },
              { id: "trust", label: "Trust policy", content: <Trust key={role.name} role={role} /> },
              {
                id: "sessions",
                label: "Sessions",
                content: <Sessions filter={{ RoleName: name }} of={`the role ${name}`} word={name} />,
              },
              { id: "tags", label: "Tags", content: <Tags of={taggedIn("Role", name)} /> },
              { id: "can", label: "What it may do", content: <CanOf arn={role.arn} /> },
            ]}
          />
        </>
      )}
      {deleting ? (
        <DeleteDialog
          title={`Delete the role ${name}`}
          word={name}
          task="delete the role"
          busy={remove.busy}
          error={remove.error}
          onDelete={() => remove.run()}
          onClose={() => setDeleting(false)}
        >
          {roleLoss}
        </DeleteDialog>
      ) : null}
    </Page>
  );
}

function Trust({ role }: { readonly role: Role }): ReactNode {
  const edit = usePolicyEdit({
    place: { kind: "trust", role: role.name },
    stored: role.trust,
    task: "save the trust policy",
    refresh: [["role", role.name], ["roles"]],
    saved: `The trust policy of ${role.name} is saved`,
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Who may take the role. A user also needs sts:AssumeRole, or to be named here itself."
        >
          Trust policy
        </Header>
      }
    >
      <SpaceBetween size="l">
        {edit.problem}
        <TrustEditor value={edit.text} onChange={edit.setText} />
        <Box float="right">
          <Buttons>
            <Button variant="link" disabled={!edit.isChanged} onClick={edit.discard}>
              Discard changes
            </Button>
            <Button
              variant="primary"
              loading={edit.busy}
              disabled={!edit.isChanged || hasErrors(edit.text, "trust")}
              onClick={edit.save}
            >
              Save
            </Button>
          </Buttons>
        </Box>
      </SpaceBetween>
    </Container>
  );
}
