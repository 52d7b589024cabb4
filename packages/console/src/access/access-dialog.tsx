import {
  type Access,
  explain,
  type Layers,
  layersOf,
  plainRequest,
  type PrincipalPolicies,
  requestOf,
  timeContext,
  type Witness,
  witnessText,
} from "@s3-credentials/policy";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import { type ReactNode, useMemo } from "react";
import { showText } from "../shell/format.ts";
import { Answer } from "./answer-words.tsx";
import { DecisionView } from "./decision-view.tsx";

/** One answer about somebody, with what it was found out from. */
export interface AccessInQuestion {
  /** The name of the user or role, or the group in words. */
  readonly name: string;
  readonly caller: PrincipalPolicies;
  readonly action: string;
  /** An ARN, or the beginning of ARNs with a star. */
  readonly resource: string;
  /** The policy of the resource, as it counts for this caller. */
  readonly layer: Layers["resource"];
  /** The account that has the resource. */
  readonly account: string | undefined;
  readonly context: Readonly<Record<string, string | readonly string[]>>;
  readonly access: Access;
}

/** Why somebody may or may not: a request that is allowed, one that is refused, and for each what decided. */
export function AccessDialog({ asked, onClose }: { readonly asked: AccessInQuestion; onClose: () => void }): ReactNode {
  const { name, action, resource, access } = asked;
  return (
    <Modal
      visible
      size="large"
      header={`May ${name} do ${action}?`}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={onClose}>
            Close
          </Button>
        </Box>
      }
    >
      <div className="stack">
        <p className="answer-line">
          <Answer answer={access.answer} />{" "}
          <span>
            on <code className="arn">{showText(resource)}</code>
            {access.answer === "depends" ? `: it depends on ${showText(access.on.map(partName).join(", "))}` : ""}
            {access.answer === "unknown" ? `: ${access.construct} cannot be decided` : ""}
          </span>
        </p>
        <Requests asked={asked} />
      </div>
    </Modal>
  );
}

/** `action` and `resource` are parts of the question; all else are condition keys. */
function partName(key: string): string {
  return key === "action" || key === "resource" ? `the ${key}` : key;
}

function Requests({ asked }: { readonly asked: AccessInQuestion }): ReactNode {
  const { access } = asked;
  if (access.answer === "never" || access.answer === "unknown") return <Plain asked={asked} />;
  return (
    <>
      <Shown asked={asked} witness={access.allowed} title="A request that is allowed" />
      {access.answer === "depends" ? (
        <Shown asked={asked} witness={access.refused} title="A request that is refused" />
      ) : null}
    </>
  );
}

function Shown(props: {
  readonly asked: AccessInQuestion;
  readonly witness: Witness;
  readonly title: string;
}): ReactNode {
  const { asked, witness, title } = props;
  const { caller, layer, access } = asked;
  const explanation = useMemo(() => explain(layersOf(caller, layer), requestOf(witness)), [caller, layer, witness]);
  return (
    <section className="request">
      <h3>{title}</h3>
      <p className="arn">{showText(requestWords(witness, access))}</p>
      <DecisionView explanation={explanation} principal={caller.principal} />
    </section>
  );
}

/** The time is in every request: it is named where the answer depends on it. */
function requestWords(witness: Witness, access: Access): string {
  const on = access.answer === "depends" ? access.on : [];
  const isShown = (key: string): boolean => on.includes(key) || !/^aws:(?:currenttime|epochtime)$/.test(key);
  const context = Object.fromEntries(Object.entries(witness.context).filter(([key]) => isShown(key)));
  return witnessText({ ...witness, context }, on);
}

/** The request of which nothing is known but who, what and on what. */
function Plain({ asked }: { readonly asked: AccessInQuestion }): ReactNode {
  const { caller, layer, action, resource, account, context } = asked;
  const explanation = useMemo(() => {
    const known = { ...timeContext(new Date()), ...context };
    return explain(layersOf(caller, layer), plainRequest(caller, { action, resource }, { account, context: known }));
  }, [caller, layer, action, resource, account, context]);
  return (
    <section className="request">
      <h3>Such a request</h3>
      <DecisionView explanation={explanation} principal={caller.principal} />
    </section>
  );
}
