import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { getInline, type IdentityKind } from "../api/iam/identity-policies.ts";
import { hasErrors } from "../editor/has-errors.ts";
import { PolicyEditor } from "../editor/lazy-policy-editor.tsx";
import { isName, NameField } from "../shell/name-field.tsx";
import { FormDialog } from "../shell/dialogs.tsx";
import { usePolicyEdit } from "./policy-edit.tsx";

const emptyPolicy = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [],
      "Resource": []
    }
  ]
}`;

interface InlinePolicy {
  readonly kind: IdentityKind;
  readonly name: string;
  /** Empty for a new one. */
  readonly policy: string;
  readonly onClose: () => void;
}

/** Makes or changes an inline policy of a user, group or role. */
export function InlinePolicyDialog(props: InlinePolicy): ReactNode {
  const { kind, name, policy, onClose } = props;
  const stored = useQuery({
    queryKey: ["inline", kind, name, policy],
    queryFn: () => getInline(kind, name, policy),
    enabled: policy !== "",
    gcTime: 0,
  });
  if (policy === "" || stored.data !== undefined) return <InlineForm {...props} stored={stored.data} />;
  return (
    <FormDialog
      title={`Inline policy ${policy}`}
      submit="Save"
      task="read the inline policy"
      size="max"
      busy={stored.isPending}
      error={stored.error ?? undefined}
      disabled
      onSubmit={onClose}
      onClose={onClose}
    >
      {null}
    </FormDialog>
  );
}

const uses = { User: "user-inline", Group: "group-inline", Role: "role-inline" } as const;

function InlineForm(props: InlinePolicy & { readonly stored: string | undefined }): ReactNode {
  const { kind, name, policy, stored, onClose } = props;
  const [title, setTitle] = useState(policy);
  const edit = usePolicyEdit({
    place: { kind: "inline", identity: { kind, name }, name: title },
    stored,
    start: emptyPolicy,
    task: "save the inline policy",
    refresh: [["sources"]],
    saved: `${title} is saved and counts for ${name}`,
    onSaved: onClose,
  });
  const use = uses[kind];
  return (
    <FormDialog
      title={policy === "" ? `Create an inline policy of ${name}` : `Inline policy ${policy}`}
      submit="Save"
      task="save the inline policy"
      size="max"
      busy={edit.busy}
      disabled={(policy === "" && !isName(title, 128)) || hasErrors(edit.text, use)}
      onSubmit={edit.save}
      onClose={onClose}
    >
      <SpaceBetween size="l">
        {edit.problem}
        {policy === "" ? <NameField label="Policy name" value={title} max={128} onChange={setTitle} /> : null}
        <PolicyEditor
          value={edit.text}
          kind={use}
          label="Inline policy"
          start={policy === "" ? "visual" : "json"}
          onChange={edit.setText}
        />
      </SpaceBetween>
    </FormDialog>
  );
}
