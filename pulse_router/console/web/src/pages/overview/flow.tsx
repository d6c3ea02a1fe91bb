/** The way of the messages, drawn: where they are, how many pass, and where they leave it. */

import { get } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { link } from "../../app/location.ts";
import { Spark } from "../../parts/spark.tsx";
import { type Moved, rateOf, ratesOf, STRETCH_NAMES, type Stretch } from "../../rules/flow.ts";
import { count, rate } from "../../rules/numbers.ts";
import { overview as words } from "../../words/en/overview.ts";
import type { Overview } from "./index.tsx";
import { useMinute } from "./minute.ts";

const WIDTH = 984;
const HEIGHT = 212;
const BOX = { width: 124, height: 68 };
const STEP = 172;
const BELOW = 140;

type NodeName = keyof typeof words.nodes;

/** Where each stands: its column, and whether it is off the way. */
const PLACES: Readonly<Record<NodeName, readonly [column: number, isBelow?: boolean]>> = {
  devices: [0],
  broker: [1],
  decoded: [2],
  stored: [3],
  matched: [4],
  delivered: [5],
  rejected: [2, true],
  pending: [4, true],
  dead: [5, true],
};

const corner = (name: NodeName): readonly [x: number, y: number] => {
  const [column, isBelow] = PLACES[name];
  return [column * STEP, isBelow ? BELOW : 4];
};

interface Node {
  readonly name: NodeName;
  readonly path: string;
  readonly query?: Record<string, string>;
  readonly said: string;
  readonly tone?: "bad" | "warn" | undefined;
  readonly stretch?: Stretch;
}

/** states, totals: of the tenant, the newest that are known. */
export function Flow(props: {
  states: Overview["states"];
  totals: Readonly<Record<string, number>>;
}) {
  const minute = useMinute();
  const health = useReading((signal) => get("/health", { signal }), [], { every: 10_000 });
  const nodes = nodesOf(props.states, props.totals, health.value?.mqtt);
  return (
    <div class="flow">
      <p class="faint">{minute.length > 0 ? words.flowText : words.flowWaits}</p>
      <svg class="flow-picture" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
        <Edge from="devices" to="broker" />
        <Edge from="broker" to="decoded" stretch="received" minute={minute} />
        <Edge from="decoded" to="stored" stretch="stored" minute={minute} />
        <Edge from="stored" to="matched" stretch="matched" minute={minute} />
        <Edge from="matched" to="delivered" stretch="delivered" minute={minute} />
        <Edge from="decoded" to="rejected" stretch="rejected" minute={minute} />
        <Edge from="matched" to="pending" />
        <Edge from="pending" to="dead" stretch="buried" minute={minute} />
        {nodes.map((node) => (
          <Box key={node.name} node={node} minute={minute} />
        ))}
      </svg>
      <Table minute={minute} />
    </div>
  );
}

function nodesOf(
  states: Overview["states"],
  totals: Readonly<Record<string, number>>,
  broker: string | undefined,
): readonly Node[] {
  const total = (...names: string[]): number =>
    names.reduce((sum, name) => sum + (totals[name] ?? 0), 0);
  const n = (...names: string[]): string => count(total(...names)).text;
  const dead = total("dead_lettered");
  return [
    { name: "devices", path: "/devices", said: words.active(count(states.devices_active).text) },
    {
      name: "broker",
      path: "/about",
      said: broker ?? "",
      tone: broker === undefined || broker === "ok" ? undefined : "bad",
    },
    { name: "decoded", path: "/live", said: n("received"), stretch: "received" },
    { name: "stored", path: "/messages", said: n("stored"), stretch: "stored" },
    { name: "matched", path: "/routes", said: n("matched"), stretch: "matched" },
    {
      name: "delivered",
      path: "/routes",
      said: n("delivered", "written"),
      stretch: "delivered",
    },
    { name: "rejected", path: "/rejected", said: n("rejected"), stretch: "rejected" },
    { name: "pending", path: "/routes", query: { sort: "-pending" }, said: n("pending") },
    {
      name: "dead",
      path: "/dead-letters",
      query: { status: "FAILED" },
      said: n("dead_lettered"),
      tone: dead > 0 ? "warn" : undefined,
      stretch: "buried",
    },
  ];
}

function Box({ node, minute }: { node: Node; minute: readonly Moved[] }) {
  const [x, y] = corner(node.name);
  const values = node.stretch === undefined ? [] : ratesOf(minute, node.stretch);
  return (
    // Of an element of SVG the attribute is taken as it is written.
    <a href={link(node.path, node.query)} class={`flow-box ${node.tone ?? ""}`} tabindex={-1}>
      <rect x={x} y={y} width={BOX.width} height={BOX.height} rx={8} />
      <text x={x + 12} y={y + 22} class="flow-name">
        {words.nodes[node.name]}
      </text>
      <text x={x + 12} y={y + 41} class="flow-said">
        {node.said}
      </text>
      <Line values={values} x={x + 12} y={y + 46} width={BOX.width - 24} height={16} />
    </a>
  );
}

function Line(props: {
  values: readonly number[];
  x: number;
  y: number;
  width: number;
  height: number;
}) {
  const { values, x, y, width, height } = props;
  if (values.length < 2) return null;
  const most = Math.max(1, ...values);
  const step = width / 59;
  const start = x + width - step * (values.length - 1);
  const points = values.map((value, at) => {
    const down = y + height - (value / most) * height;
    return `${(start + at * step).toFixed(1)},${down.toFixed(1)}`;
  });
  return <polyline class="flow-line" points={points.join(" ")} />;
}

function Edge(props: {
  from: NodeName;
  to: NodeName;
  stretch?: Stretch;
  minute?: readonly Moved[];
}) {
  const [fromX, fromY] = corner(props.from);
  const [toX, toY] = corner(props.to);
  const isDown = fromX === toX;
  const [x1, y1] = isDown
    ? [fromX + BOX.width / 2, fromY + BOX.height]
    : [fromX + BOX.width, fromY + BOX.height / 2];
  const [x2, y2] = isDown ? [x1, toY] : [toX, y1];
  const now = props.stretch && rateOf(props.minute ?? [], props.stretch);
  const head = isDown
    ? `M${x2 - 4} ${y2 - 6}L${x2} ${y2 - 1}L${x2 + 4} ${y2 - 6}`
    : `M${x2 - 6} ${y2 - 4}L${x2 - 1} ${y2}L${x2 - 6} ${y2 + 4}`;
  return (
    <g class={now ? "flow-edge moves" : "flow-edge"}>
      <path d={`M${x1} ${y1}L${x2} ${y2}${head}`} />
      {now !== undefined && (
        <text
          x={isDown ? x1 + 8 : (x1 + x2) / 2}
          y={isDown ? (y1 + y2) / 2 + 4 : y1 - 8}
          text-anchor={isDown ? "start" : "middle"}
        >
          {words.perSecond(rate(now).text)}
        </text>
      )}
    </g>
  );
}

/** The same for readers, and for narrow screens. */
function Table({ minute }: { minute: readonly Moved[] }) {
  return (
    <table class="flow-table">
      <thead>
        <tr>
          <th scope="col">{words.table.stretch}</th>
          <th scope="col">{words.table.rate}</th>
          <th scope="col">{words.table.minute}</th>
        </tr>
      </thead>
      <tbody>
        {STRETCH_NAMES.map((stretch) => (
          <tr key={stretch}>
            <th scope="row">{words.stretches[stretch]}</th>
            <td class="number">{rate(rateOf(minute, stretch)).text}</td>
            <td>
              <Spark values={ratesOf(minute, stretch)} label={words.stretches[stretch]} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
