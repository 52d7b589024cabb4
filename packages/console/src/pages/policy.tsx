import Alert from "@cloudscape-design/components/alert";
import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link, useParams } from "react-router";
import { iam } from "../api/iam/iam.ts";
import {
  getPolicy,
  getVersion,
  listPolicyUsers,
  listVersions,
  type ManagedPolicy,
  maxVersions,
  type PolicyVersion,
} from "../api/iam/policies.ts";
import { hasErrors } from "../editor/has-errors.ts";
import { pretty } from "../editor/pretty.ts";
import { PolicySummary } from "../editor/policy-summary.tsx";
import { PolicyEditor } from "../editor/lazy-policy-editor.tsx";
import { useAction } from "../shell/action.ts";
import { DeleteDialog } from "../shell/dialogs.tsx";
import { Arn, Facts } from "../shell/facts.tsx";
import { Failure } from "../shell/failure.tsx";
import { countOf, showTime } from "../shell/format.ts";
import { PageTabs } from "../shell/page-tabs.tsx";
import { Buttons, Page } from "../shell/page.tsx";
import { EmptyState, ResourceTable } from "../shell/resource-table.tsx";
import { reviewPath } from "../review/document-source.ts";
import { usePolicyEdit } from "./policy-edit.tsx";
import { policyPath } from "./policy-picker.tsx";
import { taggedIn, Tags } from "./tags.tsx";

export function Component(): ReactNode {
  const { arn = "" } = useParams();
  const query = useQuery({ queryKey: ["policy", arn], queryFn: () => getPolicy(arn) });
  const policy = query.data;
  return (
    <Page
      title={policy?.name ?? arn.split("/").pop() ?? arn}
      above={[["/policies", "Policies"]]}
      description={policy?.description}
    >
      {query.error === null ? null : (
        <Failure error={query.error} task="read the policy" retry={() => void query.refetch()} />
      )}
      {policy === undefined ? null : (
        <>
          <Container>
            <Facts
              items={[
                ["ARN", <Arn key="arn" arn={policy.arn} />],
                ["From", policy.isAws ? "AWS" : "This account"],
                ["Used by", countOf(policy.attachments, "user, group or role", "users, groups and roles")],
                ["Default version", policy.defaultVersion],
                ["Created", showTime(policy.created)],
                ["Changed", showTime(policy.updated)],
              ]}
            />
          </Container>
          <PageTabs
            name={policy.name}
            pathOf={(tab) => `${policyPath(arn)}/${tab}`}
            tabs={[
              { id: "document", label: "Document", content: <Document policy={policy} /> },
              { id: "allows", label: "What it allows", content: <Allows policy={policy} /> },
              { id: "versions", label: "Versions", content: <Versions policy={policy} /> },
              { id: "attached", label: "Attached to", content: <Attached arn={arn} /> },
              ...(policy.isAws ? [] : [{ id: "tags", label: "Tags", content: <Tags of={taggedIn("Policy", arn)} /> }]),
            ]}
          />
        </>
      )}
    </Page>
  );
}

function useDocument(arn: string, version: string): UseQueryResult<string> {
  return useQuery({
    queryKey: ["document", arn, version],
    queryFn: () => getVersion(arn, version),
    // While a new default version is read, the editor of the one before it stays, with what is typed in it.
    placeholderData: (before, query) => (query?.queryKey[1] === arn ? before : undefined),
  });
}

function Document({ policy }: { readonly policy: ManagedPolicy }): ReactNode {
  const { arn, defaultVersion, isAws } = policy;
  const query = useDocument(arn, defaultVersion);
  if (query.error !== null) return <Failure error={query.error} task="read the document" />;
  if (query.data === undefined) return null;
  return isAws ? (
    <Container header={<Header variant="h2">Document</Header>}>
      <pre className="code-block" tabIndex={0} aria-label="Document">
        {pretty(query.data)}
      </pre>
    </Container>
  ) : (
    <EditDocument key={arn} arn={arn} stored={query.data} />
  );
}

/** Each statement as a sentence. */
function Allows({ policy: { arn, name, defaultVersion } }: { readonly policy: ManagedPolicy }): ReactNode {
  const query = useDocument(arn, defaultVersion);
  if (query.error !== null) return <Failure error={query.error} task="read the document" />;
  if (query.data === undefined) return null;
  return (
    <Container
      header={
        <Header variant="h2" description={`The default version, ${defaultVersion}`}>{`What ${name} allows`}</Header>
      }
    >
      <PolicySummary text={query.data} kind="identity" />
    </Container>
  );
}

