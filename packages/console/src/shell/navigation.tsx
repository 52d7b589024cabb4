import type { ReactNode } from "react";
import { NavLink } from "react-router";

/** What the page has. Each row leads to a page that works. */
const sections: readonly {
  readonly title: string;
  readonly links: readonly (readonly [path: string, text: string])[];
}[] = [
  {
    title: "Access",
    links: [
      ["/users", "Users"],
      ["/groups", "Groups"],
      ["/roles", "Roles"],
      ["/policies", "Policies"],
      ["/credentials", "Temporary credentials"],
      ["/unused", "Unused access"],
    ],
  },
  { title: "Storage", links: [["/buckets", "Buckets"]] },
  {
    title: "Understand",
    links: [
      ["/access", "Access map"],
      ["/who-can", "Who can"],
      ["/can", "What a principal may do"],
      ["/picture", "Picture of why"],
      ["/review", "Review a policy"],
    ],
  },
  {
    title: "Account",
    links: [
      ["/events", "Events"],
      ["/accounts", "Accounts"],
      ["/settings", "Settings"],
    ],
  },
];

export function Navigation({ onChoice }: { readonly onChoice: () => void }): ReactNode {
  return (
    <ul className="nav-sections">
      <li>
        <NavLink className="nav-link" to="/" end onClick={onChoice}>
          Home
        </NavLink>
      </li>
      {sections.map(({ title, links }) => (
        <li key={title}>
          <span className="nav-title">{title}</span>
          <ul>
            {links.map(([path, text]) => (
              <li key={path}>
                <NavLink className="nav-link" to={path} onClick={onChoice}>
                  {text}
                </NavLink>
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}
