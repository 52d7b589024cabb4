import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useEffect } from "react";
import { Link } from "react-router";

/** A page: its title in the window and on it, where it belongs, what can be done. */
export function Page(props: {
  readonly title: string;
  readonly description?: ReactNode;
  readonly counter?: string;
  /** Pages above it: `[["/users", "Users"]]`. */
  readonly above?: readonly (readonly [path: string, text: string])[];
  readonly actions?: ReactNode;
  readonly narrow?: boolean;
  readonly children: ReactNode;
}): ReactNode {
  const { title, description, counter, above = [], actions, narrow, children } = props;
  // A user and a role may have the same name.
  const windowTitle = [title, ...above.map(([, text]) => text), "s3-credentials"].join(" · ");
  useEffect(() => {
    document.title = windowTitle;
  }, [windowTitle]);
  return (
    <div className={narrow === true ? "page page-narrow" : "page"}>
      {above.length === 0 ? null : (
        <nav aria-label="Above this page" className="crumbs">
          {above.map(([path, text]) => (
            <Link key={path} to={path}>
              {text}
            </Link>
          ))}
        </nav>
      )}
      <SpaceBetween size="l">
        <Header variant="h1" description={description} counter={counter} actions={actions}>
          {title}
        </Header>
        {children}
      </SpaceBetween>
    </div>
  );
}

/** Buttons side by side. */
export function Buttons({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <SpaceBetween size="xs" direction="horizontal" alignItems="center">
      {children}
    </SpaceBetween>
  );
}
