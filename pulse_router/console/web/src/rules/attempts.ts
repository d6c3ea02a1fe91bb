/** What a route's attempts came to, by what was answered. */

interface Minute {
  readonly answers: readonly { readonly status: number | null; readonly count: number }[];
  readonly left_out: number;
}
interface Waiting {
  readonly history: readonly { readonly status: number | null; readonly error: string }[];
}
interface Given {
  readonly error_message: string;
  readonly count: number;
}

/**
 * answer: a status, or null where there was none. delivered: how many ended so. waiting: attempts of
 * what is pending. dead: how many were given up after it. example: an error in full.
 */
export interface AnswerRow {
  readonly answer: number | null;
  delivered: number;
  waiting: number;
  dead: number;
  example: string;
}

/** Put together receipts by minute, what waits, and the errors of dead letters. */
export function byAnswer(
  minutes: readonly Minute[],
  waiting: readonly Waiting[],
  dead: readonly Given[],
): AnswerRow[] {
  const rows = new Map<number | null, AnswerRow>();
  const rowOf = (answer: number | null, example = ""): AnswerRow => {
    const row = rows.get(answer) ?? { answer, delivered: 0, waiting: 0, dead: 0, example };
    row.example ||= example;
    rows.set(answer, row);
    return row;
  };
  for (const { answers } of minutes) {
    for (const { status, count } of answers) rowOf(status).delivered += count;
  }
  for (const { history } of waiting) {
    for (const { status, error } of history) rowOf(status, error).waiting += 1;
  }
  for (const { error_message, count } of dead) {
    rowOf(answerOf(error_message), error_message).dead += count;
  }
  const order = (answer: number | null): number => answer ?? Number.POSITIVE_INFINITY;
  return [...rows.values()].sort((one, other) => order(one.answer) - order(other.answer));
}

/** The status that an error tells of; null where there was no answer. */
export function answerOf(error: string): number | null {
  const [, status] = /^HTTP (\d{3})\b/.exec(error) ?? [];
  return status === undefined ? null : Number(status);
}

/** Receipts by minute as series: each answer's own, a minute without any is 0. */
export function answerSeries(
  minutes: readonly (Minute & { readonly at: string })[],
  from: number,
  to: number,
): { times: number[]; series: { answer: number | null | "left_out"; values: number[] }[] } {
  const minute = 60_000;
  const times: number[] = [];
  for (let at = Math.ceil(from / minute) * minute; at <= to; at += minute) times.push(at);
  const places = new Map(times.map((at, place) => [at, place]));
  const found = new Map<number | null | "left_out", number[]>();
  const add = (answer: number | null | "left_out", at: string, count: number): void => {
    const place = places.get(Date.parse(at));
    if (place === undefined || count === 0) return;
    const values = found.get(answer) ?? times.map(() => 0);
    values[place] = (values[place] ?? 0) + count;
    found.set(answer, values);
  };
  for (const { at, answers, left_out } of minutes) {
    for (const { status, count } of answers) add(status, at, count);
    add("left_out", at, left_out);
  }
  return { times, series: [...found].map(([answer, values]) => ({ answer, values })) };
}
