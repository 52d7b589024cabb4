import {
  changeText,
  type DecisionTree,
  decisionTree,
  type Explanation,
  failedCondition,
  type Outcome,
  outcomeWords,
  type Principal,
  treeLayerNames,
  type TreeLevel,
  type TreePolicy,
  type TreeStatement,
} from "@s3-credentials/policy";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";
import { capitalized, showText } from "../shell/format.ts";
import { PolicyName } from "./policy-name.tsx";

/**
 * Why a request is allowed or denied: the layers in the order in which they are asked, down to the statement and the condition that decided,
 * and what would allow it. `principal`: who asks; its own policies are links to its page.
 */
export function DecisionView(props: { readonly explanation: Explanation; readonly principal: Principal }): ReactNode {
  const { explanation, principal } = props;
  const tree = decisionTree(explanation);
  return (
    <div className="stack">
      <Verdict tree={tree} />
      <ul className="decision" aria-label="Layers of the decision">
        {tree.levels.map((level, at) => (
          <li key={at}>
            <Level level={level} principal={principal} />
          </li>
        ))}
      </ul>
      <Changes explanation={explanation} />
    </div>
  );
}

function Verdict({ tree: { decision, levels } }: { readonly tree: DecisionTree }): ReactNode {
  const layer = levels.find(({ decided }) => decided)?.layer;
  const where = layer === undefined ? "" : lowerCase(treeLayerNames[layer]);
  const { allowed, reason } = decision;
  const words = allowed
    ? layer === "none"
      ? "Allowed: this action needs no permission"
      : `Allowed by the ${where}`
    : reason === "explicit-deny"
      ? `Denied by the ${where}`
      : `Denied: nothing in the ${where} allows it`;
  return <StatusIndicator type={allowed ? "success" : "stopped"}>{words}</StatusIndicator>;
}

function lowerCase(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** What decided is open at once. */
function Level({ level, principal }: { readonly level: TreeLevel; readonly principal: Principal }): ReactNode {
  const { layer, policies, decided } = level;
  return (
    <details open={decided}>
      <summary>
        <b>{treeLayerNames[layer]}</b> · <Said part={level} />
      </summary>
      {policies.length === 0 ? (
        <p className="soft">{layer === "root" || layer === "none" ? "It needs no policy." : "There is no policy."}</p>
      ) : (
        <ul>
          {policies.map((policy, at) => (
            <li key={at}>
              <PolicyBranch policy={policy} principal={principal} />
            </li>
          ))}
        </ul>
      )}
    </details>
  );
}

function PolicyBranch({
  policy,
  principal,
}: {
  readonly policy: TreePolicy;
  readonly principal: Principal;
}): ReactNode {
  const { statements } = policy;
  return (
    <>
      <PolicyName policy={policy} principal={principal} /> · <Said part={policy} />
      {statements === undefined ? (
        <p className="soft">It cannot be read, so it denies.</p>
      ) : (
        <ul>
          {statements.map((statement) => (
            <li key={statement.index}>
              <StatementBranch statement={statement} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** The condition that failed; of a statement that applies, all that it asked. */
function StatementBranch({ statement }: { readonly statement: TreeStatement }): ReactNode {
  const { index, sid, effect, applies, failedAt, conditions, decided } = statement;
  const failed = failedCondition(statement);
  const shown = applies ? conditions : failed === undefined ? [] : [failed];
  return (
    <>
      Statement {index + 1}
      {sid === undefined ? "" : ` (${showText(sid)})`}{" "}
      <span className={effect === "Allow" ? "allow" : "deny"}>{effect}</span>{" "}
      {applies ? "applies" : `does not apply: its ${failedAt ?? ""} does not fit`}
      {decided ? <Decided /> : null}
      {shown.map(({ operator, key, expected, actual, holds }, at) => (
        <dl key={at} className="condition-values">
          <div>
            <dt>{holds ? "Asked and met" : "Asked and not met"}</dt>
            <dd>
              <code>
                {operator} {showText(key)} {valuesText(expected)}
              </code>
            </dd>
          </div>
          <div>
            <dt>The request has</dt>
            <dd>{actual === undefined ? `no ${showText(key)}` : <code>{valuesText(actual)}</code>}</dd>
          </div>
        </dl>
      ))}
    </>
  );
}

function Said({ part }: { readonly part: { readonly outcome: Outcome; readonly decided: boolean } }): ReactNode {
  const { outcome, decided } = part;
  return (
    <>
      <span className={outcome === "allows" ? "allow" : outcome === "denies" ? "deny" : "soft"}>
        {outcomeWords[outcome]}
      </span>
      {decided ? <Decided /> : null}
    </>
  );
}

/** A word of its own also for those who hear it or copy it. */
function Decided(): ReactNode {
  return (
    <>
      {" "}
      <span className="decided">decided</span>
    </>
  );
}

function Changes({ explanation: { changes, pairs } }: { readonly explanation: Explanation }): ReactNode {
  if (changes.length === 0 && pairs.length === 0) return null;
  return (
    <section>
      <h3 className="minor">
        {changes.length > 0 ? "Any one of these would allow it" : "These together would allow it"}
      </h3>
      <ul className="summary">
        {changes.map((change) => (
          <li key={changeText(change)}>{sentence(changeText(change))}</li>
        ))}
        {pairs.map(([first, second]) => {
          const text = `${changeText(first)}, and ${changeText(second)}`;
          return <li key={text}>{sentence(text)}</li>;
        })}
      </ul>
    </section>
  );
}

function sentence(text: string): string {
  return `${showText(capitalized(text))}.`;
}

/** More than a person compares. */
const maxShownValues = 5;

function valuesText(values: readonly string[]): string {
  const shown = values.slice(0, maxShownValues).map((value) => showText(JSON.stringify(value)));
  const more = values.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}
