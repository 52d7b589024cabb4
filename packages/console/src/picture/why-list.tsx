import { Fragment, type ReactNode } from "react";
import { Link } from "react-router";
import type { WhyGraph } from "./why-graph.ts";
import { waysOf } from "./why-graph.ts";

/** The same as the picture, way by way. */
export function WhyList({ graph }: { readonly graph: WhyGraph }): ReactNode {
  return (
    <ol className="ways" aria-label="Ways to the bucket">
      {waysOf(graph).map(({ path, decided, end }) => (
        <li key={path.map(({ id }) => id).join(" > ") + end}>
          {path.map(({ id, kind, name, page }, at) => (
            <Fragment key={id}>
              {at === 0 ? null : <span aria-hidden="true"> → </span>}
              <span className="soft">{kind}</span>{" "}
              {page === undefined ? (
                name
              ) : (
                <Link className="plain-link" to={page}>
                  {name}
                </Link>
              )}
            </Fragment>
          ))}
          {end === "" ? null : <span className={decided ? "deny" : "soft"}>: {end}</span>}
          {decided ? " " : ""}
          {decided ? <span className="decided">decided</span> : null}
        </li>
      ))}
    </ol>
  );
}
