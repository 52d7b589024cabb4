import "@cloudscape-design/global-styles/index.css";
import "./styles.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router/dom";
import { CallError } from "./api/call.ts";
import { makeRouter } from "./routes.tsx";
import { applyTheme, storedTheme } from "./shell/theme.ts";

applyTheme(storedTheme());

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // A refusal stays a refusal; only a gateway that cannot be reached is asked once more.
      retry: (failures, error) => failures < 1 && error instanceof CallError && error.status === 0,
      refetchOnWindowFocus: false,
      staleTime: 5_000,
    },
  },
});

const place = document.getElementById("app");
if (place !== null) {
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={makeRouter()} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
