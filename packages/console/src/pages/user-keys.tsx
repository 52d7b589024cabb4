import Button from "@cloudscape-design/components/button";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { type AccessKey, createKey, keyLastUsed, listKeys, type NewAccessKey } from "../api/iam/access-keys.ts";
import { iam } from "../api/iam/iam.ts";
import { useAction } from "../shell/action.ts";
import { DeleteDialog } from "../shell/dialogs.tsx";
import { ageInDays, countOf, showTime } from "../shell/format.ts";
import { messageOf } from "../shell/message-of.ts";
import { Buttons } from "../shell/page.tsx";
import { EmptyState, ResourceTable } from "../shell/resource-table.tsx";
import { keyFiles, SecretDialog } from "./secrets.tsx";

const old = 90;

function LastUsed({ id }: { readonly id: string }): ReactNode {
  const { data, error } = useQuery({ queryKey: ["key-used", id], queryFn: () => keyLastUsed(id) });
  if (error !== null) return <span className="soft">{messageOf(error)}</span>;
  if (data === undefined) return "…";
  return data.time === "" ? "Never" : `${showTime(data.time)}, ${data.service}`;
}

export function UserKeys({ name }: { readonly name: string }): ReactNode {
  const refresh = [["keys", name]];
  const query = useQuery({ queryKey: ["keys", name], queryFn: () => listKeys(name) });
  const [made, setMade] = useState<NewAccessKey>();
  const [deleting, setDeleting] = useState<AccessKey>();
  const create = useAction(() => createKey(name), {
    task: "create an access key",
    refresh,
    done: (key) => setMade(key),
  });
  const set = useAction(
    async ({ id, active }: AccessKey) =>
      iam("UpdateAccessKey", { UserName: name, AccessKeyId: id, Status: active ? "Inactive" : "Active" }),
    { task: "change the access key", refresh },
  );
  const remove = useAction(({ id }: AccessKey) => iam("DeleteAccessKey", { UserName: name, AccessKeyId: id }), {
    task: "delete the access key",
    quiet: true,
    refresh,
    done: () => {
      setDeleting(undefined);
      return { type: "success", header: "The access key is deleted" };
    },
  });
  return (
    <>
      <ResourceTable<AccessKey>
        query={query}
        keyOf={({ id }) => id}
        task="list the access keys"
        noun="access keys"
        title="Access keys"
        description="For programs and commands. A user has at most two, so that one can replace the other."
        actions={
          <Button loading={create.busy} onClick={() => create.run()}>
            Create access key
          </Button>
        }
        columns={[
          { id: "id", header: "Access key id", value: ({ id }) => id, cell: ({ id }) => <code>{id}</code> },
          {
            id: "status",
            header: "Status",
            value: ({ active }) => (active ? "Active" : "Inactive"),
            cell: ({ active }) => (
              <StatusIndicator type={active ? "success" : "stopped"}>{active ? "Active" : "Inactive"}</StatusIndicator>
            ),
          },
          {
            id: "created",
            header: "Age",
            value: ({ created }) => created,
            cell: ({ created }) => {
              const days = ageInDays(created);
              const words = days < 1 ? "today" : countOf(days, "day");
              return (
                <span title={showTime(created)}>
                  {days > old ? <StatusIndicator type="warning">{words}: replace it</StatusIndicator> : words}
                </span>
              );
            },
          },
          { id: "used", header: "Last used", cell: ({ id }) => <LastUsed id={id} /> },
          {
            id: "change",
            header: "Change",
            cell: (key) => (
              <Buttons>
                <Button
                  variant="inline-link"
                  ariaLabel={`${key.active ? "Deactivate" : "Activate"} ${key.id}`}
                  onClick={() => set.run(key)}
                >
                  {key.active ? "Deactivate" : "Activate"}
                </Button>
                <Button variant="inline-link" ariaLabel={`Delete ${key.id}`} onClick={() => setDeleting(key)}>
                  Delete
                </Button>
              </Buttons>
            ),
          },
        ]}
        empty={
          <EmptyState title="No access keys" action={<Button onClick={() => create.run()}>Create access key</Button>}>
            A person who uses only this console needs none. For a program, temporary credentials are safer.
          </EmptyState>
        }
      />
      {made === undefined ? null : (
        <SecretDialog
          title={`Access key of ${name}`}
          items={[
            ["Access key id", made.id],
            ["Secret access key", made.secret],
          ]}
          files={keyFiles(name, made.id, made.secret)}
          onClose={() => {
            create.reset();
            setMade(undefined);
          }}
        />
      )}
      {deleting === undefined ? null : (
        <DeleteDialog
          title="Delete the access key"
          word={deleting.id}
          task="delete the access key"
          busy={remove.busy}
          error={remove.error}
          onDelete={() => remove.run(deleting)}
          onClose={() => {
            remove.reset();
            setDeleting(undefined);
          }}
        >
          What signs with it is refused at once. Deactivate it first to find out who still uses it: that can be undone.
        </DeleteDialog>
      )}
    </>
  );
}
