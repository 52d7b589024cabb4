import { type ReactNode, useMemo } from "react";
import { useSearchParams } from "react-router";
import { WhoCanForm } from "../access/who-can/who-can-form.tsx";
import { readWhoCan, whoCanParameters, whoCanProblem } from "../access/who-can/who-can-question.ts";
import { WhoCanResults } from "../access/who-can/who-can-results.tsx";
import { Page } from "../shell/page.tsx";

/** The question is in the address, so that a link asks it again. */
export function Component(): ReactNode {
  const [parameters, setParameters] = useSearchParams();
  const asked = useMemo(() => readWhoCan(parameters), [parameters]);
  const isAsked = asked.action !== "" && whoCanProblem(asked) === undefined;
  return (
    <Page
      title="Who can"
      description="Every user and role, other accounts and everyone: who may do one thing, through what, and when."
    >
      <WhoCanForm
        key={parameters.toString()}
        asked={asked}
        onAsk={(written) => setParameters(whoCanParameters(written))}
      />
      {isAsked ? <WhoCanResults asked={asked} /> : null}
    </Page>
  );
}
