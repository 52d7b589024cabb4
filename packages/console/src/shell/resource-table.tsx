import { useCollection } from "@cloudscape-design/collection-hooks";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { type ReactNode, useMemo } from "react";
import { Failure } from "./failure.tsx";

export interface Column<T> {
  readonly id: string;
  readonly header: string;
  readonly cell: (item: T) => ReactNode;
  /** What is compared when sorting and searched by the filter. */
  readonly value?: (item: T) => string | number;
  readonly width?: number;
}

interface TableInput<T> {
  readonly query: {
    readonly data: readonly T[] | undefined;
    readonly error: unknown;
    readonly refetch?: () => unknown;
  };
  readonly columns: readonly Column<T>[];
  readonly keyOf: (item: T) => string;
  /** "list the users" */
  readonly task: string;
  /** "users": in labels and messages. */
  readonly noun: string;
  readonly empty: ReactNode;
  readonly title?: string;
  readonly description?: string;
  readonly actions?: ReactNode;
  readonly filterLabel?: string;
  readonly selection?: {
    readonly type: "single" | "multi";
    readonly items: readonly T[];
    readonly onChange: (items: readonly T[]) => void;
  };
  readonly pageSize?: number;
  /** There is more than `data`: the count says so. */
  readonly hasMore?: boolean;
  readonly embedded?: boolean;
}

/** A list of what the account has: filter, order, pages, selection; loading, empty, and refused. */
export function ResourceTable<T>(input: TableInput<T>): ReactNode {
  const { query, task, embedded } = input;
  const failure = query.error ? <Failure error={query.error} task={task} retry={() => void query.refetch?.()} /> : null;
  if (query.data === undefined && failure !== null) return failure;
  // What was read before stays, under what went wrong since.
  return (
    <>
      {failure}
      <LoadedTable {...input} embedded={embedded ?? false} />
    </>
  );
}

function LoadedTable<T>(input: TableInput<T>): ReactNode {
  const { query, columns, keyOf, noun, title, description, actions, filterLabel, selection, pageSize = 25 } = input;
  const definitions = useMemo(() => columns.map(columnDefinition), [columns]);
  const {
    items,
    actions: change,
    filteredItemsCount,
    collectionProps,
    filterProps,
    paginationProps,
  } = useCollection(query.data ?? [], {
    filtering: {
      filteringFunction: (item: T, text: string) => {
        const wanted = text.toLowerCase();
        return columns.some(({ value }) =>
          String(value?.(item) ?? "")
            .toLowerCase()
            .includes(wanted),
        );
      },
      empty: <Box textAlign="center">{input.empty}</Box>,
      noMatch: (
        <Box textAlign="center">
          <p>No {noun} match the filter.</p>
          <Button formAction="none" onClick={() => change.setFiltering("")}>
            Clear the filter
          </Button>
        </Box>
      ),
    },
    sorting: { defaultState: { sortingColumn: definitions[0] ?? { sortingField: "" } } },
    pagination: { pageSize },
  });
  const total = query.data?.length ?? 0;
  return (
    <Table
      {...collectionProps}
      variant={input.embedded === true ? "embedded" : "container"}
      columnDefinitions={definitions}
      items={items}
      trackBy={keyOf}
      loading={query.data === undefined}
      loadingText={`Loading ${noun}`}
      wrapLines
      enableKeyboardNavigation
      ariaLabels={{
        tableLabel: title ?? noun,
        selectionGroupLabel: `Select ${noun}`,
        allItemsSelectionLabel: () => `Select all ${noun}`,
        itemSelectionLabel: (_, item) => `Select ${keyOf(item)}`,
      }}
      renderAriaLive={({ firstIndex, lastIndex, totalItemsCount }) =>
        totalItemsCount === 0 ? `0 ${noun}` : `${firstIndex} to ${lastIndex} of ${totalItemsCount} ${noun}`
      }
      {...(selection === undefined
        ? {}
        : {
            selectionType: selection.type,
            selectedItems: [...selection.items],
            onSelectionChange: ({ detail }: { detail: TableProps.SelectionChangeDetail<T> }) =>
              selection.onChange(detail.selectedItems),
          })}
      header={
        title === undefined && actions === undefined ? undefined : (
          <Header
            variant="h2"
            counter={query.data === undefined ? "" : `(${total}${input.hasMore === true ? "+" : ""})`}
            description={description}
            actions={actions}
          >
            {title}
          </Header>
        )
      }
      filter={
        total <= 5 ? undefined : (
          <TextFilter
            {...filterProps}
            filteringPlaceholder={filterLabel ?? `Find ${noun}`}
            filteringAriaLabel={filterLabel ?? `Find ${noun}`}
            filteringClearAriaLabel="Clear"
            countText={`${filteredItemsCount ?? 0} found`}
          />
        )
      }
      pagination={
        total <= pageSize ? undefined : (
          <Pagination
            {...paginationProps}
            ariaLabels={{
              nextPageLabel: "Next page",
              previousPageLabel: "Previous page",
              pageLabel: (page) => `Page ${page}`,
            }}
          />
        )
      }
    />
  );
}

function columnDefinition<T>({ id, header, cell, value, width }: Column<T>): TableProps.ColumnDefinition<T> {
  return {
    id,
    header,
    cell,
    ...(width === undefined ? {} : { width }),
    ...(value === undefined
      ? {}
      : {
          sortingComparator: (left: T, right: T) => {
            const [one, other] = [value(left), value(right)];
            return typeof one === "number" && typeof other === "number"
              ? one - other
              : String(one).localeCompare(String(other), undefined, { numeric: true });
          },
        }),
  };
}

/** What an empty list is good for, and the first step. */
export function EmptyState(props: {
  readonly title: string;
  readonly children: ReactNode;
  readonly action?: ReactNode;
}): ReactNode {
  return (
    <Box padding={{ vertical: "l" }}>
      <SpaceBetween size="xs">
        <b>{props.title}</b>
        <Box color="text-body-secondary">{props.children}</Box>
        {props.action}
      </SpaceBetween>
    </Box>
  );
}
