import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { iam } from "../api/iam/iam.ts";
import { allowOwnPassword, getLoginProfile } from "../api/iam/users.ts";
import { useAction } from "../shell/action.ts";
import { DeleteDialog, FormDialog } from "../shell/dialogs.tsx";
import { Arn, Facts } from "../shell/facts.tsx";
import { Failure } from "../shell/failure.tsx";
import { showTime } from "../shell/format.ts";
import { Buttons } from "../shell/page.tsx";
import { useSession } from "../shell/session-context.tsx";
import { PasswordDialog } from "./create-user.tsx";
import { newPasswordChoice, PasswordFields } from "./password-fields.tsx";

/** Console access of one user. */
export function UserSignIn({ name }: { readonly name: string }): ReactNode {
  const { accountId, alias } = useSession();
  const query = useQuery({ queryKey: ["login", name], queryFn: async () => (await getLoginProfile(name)) ?? null });
  const [dialog, setDialog] = useState<"set" | "delete">();
  const remove = useAction(() => iam("DeleteLoginProfile", { UserName: name }), {
    task: "take console access away",
    quiet: true,
    refresh: [["login", name]],
    done: () => {
      setDialog(undefined);
      return { type: "success", header: `${name} can no longer sign in to the console` };
    },
  });
  if (query.error !== null)
    return <Failure error={query.error} task="read the console access" retry={() => void query.refetch()} />;
  const profile = query.data;
  const address = `${location.origin}/signin?account=${encodeURIComponent(alias || accountId)}`;
  return (
    <>
      <Container
        header={
          <Header
            variant="h2"
            description="Signing in to this console with a name and a password."
            actions={
              profile === undefined ? null : (
                <Buttons>
                  {profile === null ? null : (
                    <Button onClick={() => setDialog("delete")}>Disable console access</Button>
                  )}
                  <Button variant={profile === null ? "primary" : "normal"} onClick={() => setDialog("set")}>
                    {profile === null ? "Enable console access" : "Set a new password"}
                  </Button>
                </Buttons>
              )
            }
          >
            Console sign-in
          </Header>
        }
      >
        {profile === undefined ? null : (
          <Facts
            items={[
              [
                "Console access",
                profile === null ? (
                  <StatusIndicator key="state" type="stopped">
                    Off
                  </StatusIndicator>
                ) : (
                  <StatusIndicator key="state" type="success">
                    {profile.mustChange ? "On, must choose a new password" : "On"}
                  </StatusIndicator>
                ),
              ],
              ["Password set", profile === null ? "" : showTime(profile.created)],
              ["Sign-in page", <Arn key="address" arn={address} what="the address" />],
            ]}
          />
        )}
      </Container>
      {dialog === "set" ? (
        <PasswordForm name={name} isNew={profile === null} onClose={() => setDialog(undefined)} />
      ) : null}
      {dialog === "delete" ? (
        <DeleteDialog
          title={`Disable console access of ${name}`}
          submit="Disable"
          word={name}
          task="take console access away"
          busy={remove.busy}
          error={remove.error}
          onDelete={() => remove.run()}
          onClose={() => setDialog(undefined)}
        >
          The password is deleted and open console sessions of {name} end. Access keys go on working.
        </DeleteDialog>
      ) : null}
    </>
  );
}

function PasswordForm(props: {
  readonly name: string;
  readonly isNew: boolean;
  readonly onClose: () => void;
}): ReactNode {
  const { name, isNew, onClose } = props;
  const [choice, setChoice] = useState(newPasswordChoice);
  const [shown, setShown] = useState(false);
  const save = useAction(
    async () => {
      if (choice.mustChange) await allowOwnPassword(name);
      await iam(isNew ? "CreateLoginProfile" : "UpdateLoginProfile", {
        UserName: name,
        Password: choice.password,
        PasswordResetRequired: choice.mustChange,
      });
    },
    {
      task: isNew ? "enable console access" : "set the password",
      quiet: true,
      refresh: [["login", name], ["sources"]],
      done: () => {
        if (choice.generated) setShown(true);
        else onClose();
        return { type: "success", header: `${name} can sign in to the console` };
      },
    },
  );
  if (shown) return <PasswordDialog userName={name} password={choice.password} onClose={onClose} />;
  return (
    <FormDialog
      title={isNew ? `Enable console access of ${name}` : `New password of ${name}`}
      submit={isNew ? "Enable console access" : "Set password"}
      task={isNew ? "enable console access" : "set the password"}
      busy={save.busy}
      error={save.error}
      disabled={choice.password === ""}
      onSubmit={() => save.run()}
      onClose={onClose}
    >
      <PasswordFields value={choice} onChange={setChoice} />
    </FormDialog>
  );
}
