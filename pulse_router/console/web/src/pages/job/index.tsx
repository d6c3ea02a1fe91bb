/** A job: how far it is, at what pace, what it has not done; paused, resumed, cancelled. */

import { useEffect, useRef, useState } from "preact/hooks";
import { get } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { go, link } from "../../app/location.ts";
import type { PageProps } from "../../app/routes.ts";
import { Button } from "../../parts/button.tsx";
import { CopyAs, Copyable } from "../../parts/copying.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { useList } from "../../parts/list.ts";
import { May } from "../../parts/may.tsx";
import { Facts, Page, Section } from "../../parts/page.tsx";
import { Bar } from "../../parts/spark.tsx";
import { States } from "../../parts/states.tsx";
import { Table } from "../../parts/table/table.tsx";
import { sayProblem } from "../../parts/toasts.tsx";
import { Age, Badge, Time } from "../../parts/values.tsx";
import { command, curl } from "../../rules/copying.ts";
import { count, rate } from "../../rules/numbers.ts";
import { length, sayLength } from "../../rules/times.ts";
import { common } from "../../words/en/common.ts";
import { deadLetters } from "../../words/en/dead_letters.ts";
import { jobs as words } from "../../words/en/jobs.ts";
import { isAcross, startJob } from "../dead-letters/letters.ts";
import { isUnfinished, type Job, moveJob, partsOf, pathOfJobs } from "../jobs/jobs.ts";
import { filterLink, filterWords, undoOf } from "./plan.ts";

const LOOK_MS = 5_000;

export default function JobPage({ params }: PageProps<"job_id">) {
  const id = Number(params.job_id);
  const reading = useReading(
    (signal) => get(`${pathOfJobs()}/{job_id}`, { path: { job_id: id }, signal }),
    [id, isAcross()],
    { changes: ["jobs"], every: LOOK_MS },
  );
  const job = reading.value;
  return (
    <Page
      title={words.title(id)}
      heading={
        <>
          {job
            ? words.of(words.does[job.action], job.matched, job.matched_is_exact)
            : words.title(id)}{" "}
          {job && <Badge state={job.state} />}
        </>
      }
      lead={job && `${words.states[job.state] ?? ""} ${job.reason ?? ""}`}
      actions={job && <Actions job={job} again={reading.again} />}
    >
      <States reading={reading}>{(shown) => <Shown job={shown} />}</States>
    </Page>
  );
}

function Shown({ job }: { job: Job }) {
  const pace = usePace(job);
  const matched = (job.matched_is_exact ? "" : `${common.moreThan("")}`) + count(job.matched).exact;
  return (
    <>
      <Bar label={words.progress} whole={job.matched} parts={partsOf(job)} />
      <p role="status" aria-live="off">
        {words.counts(job.done, job.failed, job.skipped, matched)}
        {pace && ` · ${pace}`}
      </p>
      <Facts
        facts={[
          [
            words.facts.filter,
            <a key="" href={filterLink(job)}>
              {filterWords(job)}
            </a>,
          ],
          [words.facts.upTo, job.up_to_id],
          job.action === "replay" && [words.facts.pace, job.staged ? words.staged : words.atOnce],
          job.route_id !== null && [
            words.facts.through,
            <a key="" href={link(`/routes/${job.route_id}`)}>
              {deadLetters.route(job.route_id)}
            </a>,
          ],
          isAcross() && [words.facts.tenant, job.tenant_id ?? words.allTenants],
          [words.facts.by, job.subject],
          [words.facts.created, <Time key="" at={job.created_at} age />],
          job.started_at !== null && [words.facts.started, <Time key="" at={job.started_at} age />],
          job.ended_at !== null && [words.facts.ended, <Time key="" at={job.ended_at} age />],
          [words.facts.request, <Copyable key="" text={job.request_id} />],
        ]}
      />
      <Section heading={words.failures}>
        <Failures job={job} />
      </Section>
    </>
  );
}

