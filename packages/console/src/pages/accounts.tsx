import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import Box from "@cloudscape-design/components/box";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import { type Account, closeAccount, createAccount, listAccounts, renameAccount } from "../api/organization.ts";
import { useAction } from "../shell/action.ts";
import { DeleteDialog, FormDialog } from "../shell/dialogs.tsx";
import { Facts } from "../shell/facts.tsx";
import { showTime } from "../shell/format.ts";
import { Buttons, Page } from "../shell/page.tsx";
import { type Column, EmptyState, ResourceTable } from "../shell/resource-table.tsx";

const accountRole = "OrganizationAccountAccessRole";

const switchPath = ({ id, name }: Account): string =>
  `/switch-role?${new URLSearchParams({ account: id, roleName: accountRole, displayName: name }).toString()}`;

type Dialog =
  | { readonly kind: "create" }
  | { readonly kind: "made"; readonly account: Account }
  | { readonly kind: "rename"; readonly account: Account }
  | { readonly kind: "close"; readonly account: Account };

/** The accounts of the organization, for the management account. */
export function Component(): ReactNode {
  const query = useQuery({ queryKey: ["accounts"], queryFn: listAccounts });
  const [selected, setSelected] = useState<readonly Account[]>([]);
  const [dialog, setDialog] = useState<Dialog>();
  const managementId = query.data?.managementId ?? "";
  const [chosen] = selected;
  const dismiss = (): void => setDialog(undefined);
  const columns: readonly Column<Account>[] = [
    {
      id: "name",
      header: "Account",
      value: ({ name }) => name,
      cell: ({ id, name }) => (
        <span className="badges">
          <b>{name}</b>
          {id === managementId ? <Badge color="blue">Manages the others</Badge> : null}
        </span>
      ),
    },
    { id: "id", header: "Id", value: ({ id }) => id, cell: ({ id }) => <code>{id}</code> },
    { id: "email", header: "Address", value: ({ email }) => email, cell: ({ email }) => email },
    {
      id: "state",
      header: "State",
      width: 130,
      value: ({ active }) => (active ? "Active" : "Closed"),
      cell: ({ active }) => (
        <StatusIndicator type={active ? "success" : "stopped"}>{active ? "Active" : "Closed"}</StatusIndicator>
      ),
    },
    { id: "joined", header: "Created", value: ({ joined }) => joined, cell: ({ joined }) => showTime(joined) },
    {
      id: "enter",
      header: "Administer",
      cell: (account) =>
        account.id === managementId || !account.active ? null : (
          <Link className="plain-link" to={switchPath(account)} aria-label={`Switch to it: ${account.name}`}>
            Switch to it
          </Link>
        ),
    },
  ];
  return (
    <Page
      title="Accounts"
      description="Each has its own users, roles, keys and buckets, and sees nothing of the others."
      actions={
        <Buttons>
          <Button
            disabled={chosen === undefined || !chosen.active}
            onClick={() => chosen && setDialog({ kind: "rename", account: chosen })}
          >
            Rename
          </Button>
          <Button
            disabled={chosen === undefined || !chosen.active || chosen.id === managementId}
            onClick={() => chosen && setDialog({ kind: "close", account: chosen })}
          >
            Close
          </Button>
          <Button variant="primary" onClick={() => setDialog({ kind: "create" })}>
            Create account
          </Button>
        </Buttons>
      }
    >
      <ResourceTable<Account>
        query={{ data: query.data?.accounts, error: query.error, refetch: query.refetch }}
        columns={columns}
        keyOf={({ id }) => id}
        task="list the accounts"
        noun="accounts"
        selection={{ type: "single", items: selected, onChange: setSelected }}
        empty={<EmptyState title="No accounts">The management account is always here.</EmptyState>}
      />
      {dialog?.kind === "create" ? (
        <CreateDialog onMade={(account) => setDialog({ kind: "made", account })} onClose={dismiss} />
      ) : null}
      {dialog?.kind === "made" ? <MadeDialog account={dialog.account} onClose={dismiss} /> : null}
      {dialog?.kind === "rename" ? (
        <RenameDialog account={dialog.account} isOwn={dialog.account.id === managementId} onClose={dismiss} />
      ) : null}
      {dialog?.kind === "close" ? (
        <CloseDialog
          account={dialog.account}
          onClose={() => {
            setSelected([]);
            dismiss();
          }}
        />
      ) : null}
    </Page>
  );
}

