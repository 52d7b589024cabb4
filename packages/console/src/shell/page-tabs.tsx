import Tabs, { type TabsProps } from "@cloudscape-design/components/tabs";
import type { ReactNode } from "react";
import { useNavigate, useParams } from "react-router";
import { tabLabels } from "./labels.ts";

/** The parts of a page, each with an address of its own. An address that names none of them shows the first. */
export function PageTabs(props: {
  readonly name: string;
  readonly pathOf: (tab: string) => string;
  readonly tabs: readonly [TabsProps.Tab, ...TabsProps.Tab[]];
}): ReactNode {
  const { name, pathOf, tabs } = props;
  const navigate = useNavigate();
  const { tab } = useParams();
  const { id } = tabs.find((one) => one.id === tab) ?? tabs[0];
  return (
    <Tabs
      i18nStrings={tabLabels}
      ariaLabel={`About ${name}`}
      activeTabId={id}
      onChange={({ detail }) => void navigate(pathOf(detail.activeTabId))}
      tabs={[...tabs]}
    />
  );
}