function EditDocument({ arn, stored }: { readonly arn: string; readonly stored: string }): ReactNode {
  const versions = useQuery({ queryKey: ["versions", arn], queryFn: () => listVersions(arn) });
  const oldest = versions.data?.filter(({ isDefault }) => !isDefault).at(-1);
  const full = (versions.data?.length ?? 0) >= maxVersions;
  const edit = usePolicyEdit({
    place: { kind: "managed", arn, identity: undefined },
    stored,
    task: "save a new version",
    refresh: [["policy", arn], ["versions", arn], ["policies"]],
    saved: "The new version is saved and is the default now",
  });
  return (
    <Container header={<Header variant="h2">Document</Header>}>
      <SpaceBetween size="l">
        {edit.problem}
        <PolicyEditor value={edit.text} kind="identity" label="Policy document" start="json" onChange={edit.setText} />
        {full && oldest !== undefined && edit.isChanged ? (
          <Alert type="warning" statusIconAriaLabel="Warning">
            A policy has at most {maxVersions} versions. Saving deletes the oldest, {oldest.id}.
          </Alert>
        ) : null}
        <Box float="right">
          <Buttons>
            <Button variant="link" disabled={!edit.isChanged} onClick={edit.discard}>
              Discard changes
            </Button>
            <Button
              variant="primary"
              loading={edit.busy}
              disabled={!edit.isChanged || hasErrors(edit.text, "identity")}
              onClick={edit.save}
            >
              {full ? `Delete ${oldest?.id ?? "the oldest"} and save` : "Save as the new default"}
            </Button>
          </Buttons>
        </Box>
      </SpaceBetween>
    </Container>
  );
}

function Versions({ policy }: { readonly policy: ManagedPolicy }): ReactNode {
  const { arn, defaultVersion } = policy;
  const query = useQuery({ queryKey: ["versions", arn], queryFn: () => listVersions(arn) });
  const refresh = [
    ["policy", arn],
    ["versions", arn],
  ];
  const choose = useAction(
    async ({ id }: PolicyVersion) => iam("SetDefaultPolicyVersion", { PolicyArn: arn, VersionId: id }).then(() => id),
    {
      task: "change the default version",
      refresh,
      done: (id) => ({ type: "success", header: `${id} is the default version now` }),
    },
  );
  const [deleting, setDeleting] = useState<PolicyVersion>();
  const remove = useAction(({ id }: PolicyVersion) => iam("DeletePolicyVersion", { PolicyArn: arn, VersionId: id }), {
    task: "delete the version",
    quiet: true,
    refresh,
    done: () => {
      setDeleting(undefined);
      return { type: "success", header: "The version is deleted" };
    },
  });
  return (
    <>
      <ResourceTable<PolicyVersion>
        query={query}
        keyOf={({ id }) => id}
        task="list the versions"
        noun="versions"
        title="Versions"
        description={`The default version counts. A policy has at most ${maxVersions}.`}
        columns={[
          {
            id: "id",
            header: "Version",
            value: ({ id }) => id,
            cell: ({ id, isDefault }) => (
              <>
                {id} {isDefault ? <Badge color="blue">Default</Badge> : null}
              </>
            ),
          },
          {
            id: "created",
            header: "Created",
            value: ({ created }) => created,
            cell: ({ created }) => showTime(created),
          },
          {
            id: "change",
            header: "Change",
            cell: (version) =>
              version.isDefault ? null : (
                <Buttons>
                  <Link
                    className="plain-link"
                    aria-label={`Compare ${version.id}`}
                    to={reviewPath({ arn, version: version.id }, { arn, version: defaultVersion })}
                  >
                    Compare
                  </Link>
                  {policy.isAws ? null : (
                    <Button
                      variant="inline-link"
                      ariaLabel={`Make ${version.id} the default`}
                      onClick={() => choose.run(version)}
                    >
                      Make default
                    </Button>
                  )}
                  {policy.isAws ? null : (
                    <Button
                      variant="inline-link"
                      ariaLabel={`Delete ${version.id}`}
                      onClick={() => setDeleting(version)}
                    >
                      Delete
                    </Button>
                  )}
                </Buttons>
              ),
          },
        ]}
        empty={<EmptyState title="No versions">A policy has one at least.</EmptyState>}
      />
      {deleting === undefined ? null : (
        <DeleteDialog
          title={`Delete version ${deleting.id} of ${policy.name}`}
          word={deleting.id}
          task="delete the version"
          busy={remove.busy}
          error={remove.error}
          onDelete={() => remove.run(deleting)}
          onClose={() => {
            remove.reset();
            setDeleting(undefined);
          }}
        >
          It does not count now, and cannot be made the default any more. This cannot be undone.
        </DeleteDialog>
      )}
    </>
  );
}

interface Entity {
  readonly kind: "User" | "Group" | "Role";
  readonly name: string;
}

function Attached({ arn }: { readonly arn: string }): ReactNode {
  const query = useQuery({
    queryKey: ["entities", arn],
    queryFn: async (): Promise<readonly Entity[]> => {
      const { users, groups, roles } = await listPolicyUsers(arn);
      return [
        ...users.map((name): Entity => ({ kind: "User", name })),
        ...groups.map((name): Entity => ({ kind: "Group", name })),
        ...roles.map((name): Entity => ({ kind: "Role", name })),
      ];
    },
  });
  return (
    <ResourceTable<Entity>
      query={query}
      keyOf={({ kind, name }) => `${kind} ${name}`}
      task="list where the policy is attached"
      noun="users, groups and roles"
      title="Attached to"
      columns={[
        {
          id: "name",
          header: "Name",
          value: ({ name }) => name,
          cell: ({ kind, name }) => (
            <Link className="plain-link" to={`/${kind.toLowerCase()}s/${encodeURIComponent(name)}`}>
              {name}
            </Link>
          ),
        },
        { id: "kind", header: "Kind", value: ({ kind }) => kind, cell: ({ kind }) => kind },
      ]}
      empty={
        <EmptyState title="Attached to nobody">
          It has no effect until it is attached: on the page of a user, a group or a role, under Permissions.
        </EmptyState>
      }
    />
  );
}
