import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense } from "react";
import { Link } from "react-router";
import { getVersion, listVersions, type ManagedPolicy } from "../api/iam/policies.ts";
import { pretty } from "../editor/pretty.ts";
import { policyPath } from "../pages/policy-picker.tsx";
import { Failure } from "../shell/failure.tsx";
import { pasted, sourceText, readSource } from "./document-source.ts";
import type { ReviewedDocument } from "./review-policies.ts";

const JsonEditor = lazy(async () => ({ default: (await import("../editor/json-editor.tsx")).JsonEditor }));

/** The document of a choice. Undefined until it is there. */
export function useDocument(
  written: string,
  text: string,
  name: string,
): { readonly document: ReviewedDocument | undefined; readonly error: unknown } {
  const { arn, version } = readSource(written);
  const isManaged = written !== "" && written !== pasted;
  const versions = useQuery({ queryKey: ["versions", arn], queryFn: () => listVersions(arn), enabled: isManaged });
  const id = version === "" ? (versions.data?.find(({ isDefault }) => isDefault)?.id ?? "") : version;
  const query = useQuery({
    queryKey: ["document", arn, id],
    queryFn: async () => pretty(await getVersion(arn, id)),
    enabled: isManaged && id !== "",
  });
  if (!isManaged) return { document: text.trim() === "" ? undefined : { name, text }, error: undefined };
  const document = query.data === undefined ? undefined : { name: `${arn.split("/").at(-1)} ${id}`, text: query.data };
  return { document, error: query.error ?? (version === "" ? versions.error : undefined) ?? undefined };
}

/** Chooses one of the two documents: a version of a policy, or text. */
export function DocumentChoice(props: {
  readonly title: string;
  readonly written: string;
  readonly text: string;
  readonly policies: readonly ManagedPolicy[];
  readonly error: unknown;
  readonly onChoose: (written: string) => void;
  readonly onText: (text: string) => void;
}): ReactNode {
  const { title, written, text, policies, error, onChoose, onText } = props;
  const { arn, version } = readSource(written);
  const isManaged = written !== "" && written !== pasted;
  const versions = useQuery({ queryKey: ["versions", arn], queryFn: () => listVersions(arn), enabled: isManaged });
  const options = optionsOf(policies);
  const known = options.flatMap((one) => ("options" in one ? one.options : [one])).find(({ value }) => value === arn);
  const versionOptions = [
    { value: "", label: "The default" },
    ...(versions.data ?? []).map(({ id, isDefault }) => ({ value: id, label: isDefault ? `${id}, the default` : id })),
  ];
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            isManaged ? (
              <Link className="plain-link" to={policyPath(arn)}>
                Open the policy
              </Link>
            ) : undefined
          }
        >
          {title}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <div className="two-fields">
          <FormField label={`Policy ${title.toLowerCase()}`}>
            <Select
              selectedOption={known ?? (isManaged ? { value: arn, label: arn.split("/").at(-1) ?? arn } : null)}
              options={options}
              placeholder="Choose a policy"
              filteringType="auto"
              filteringAriaLabel="Find a policy"
              onChange={({ detail }) => onChoose(detail.selectedOption.value ?? "")}
            />
          </FormField>
          {isManaged ? (
            <FormField label={`Version ${title.toLowerCase()}`}>
              <Select
                selectedOption={
                  versionOptions.find(({ value }) => value === version) ?? { value: version, label: version }
                }
                options={versionOptions}
                onChange={({ detail }) => onChoose(sourceText({ arn, version: detail.selectedOption.value ?? "" }))}
              />
            </FormField>
          ) : null}
        </div>
        {written === pasted ? (
          <Suspense fallback={<div className="editor editor-loading" role="status" aria-label="Loading the editor" />}>
            <JsonEditor value={text} label={`Text ${title.toLowerCase()}`} problems={noProblems} onChange={onText} />
          </Suspense>
        ) : null}
        {error === undefined ? null : <Failure error={error} task="read the document" />}
      </SpaceBetween>
    </Container>
  );
}

const noProblems = [] as const;

function optionsOf(policies: readonly ManagedPolicy[]): (SelectProps.Option | SelectProps.OptionGroup)[] {
  const group = (label: string, isAws: boolean): SelectProps.OptionGroup[] => {
    const options = policies
      .filter((one) => one.isAws === isAws)
      .map(({ arn, name }) => ({ value: arn, label: name }))
      .toSorted((left, right) => left.label.localeCompare(right.label));
    return options.length === 0 ? [] : [{ label, options }];
  };
  return [{ value: pasted, label: "Text that I paste" }, ...group("This account", false), ...group("AWS", true)];
}