function CreateDialog(props: { readonly onMade: (account: Account) => void; readonly onClose: () => void }): ReactNode {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [state, setState] = useState("");
  const create = useAction(
    async (): Promise<Account> => {
      const id = await createAccount({ name, email }, setState);
      return { id, name, email, active: true, joined: "" };
    },
    { task: "create the account", quiet: true, refresh: [["accounts"]], done: (account) => props.onMade(account) },
  );
  return (
    <FormDialog
      title="Create an account"
      submit="Create account"
      task="create the account"
      busy={create.busy}
      error={create.error}
      disabled={name === "" || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)}
      onSubmit={() => create.run()}
      onClose={props.onClose}
    >
      <FormField label="Account name">
        <Input value={name} autoComplete={false} onChange={({ detail }) => setName(detail.value)} />
      </FormField>
      <FormField label="Email address" description="No other account has it. Nothing is sent there.">
        <Input
          value={email}
          type="email"
          autoComplete={false}
          onChange={({ detail }) => setEmail(detail.value.trim())}
        />
      </FormField>
      {create.busy ? (
        <StatusIndicator type="in-progress">
          {state === "IN_PROGRESS" ? "The account is being made" : "Asking for the account"}
        </StatusIndicator>
      ) : null}
    </FormDialog>
  );
}

/** What one needs to know of a new account, once. */
function MadeDialog({ account, onClose }: { readonly account: Account; readonly onClose: () => void }): ReactNode {
  return (
    <Modal
      visible
      header={`The account ${account.name} is there`}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        </Box>
      }
    >
      <Facts
        stacked
        items={[
          ["Account id", <code key="id">{account.id}</code>],
          ["Role to administer it", accountRole],
          [
            "Root keys",
            <span key="keys">
              In the data folder of the gateway: <code>accounts/{account.id}/root-credentials</code>. Only the owner of
              the folder can read them.
            </span>,
          ],
        ]}
      />
      <p>
        <Link className="plain-link" to={switchPath(account)}>
          Switch to {account.name}
        </Link>
      </p>
    </Modal>
  );
}

function RenameDialog(props: {
  readonly account: Account;
  readonly isOwn: boolean;
  readonly onClose: () => void;
}): ReactNode {
  const { account, isOwn, onClose } = props;
  const [name, setName] = useState(account.name);
  const rename = useAction(() => renameAccount(account.id, name, isOwn), {
    task: "rename the account",
    quiet: true,
    refresh: [["accounts"]],
    done: () => {
      onClose();
      return { type: "success", header: `The account is called ${name} now` };
    },
    undo: () => renameAccount(account.id, account.name, isOwn),
  });
  return (
    <FormDialog
      title={`Rename the account ${account.name}`}
      submit="Rename"
      task="rename the account"
      busy={rename.busy}
      error={rename.error}
      disabled={name === "" || name === account.name}
      onSubmit={() => rename.run()}
      onClose={onClose}
    >
      <FormField label="Account name">
        <Input value={name} autoComplete={false} onChange={({ detail }) => setName(detail.value)} />
      </FormField>
    </FormDialog>
  );
}

function CloseDialog({ account, onClose }: { readonly account: Account; readonly onClose: () => void }): ReactNode {
  const close = useAction(() => closeAccount(account.id), {
    task: "close the account",
    quiet: true,
    refresh: [["accounts"]],
    done: () => {
      onClose();
      return { type: "success", header: `The account ${account.name} is closed` };
    },
  });
  return (
    <DeleteDialog
      title={`Close the account ${account.name}`}
      submit="Close account"
      word={account.id}
      task="close the account"
      busy={close.busy}
      error={close.error}
      onDelete={() => close.run()}
      onClose={onClose}
    >
      Its keys, sessions and roles stop at once, and nobody reaches its buckets any more. This cannot be undone.
    </DeleteDialog>
  );
}
