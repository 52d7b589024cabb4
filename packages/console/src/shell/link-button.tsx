import Button, { type ButtonProps } from "@cloudscape-design/components/button";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";

/** A link that looks like a button: it has an address, so it opens in a new tab as well. */
export function LinkButton({ to, ...rest }: ButtonProps & { readonly to: string }): ReactNode {
  const navigate = useNavigate();
  return (
    <Button
      {...rest}
      href={to}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(to);
      }}
    />
  );
}
