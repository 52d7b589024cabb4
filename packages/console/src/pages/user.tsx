import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useParams } from "react-router";
import { CanOf } from "../access/lazy.tsx";
import { deleteUser } from "../api/iam/delete-identity.ts";
import { getUser } from "../api/iam/users.ts";
import { useAction } from "../shell/action.ts";
import { DeleteDialog } from "../shell/dialogs.tsx";
import { Arn, Facts } from "../shell/facts.tsx";
import { Failure, isMissing } from "../shell/failure.tsx";
import { showTime } from "../shell/format.ts";
import { PageTabs } from "../shell/page-tabs.tsx";
import { Page } from "../shell/page.tsx";
import { Permissions } from "./permissions.tsx";
import { Sessions } from "./sessions.tsx";
import { taggedIn, Tags } from "./tags.tsx";
import { UserGroups } from "./user-groups.tsx";
import { UserKeys } from "./user-keys.tsx";
import { UserMfa } from "./user-mfa.tsx";
import { UserSignIn } from "./user-sign-in.tsx";
import { userLoss, userPath } from "./users.tsx";

export function Component(): ReactNode {
  const { name = "" } = useParams();
  const query = useQuery({ queryKey: ["user", name], queryFn: () => getUser(name) });
  const [deleting, setDeleting] = useState(false);
  const remove = useAction(() => deleteUser(name), {
    task: "delete the user",
    quiet: true,
    refresh: [["users"]],
    done: () => ({ type: "success", header: `User ${name} is deleted` }),
    goTo: () => "/users",
  });
  const user = query.data;
  return (
    <Page
      title={name}
      above={[["/users", "Users"]]}
      actions={isMissing(query.error) ? null : <Button onClick={() => setDeleting(true)}>Delete</Button>}
    >
      {query.error === null ? null : (
        <Failure error={query.error} task="read the user" retry={() => void query.refetch()} />
      )}
      {user === undefined ? null : (
        <>
          <Container>
            <Facts
              items={[
                ["ARN", <Arn key="arn" arn={user.arn} />],
                ["Unique id", <code key="id">{user.id}</code>],
                ["Created", showTime(user.created)],
                ["Password last used", showTime(user.passwordUsed) || "Never"],
              ]}
            />
          </Container>
          <PageTabs
            name={name}
            pathOf={(tab) => userPath(name, tab)}
            tabs={[
              {
                id: "permissions",
                label: "Permissions",
                content: <Permissions kind="User" name={name} boundary={user.boundary} />,
              },
              { id: "groups", label: "Groups", content: <UserGroups name={name} /> },
              { id: "keys", label: "Access keys", content: <UserKeys name={name} /> },
              {
                id: "sign-in",
                label: "Console sign-in",
                content: (
                  <SpaceBetween size="l">
                    <UserSignIn name={name} />
                    <UserMfa name={name} />
                  </SpaceBetween>
                ),
              },
              {
                id: "sessions",
                label: "Sessions",
                content: <Sessions filter={{ UserName: name }} of={`the user ${name}`} word={name} />,
              },
              { id: "tags", label: "Tags", content: <Tags of={taggedIn("User", name)} /> },
              { id: "can", label: "What it may do", content: <CanOf arn={user.arn} /> },
            ]}
          />
        </>
      )}
      {deleting ? (
        <DeleteDialog
          title={`Delete the user ${name}`}
          word={name}
          task="delete the user"
          busy={remove.busy}
          error={remove.error}
          onDelete={() => remove.run()}
          onClose={() => setDeleting(false)}
        >
          {userLoss}
        </DeleteDialog>
      ) : null}
    </Page>
  );
}
