import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { listTags, saveTags, type Tag, type TaggedKind } from "../api/iam.ts";
import { useAction } from "../shell/action.ts";
import { Failure } from "../shell/failure.tsx";
import { Buttons } from "../shell/page.tsx";

const maxTags = 50;

/** Tags of a user, a role or a policy. `name`: the ARN of a policy. */
export function Tags({ kind, name }: { readonly kind: TaggedKind; readonly name: string }): ReactNode {
  const query = useQuery({ queryKey: ["tags", kind, name], queryFn: () => listTags(kind, name) });
  if (query.error !== null)
    return <Failure error={query.error} task="read the tags" retry={() => void query.refetch()} />;
  if (query.data === undefined) return null;
  return <TagForm key={JSON.stringify(query.data)} kind={kind} name={name} stored={query.data} />;
}

function TagForm(props: {
  readonly kind: TaggedKind;
  readonly name: string;
  readonly stored: readonly Tag[];
}): ReactNode {
  const { kind, name, stored } = props;
  const [tags, setTags] = useState(stored);
  const save = useAction(() => saveTags(kind, name, stored, tags), {
    task: "save the tags",
    quiet: true,
    refresh: [["tags", kind, name]],
    done: () => ({ type: "success", header: "The tags are saved" }),
  });
  const change = (at: number, fields: Partial<Tag>): void =>
    setTags(tags.map((tag, index) => (index === at ? { ...tag, ...fields } : tag)));
  const doubled = new Set(tags.map(({ key }) => key.toLowerCase())).size < tags.length;
  const changed = JSON.stringify(tags) !== JSON.stringify(stored);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Names and values of your own. Policies can ask for them: aws:PrincipalTag, aws:ResourceTag."
        >
          Tags
        </Header>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (changed && !doubled) save.run();
        }}
      >
        <SpaceBetween size="m">
          {save.error === undefined ? null : <Failure error={save.error} task="save the tags" />}
          {tags.length === 0 ? <p className="soft">There are no tags.</p> : null}
          {tags.map((tag, at) => (
            <div className="tag-row" key={at}>
              <Input
                value={tag.key}
                ariaLabel={`Key of tag ${at + 1}`}
                placeholder="team"
                autoComplete={false}
                invalid={tag.key === ""}
                onChange={({ detail }) => change(at, { key: detail.value })}
              />
              <Input
                value={tag.value}
                ariaLabel={`Value of tag ${at + 1}`}
                placeholder="research"
                autoComplete={false}
                onChange={({ detail }) => change(at, { value: detail.value })}
              />
              <Button
                formAction="none"
                ariaLabel={`Remove tag ${at + 1}`}
                onClick={() => setTags(tags.filter((_, index) => index !== at))}
              >
                Remove
              </Button>
            </div>
          ))}
          {doubled ? <p className="soft">Two tags have the same key.</p> : null}
          <Buttons>
            <Button
              formAction="none"
              disabled={tags.length >= maxTags}
              onClick={() => setTags([...tags, { key: "", value: "" }])}
            >
              Add a tag
            </Button>
            <Button
              variant="primary"
              loading={save.busy}
              disabled={!changed || doubled || tags.some(({ key }) => key === "")}
            >
              Save tags
            </Button>
          </Buttons>
        </SpaceBetween>
      </form>
    </Container>
  );
}
