/** Jobs, newest first. */

import { get } from "../../api/client.ts";
import { link } from "../../app/location.ts";
import { useList } from "../../parts/list.ts";
import { Page } from "../../parts/page.tsx";
import { Bar } from "../../parts/spark.tsx";
import { NoneYet, States } from "../../parts/states.tsx";
import type { Column } from "../../parts/table/columns.ts";
import { Table } from "../../parts/table/table.tsx";
import { Age, Badge, Count } from "../../parts/values.tsx";
import { jobs as words } from "../../words/en/jobs.ts";
import { titles } from "../../words/en/titles.ts";
import { isAcross } from "../dead-letters/letters.ts";
import { type Job, partsOf, pathOfJobs } from "./jobs.ts";

export default function JobsPage() {
  const list = useList<Job>({
    name: "jobs",
    key: String(isAcross()),
    read: async (after, signal) => {
      const page = await get(pathOfJobs(), { query: after ? { after } : {}, signal });
      return {
        rows: page.jobs,
        total: page.total,
        isExact: page.total_is_exact,
        next: page.next,
      };
    },
    id: (job) => job.id,
    again: { changes: ["jobs"], every: 10_000 },
  });
  return (
    <Page title={titles.jobs}>
      <States
        reading={list.reading}
        empty={(page) =>
          page.rows.length > 0 ? undefined : (
            <NoneYet
              icon="job"
              title={words.none}
              action={
                <a class="button" href={link("/dead-letters")}>
                  {words.toLetters}
                </a>
              }
            >
              {words.noneText}
            </NoneYet>
          )
        }
      >
        {() => (
          <Table
            name="jobs"
            caption={titles.jobs}
            columns={columns()}
            rows={list.rows}
            rowKey={(job) => job.id}
            rowName={(job) => words.title(job.id)}
            open={(job) => link(`/jobs/${job.id}`)}
            total={list.total}
            isExact={list.isExact}
            more={list.more}
            waiting={list.waiting}
          />
        )}
      </States>
    </Page>
  );
}

function columns(): Column<Job>[] {
  const tenant: Column<Job> = {
    key: "tenant",
    head: words.columns.tenant,
    cell: (job) => job.tenant_id ?? words.allTenants,
  };
  return [
    { key: "id", head: words.columns.id, width: "80px", cell: (job) => job.id },
    {
      key: "action",
      head: words.columns.action,
      card: 1,
      width: "minmax(140px, 1fr)",
      cell: (job) => words.of(words.does[job.action], job.matched, job.matched_is_exact),
    },
    ...(isAcross() ? [tenant] : []),
    {
      key: "state",
      head: words.columns.state,
      width: "140px",
      card: 2,
      cell: (job) => <Badge state={job.state} />,
    },
    {
      key: "progress",
      head: words.columns.progress,
      width: "minmax(120px, 2fr)",
      cell: (job) => <Bar label={words.title(job.id)} whole={job.matched} parts={partsOf(job)} />,
    },
    {
      key: "failed",
      head: words.columns.failed,
      width: "84px",
      align: "end",
      cell: (job) => <Count n={job.failed} />,
    },
    { key: "by", head: words.columns.by, width: "minmax(96px, 1fr)", cell: (job) => job.subject },
    {
      key: "created",
      head: words.columns.created,
      width: "108px",
      align: "end",
      card: 3,
      cell: (job) => <Age at={job.created_at} />,
    },
  ];
}
