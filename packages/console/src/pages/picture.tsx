import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import {
  arnOf,
  decisionTree,
  explain,
  layersOf,
  parseArn,
  plainRequest,
  type PrincipalPolicies,
  resourceOf,
  serviceActions,
  timeContext,
} from "@s3-credentials/policy";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useMemo, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { AccessFailure } from "../access/access-failure.tsx";
import { accountAccessKey } from "../access/account-key.ts";
import { useAccountAccess } from "../access/account.ts";
import { type BucketAccess, readBucketAccess } from "../access/bucket-access.ts";
import { useControlsNote } from "../access/control-policies.ts";
import { listBuckets } from "../api/s3.ts";
import { type PictureQuestion, pictureSearch, readPictureQuestion } from "../picture/picture-question.ts";
import { whyGraph } from "../picture/why-graph.ts";
import { WhyList } from "../picture/why-list.tsx";
import { pictureText, WhyPicture } from "../picture/why-picture.tsx";
import { downloadText } from "../shell/download.ts";
import { Page } from "../shell/page.tsx";
import { useAccountId } from "../shell/session-context.tsx";

/** One request as a picture: who, through which group and policy, by which statement, or where it ends. */
export function Component(): ReactNode {
  const [search, setSearch] = useSearchParams();
  const question = readPictureQuestion(search);
  const { principal, bucket, key } = question;
  const accountId = useAccountId();
  const account = useAccountAccess();
  const access = useQuery({
    queryKey: [accountAccessKey, "bucket", accountId, bucket, key],
    queryFn: () => readBucketAccess(bucket, accountId, key),
    enabled: bucket !== "",
    structuralSharing: false,
  });
  const principals = account.data?.principals ?? [];
  const caller = principals.find((one) => arnOf(one.principal) === principal);
  const failed = account.error !== null || access.error !== null;
  return (
    <Page
      title="Picture of why"
      description="The way of one request: through which group and policy it is allowed, or where it ends."
    >
      <QuestionForm
        question={question}
        principals={principals}
        onChange={(changed) => setSearch(pictureSearch({ ...question, ...changed }), { replace: true })}
      />
      {failed ? <AccessFailure account={account} resource={access} what={`the bucket ${bucket}`} /> : null}
      {failed ? null : principal === "" || bucket === "" ? (
        <p className="soft">Choose a user or a role, and a bucket.</p>
      ) : account.data === undefined || access.data === undefined ? (
        <StatusIndicator type="loading">Reading the policies</StatusIndicator>
      ) : caller === undefined ? (
        <p>There is no such user or role in this account.</p>
      ) : (
        <Picture question={question} caller={caller} access={access.data} />
      )}
    </Page>
  );
}

const actionOptions = (serviceActions("s3") ?? [])
  .filter(({ resources }) => resources.some(({ type }) => type === "bucket" || type === "object"))
  .map(({ name, access }) => ({ value: name, label: name, description: access }));

function QuestionForm(props: {
  readonly question: PictureQuestion;
  readonly principals: readonly PrincipalPolicies[];
  readonly onChange: (changed: Partial<PictureQuestion>) => void;
}): ReactNode {
  const { question, principals, onChange } = props;
  const [key, setKey] = useState(question.key);
  const buckets = useQuery({ queryKey: ["buckets"], queryFn: listBuckets });
  const principalOptions = principals.map((one) => {
    const arn = arnOf(one.principal);
    const kind = one.principal.kind === "role-session" ? "role" : "user";
    return { value: arn, label: arn.split("/").at(-1) ?? arn, description: kind };
  });
  const bucketOptions = (buckets.data ?? []).map(({ name }) => ({ value: name, label: name }));
  const ask = (event: FormEvent): void => {
    event.preventDefault();
    onChange({ key });
  };
  return (
    <form className="two-fields" onSubmit={ask}>
      <FormField label="User or role">
        <Select
          selectedOption={principalOptions.find(({ value }) => value === question.principal) ?? null}
          options={principalOptions}
          placeholder="Choose who asks"
          filteringType="auto"
          onChange={({ detail }) => onChange({ principal: detail.selectedOption.value ?? "" })}
        />
      </FormField>
      <FormField label="Action">
        <Select
          selectedOption={actionOptions.find(({ value }) => value === question.action) ?? null}
          options={actionOptions}
          filteringType="auto"
          onChange={({ detail }) => onChange({ action: detail.selectedOption.value ?? "" })}
        />
      </FormField>
      <FormField label="Bucket">
        <Select
          selectedOption={question.bucket === "" ? null : { value: question.bucket, label: question.bucket }}
          options={bucketOptions}
          placeholder="Choose a bucket"
          filteringType="auto"
          onChange={({ detail }) => onChange({ bucket: detail.selectedOption.value ?? "" })}
        />
      </FormField>
      <FormField label="Object" constraintText="Its key, then Enter. Actions on the bucket itself leave it out.">
        <Input value={key} onChange={({ detail }) => setKey(detail.value)} onBlur={() => onChange({ key })} />
      </FormField>
    </form>
  );
}

function Picture(props: {
  readonly question: PictureQuestion;
  readonly caller: PrincipalPolicies;
  readonly access: BucketAccess;
}): ReactNode {
  const { question, caller, access } = props;
  const { principal: arn, bucket, action, key } = question;
  const accountId = useAccountId();
  const note = useControlsNote();
  const svg = useRef<SVGSVGElement>(null);
  const resource = resourceOf(action, { bucket, keys: key, partition: parseArn(arn)?.partition ?? "aws" });
  const { graph, decision } = useMemo(() => {
    const context = timeContext(new Date());
    const request = plainRequest(caller, { action, resource }, { account: accountId, context });
    const tree = decisionTree(explain(layersOf(caller, access.layersFor(action, resource).layer), request));
    return { graph: whyGraph({ principal: caller.principal, bucket, tree }), decision: tree.decision };
  }, [caller, access, action, resource, accountId, bucket]);
  const name = `${arn.split("/").at(-1)}-${action.replace(":", "-")}-${bucket}.svg`;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={<code className="arn">{resource}</code>}
          actions={
            <Button
              iconName="download"
              onClick={() => {
                if (svg.current !== null) downloadText(name, pictureText(svg.current), "image/svg+xml");
              }}
            >
              Save as SVG
            </Button>
          }
        >
          <span role="status">
            <StatusIndicator type={decision.allowed ? "success" : "stopped"}>
              {action} is {decision.allowed ? "allowed" : "denied"}
            </StatusIndicator>
          </span>
        </Header>
      }
    >
      <div className="stack">
        <div className="picture" tabIndex={0} role="group" aria-label="Picture, the list below says the same">
          <WhyPicture graph={graph} ref={svg} />
        </div>
        <WhyList graph={graph} />
        {note === undefined ? null : <p className="soft">{note}</p>}
        {access.notCounted.map((sentence) => (
          <p key={sentence} className="soft">
            {sentence}
          </p>
        ))}
        <p className="soft">
          The request says nothing about itself but who, what, and when: a condition on more, such as an address, does
          not fit.
        </p>
      </div>
    </Container>
  );
}
