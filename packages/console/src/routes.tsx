import { createBrowserRouter, type RouteObject, useNavigate, useRouteError } from "react-router";
import Button from "@cloudscape-design/components/button";
import type { ReactNode } from "react";
import { Failure } from "./shell/failure.tsx";
import { Page } from "./shell/page.tsx";
import { Shell } from "./shell/shell.tsx";

const user = () => import("./pages/user.tsx");
const role = () => import("./pages/role.tsx");
const policy = () => import("./pages/policy.tsx");

/** Each page is loaded when it is opened. */
const pages: readonly RouteObject[] = [
  { index: true, lazy: () => import("./pages/home.tsx") },
  { path: "users", lazy: () => import("./pages/users.tsx") },
  { path: "users/create", lazy: () => import("./pages/create-user.tsx") },
  { path: "users/:name/:tab?", lazy: user },
  { path: "roles", lazy: () => import("./pages/roles.tsx") },
  { path: "roles/create", lazy: () => import("./pages/create-role.tsx") },
  { path: "roles/:name/:tab?", lazy: role },
  { path: "policies", lazy: () => import("./pages/policies.tsx") },
  { path: "policies/create", lazy: () => import("./pages/create-policy.tsx") },
  { path: "policies/:arn/:tab?", lazy: policy },
  { path: "review", lazy: () => import("./pages/review.tsx") },
  { path: "groups", lazy: () => import("./pages/groups.tsx") },
  { path: "groups/:name/:tab?", lazy: () => import("./pages/group.tsx") },
  { path: "credentials", lazy: () => import("./pages/credentials.tsx") },
  { path: "buckets", lazy: () => import("./pages/buckets.tsx") },
  { path: "buckets/:name/:tab?", lazy: () => import("./pages/bucket.tsx") },
  { path: "can/:principal?", lazy: () => import("./pages/can.tsx") },
  { path: "who-can", lazy: () => import("./pages/who-can.tsx") },
  { path: "access/:bucket?", lazy: () => import("./pages/access.tsx") },
  { path: "unused", lazy: () => import("./pages/unused.tsx") },
  { path: "picture", lazy: () => import("./pages/picture.tsx") },
  { path: "events", lazy: () => import("./pages/events.tsx") },
  { path: "events/:request", lazy: () => import("./pages/explain-event.tsx") },
  { path: "accounts", lazy: () => import("./pages/accounts.tsx") },
  { path: "settings", lazy: () => import("./pages/settings.tsx") },
  { path: "switch-role", lazy: () => import("./pages/switch-role.tsx") },
  { path: "*", element: <NotFound /> },
];

export function makeRouter(): ReturnType<typeof createBrowserRouter> {
  return createBrowserRouter([
    {
      element: <Shell />,
      hydrateFallbackElement: <div className="starting" />,
      children: [{ errorElement: <Broken />, children: [...pages] }],
    },
  ]);
}

function NotFound(): ReactNode {
  const navigate = useNavigate();
  return (
    <Page title="There is no such page" description="The address is wrong, or what it named is gone.">
      <div>
        <Button onClick={() => void navigate("/")}>Go to the home page</Button>
      </div>
    </Page>
  );
}

/** A fault of the page itself: the frame stays, so that the rest can be used. */
function Broken(): ReactNode {
  return (
    <Page title="This page failed">
      <Failure error={useRouteError()} task="show the page" retry={() => location.reload()}>
        <p>The page may be older than the gateway. Try again loads it anew.</p>
      </Failure>
    </Page>
  );
}
