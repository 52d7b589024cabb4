import ButtonDropdown, { type ButtonDropdownProps } from "@cloudscape-design/components/button-dropdown";
import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router";
import { type RoleChoice, signOut, signOutEverywhere, signOutOthers } from "../api/session.ts";
import { useAction } from "./action.ts";
import { copyText } from "./copy.tsx";
import { useNotify } from "./notices.tsx";
import { useRememberedRoles } from "./remembered-roles.ts";
import { useSession, useSwitchBack, useSwitchRole } from "./session-context.tsx";
import { applyTheme, storedTheme, type Theme } from "./theme.ts";

const maxShownRoles = 8;
const themes: readonly (readonly [Theme, string])[] = [
  ["system", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
];

export function AccountMenu(): ReactNode {
  const session = useSession();
  const navigate = useNavigate();
  const notify = useNotify();
  const roles = useRememberedRoles();
  const [theme, setTheme] = useState(storedTheme);
  const toRole = useSwitchRole(false);
  const back = useSwitchBack();
  const leave = useAction(signOut, { task: "sign out" });
  const leaveAll = useAction(signOutEverywhere, { task: "sign out everywhere" });
  const leaveOthers = useAction(signOutOthers, {
    task: "end the other sessions",
    done: () => ({ type: "success", header: "All your other console sessions have ended" }),
  });

  const commands: Readonly<Record<string, () => void>> = {
    switch: () => void navigate("/switch-role"),
    back: () => back.run(),
    others: () => leaveOthers.run(),
    everywhere: () => leaveAll.run(),
    leave: () => leave.run(),
    copy: () =>
      void copyText(session.accountId).then((copied) =>
        notify(
          copied
            ? { type: "success", header: "Account id copied" }
            : { type: "info", header: `Your account id is ${session.accountId}` },
        ),
      ),
  };
  const choose = ({ detail: { id } }: { detail: ButtonDropdownProps.ItemClickDetails }): void => {
    const [kind = "", value = ""] = id.split(":");
    const role: RoleChoice | undefined = kind === "role" ? roles[Number(value)] : undefined;
    if (role !== undefined) toRole.run(role);
    const named = themes.find(([name]) => kind === "theme" && name === value);
    if (named !== undefined) {
      applyTheme(named[0]);
      setTheme(named[0]);
    }
    commands[id]?.();
  };

  const roleItems: readonly ButtonDropdownProps.ItemOrGroup[] = [
    ...(session.role === undefined
      ? []
      : [{ id: "back", text: `Switch back to ${session.userName}`, iconName: "undo" } as const]),
    ...roles.slice(0, maxShownRoles).map(({ roleName, displayName, account, color }, at) => ({
      id: `role:${at}`,
      text: displayName || roleName,
      secondaryText: `${roleName} in ${account}`,
      iconSvg: (
        <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
          <circle cx="8" cy="8" r="5" fill={color} stroke="none" className="role-dot" />
        </svg>
      ),
    })),
    ...(session.isRoot ? [] : [{ id: "switch", text: "Switch role", iconName: "user-profile" } as const]),
  ];
  return (
    <ButtonDropdown
      variant="normal"
      expandToViewport
      ariaLabel={`Account menu of ${session.userName}`}
      onItemClick={choose}
      loading={toRole.busy || back.busy}
      items={[
        {
          id: "account",
          text: session.alias === "" ? session.accountId : `${session.alias} · ${session.accountId}`,
          items: [{ id: "copy", text: "Copy account id", iconName: "copy" }],
        },
        ...(roleItems.length === 0 ? [] : [{ id: "roles", text: "Roles", items: roleItems }]),
        {
          id: "themes",
          text: "Appearance",
          items: themes.map(([name, text]) => ({
            id: `theme:${name}`,
            text,
            itemType: "checkbox" as const,
            checked: theme === name,
          })),
        },
        {
          id: "session",
          text: "Session",
          items: [
            { id: "others", text: "Sign out everywhere else" },
            { id: "everywhere", text: "Sign out everywhere" },
            { id: "leave", text: "Sign out", iconName: "external" },
          ],
        },
      ]}
    >
      {session.isRoot ? "root" : session.userName}
    </ButtonDropdown>
  );
}