function Failures({ job }: { job: Job }) {
  const list = useList({
    name: `job-${job.id}`,
    key: String(job.failed + job.skipped),
    read: async (after, signal) => {
      const page = await get(`${pathOfJobs()}/{job_id}/failures`, {
        path: { job_id: job.id },
        query: after ? { after } : {},
        signal,
      });
      return {
        rows: page.failures,
        total: page.total,
        isExact: page.total_is_exact,
        next: page.next,
      };
    },
    id: (failure) => -failure.dead_letter_id,
  });
  return (
    <States
      reading={list.reading}
      empty={(page) =>
        page.rows.length === 0 ? <p class="faint">{words.failuresNone}</p> : undefined
      }
    >
      {() => (
        <Table
          caption={words.failures}
          columns={[
            {
              key: "letter",
              head: words.failureColumns.letter,
              width: "120px",
              card: 1,
              cell: (failure) => failure.dead_letter_id,
            },
            {
              key: "outcome",
              head: words.failureColumns.outcome,
              width: "140px",
              card: 2,
              cell: (failure) => <Badge state={failure.outcome} />,
            },
            {
              key: "error",
              head: words.failureColumns.error,
              width: "minmax(160px, 3fr)",
              card: 3,
              cell: (failure) => failure.error,
            },
            {
              key: "at",
              head: words.failureColumns.at,
              width: "120px",
              align: "end",
              cell: (failure) => <Age at={failure.at} />,
            },
          ]}
          rows={list.rows}
          rowKey={(failure) => failure.dead_letter_id}
          open={(failure) => link(`/dead-letters/${failure.dead_letter_id}`)}
          total={list.total}
          isExact={list.isExact}
          more={list.more}
        />
      )}
    </States>
  );
}

function Actions({ job, again }: { job: Job; again: () => void }) {
  const [isCancelling, setCancelling] = useState(false);
  const right = isAcross() ? "write_all" : "write";
  const move = async (to: "pause" | "resume" | "cancel"): Promise<void> => {
    try {
      await moveJob(job.id, to);
    } catch (fault) {
      sayProblem(fault);
    }
    setCancelling(false);
    again();
  };
  const back = undoOf(job);
  const undo = async (): Promise<void> => {
    if (back === undefined) return;
    try {
      const made = await startJob(back);
      go(link(`/jobs/${made.id}`));
    } catch (fault) {
      sayProblem(fault);
    }
  };
  const canResume = job.state === "PAUSED" || job.state === "STOPPED";
  return (
    <>
      {isUnfinished(job) && (
        <May action={right}>
          <Button icon="pause" onClick={() => void move("pause")}>
            {words.pause}
          </Button>
        </May>
      )}
      {canResume && (
        <May action={right}>
          <Button tone="primary" icon="play" onClick={() => void move("resume")}>
            {job.state === "STOPPED" ? words.resumeStopped : words.resume}
          </Button>
        </May>
      )}
      {(isUnfinished(job) || canResume) && (
        <May action={right}>
          <Button tone="danger" icon="stop" onClick={() => setCancelling(true)}>
            {words.cancel}
          </Button>
        </May>
      )}
      {back && job.done > 0 && (
        <May action={right}>
          <Button icon="undo" title={words.undoText} onClick={() => void undo()}>
            {words.undo(words.does[back.action])}
          </Button>
        </May>
      )}
      <CopyAs
        request={() => curl({ method: "GET", url: `${location.origin}${pathOfJobs()}/${job.id}` })}
        command={() => command("jobs", "watch", String(job.id))}
      />
      {isCancelling && (
        <Dialog
          title={words.cancelTitle}
          danger
          confirm={words.cancel}
          onConfirm={() => move("cancel")}
          onClose={() => setCancelling(false)}
          closeWord={common.close}
        >
          <p>{words.cancelText}</p>
        </Dialog>
      )}
    </>
  );
}

/** How fast it goes on, and how long that takes: from what two readings differ by. */
function usePace(job: Job): string | undefined {
  const first = useRef<{ at: number; n: number } | undefined>(undefined);
  const n = job.done + job.failed + job.skipped;
  const [pace, setPace] = useState<string | undefined>(undefined);
  useEffect(() => {
    const at = Date.now();
    if (job.state !== "RUNNING") {
      first.current = undefined;
      setPace(undefined);
      return;
    }
    first.current ??= { at, n };
    const perSecond = (1000 * (n - first.current.n)) / (at - first.current.at);
    if (!(perSecond > 0) || !Number.isFinite(perSecond)) return;
    const left = sayLength(length((1000 * Math.max(0, job.matched - n)) / perSecond));
    setPace(`${words.rate(rate(perSecond).text)}, ${words.left(left)}`);
  }, [n, job.state]);
  return pace;
}
