import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { Link, useNavigate } from "react-router";
import { type Bucket, createBucket, deleteBucket, listBuckets } from "../api/s3.ts";
import { useAction } from "../shell/action.ts";
import { DeleteDialog, FormDialog } from "../shell/dialogs.tsx";
import { showTime } from "../shell/format.ts";
import { Buttons, Page } from "../shell/page.tsx";
import { type Column, EmptyState, ResourceTable } from "../shell/resource-table.tsx";

export const bucketPath = (name: string, tab = ""): string =>
  `/buckets/${encodeURIComponent(name)}${tab === "" ? "" : `/${tab}`}`;

const columns: readonly Column<Bucket>[] = [
  {
    id: "name",
    header: "Name",
    value: ({ name }) => name,
    cell: ({ name }) => (
      <Link className="plain-link" to={bucketPath(name)}>
        {name}
      </Link>
    ),
  },
  { id: "created", header: "Created", value: ({ created }) => created, cell: ({ created }) => showTime(created) },
];

export function Component(): ReactNode {
  const query = useQuery({ queryKey: ["buckets"], queryFn: listBuckets });
  const [selected, setSelected] = useState<readonly Bucket[]>([]);
  const [dialog, setDialog] = useState<"create" | "delete">();
  const [chosen] = selected;
  return (
    <Page
      title="Buckets"
      description="Where objects are kept."
      actions={
        <Buttons>
          <Button disabled={chosen === undefined} onClick={() => setDialog("delete")}>
            Delete
          </Button>
          <Button variant="primary" onClick={() => setDialog("create")}>
            Create bucket
          </Button>
        </Buttons>
      }
    >
      <OpenByName refused={query.error !== null} />
      <ResourceTable
        query={query}
        columns={columns}
        keyOf={({ name }) => name}
        task="list the buckets"
        noun="buckets"
        selection={{ type: "single", items: selected, onChange: setSelected }}
        empty={
          <EmptyState
            title="No buckets yet"
            action={<Button onClick={() => setDialog("create")}>Create bucket</Button>}
          >
            A bucket has a name of its own and holds any number of objects. Its owner decides who may use it.
          </EmptyState>
        }
      />
      {dialog === "create" ? <CreateDialog onClose={() => setDialog(undefined)} /> : null}
      {dialog === "delete" && chosen !== undefined ? (
        <DeleteBucketDialog
          name={chosen.name}
          onClose={() => setDialog(undefined)}
          onDeleted={() => {
            setSelected([]);
            setDialog(undefined);
          }}
        />
      ) : null}
    </Page>
  );
}

/** Whoever may not list the buckets may still use one. */
function OpenByName({ refused }: { readonly refused: boolean }): ReactNode {
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const open = (event: FormEvent): void => {
    event.preventDefault();
    if (name !== "") void navigate(bucketPath(name));
  };
  return (
    <form onSubmit={open} className="adder">
      <FormField
        label="Open a bucket by its name"
        {...(refused ? { description: "You can use a bucket without the right to list all of them." } : {})}
      >
        <Input
          value={name}
          autoComplete={false}
          placeholder="reports"
          onChange={({ detail }) => setName(detail.value.trim())}
        />
      </FormField>
      <Button disabled={name === ""}>Open</Button>
    </form>
  );
}

/** Why S3 refuses the name; empty when it does not. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function bucketNameFault(name: string): string {
  if (/[A-Z]/.test(name)) return "Upper case letters are not allowed.";
  if (/[^a-z0-9.-]/.test(name)) return "Only lower case letters, digits, dots and hyphens are allowed.";
  if (!/^[a-z0-9].*[a-z0-9]$|^[a-z0-9]$/.test(name)) return "It must begin and end with a letter or a digit.";
  if (name.includes("..")) return "Two dots in a row are not allowed.";
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return "It must not look like an IP address.";
  return name.length < 3 || name.length > 63 ? "It must have 3 to 63 characters." : "";
}

function CreateDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const [name, setName] = useState("");
  const fault = name === "" ? "" : bucketNameFault(name);
  const create = useAction(async () => createBucket(name), {
    task: "create the bucket",
    quiet: true,
    refresh: [["buckets"]],
    done: () => {
      onClose();
      return { type: "success", header: `Bucket ${name} is created` };
    },
  });
  return (
    <FormDialog
      title="Create bucket"
      submit="Create bucket"
      task="create the bucket"
      busy={create.busy}
      error={create.error}
      disabled={name === "" || fault !== ""}
      onSubmit={() => create.run()}
      onClose={onClose}
    >
      <FormField
        label="Bucket name"
        constraintText="3 to 63 characters: lower case letters, digits, dots and hyphens."
        errorText={fault}
      >
        <Input value={name} autoComplete={false} onChange={({ detail }) => setName(detail.value.trim())} />
      </FormField>
    </FormDialog>
  );
}

export function DeleteBucketDialog(props: {
  readonly name: string;
  readonly onClose: () => void;
  readonly onDeleted: () => void;
  /** The page to go to from that of what is deleted. */
  readonly goTo?: string;
}): ReactNode {
  const { name, onClose, onDeleted, goTo } = props;
  const remove = useAction(() => deleteBucket(name), {
    task: "delete the bucket",
    quiet: true,
    refresh: [["buckets"]],
    done: () => {
      onDeleted();
      return { type: "success", header: `Bucket ${name} is deleted` };
    },
    ...(goTo === undefined ? {} : { goTo: () => goTo }),
  });
  return (
    <DeleteDialog
      title={`Delete the bucket ${name}`}
      word={name}
      task="delete the bucket"
      busy={remove.busy}
      error={remove.error}
      onDelete={() => remove.run()}
      onClose={onClose}
    >
      Only an empty bucket is deleted. Its policy and its settings are deleted with it. This cannot be undone.
    </DeleteDialog>
  );
}
