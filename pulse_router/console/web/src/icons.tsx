/** The console's own icons: a grid of 16, lines of 1.5. They are drawings of paths, nothing else. */

/** One path each, drawn with round ends; `.` is a dot. */
const PATHS = {
  alert: "M8 2.5a4 4 0 0 0-4 4V9l-1.3 2.5h10.6L12 9V6.5a4 4 0 0 0-4-4ZM6.5 13.5h3",
  ban: "M8 2.25a5.75 5.75 0 1 0 0 11.5a5.75 5.75 0 0 0 0-11.5ZM4 4l8 8",
  bolt: "M9 1.75 3.5 9H8l-1 5.25L12.5 7H8l1-5.25Z",
  check: "m3 8.5 3.25 3.25L13 4.75",
  chevronDown: "m4 6 4 4 4-4",
  chevronLeft: "m10 4-4 4 4 4",
  chevronRight: "m6 4 4 4-4 4",
  chevronUp: "m4 10 4-4 4 4",
  clock: "M8 2.25a5.75 5.75 0 1 0 0 11.5a5.75 5.75 0 0 0 0-11.5ZM8 5v3.25l2.25 1.5",
  code: "M5.5 4 1.75 8l3.75 4M10.5 4l3.75 4-3.75 4",
  columns: "M2.25 3h11.5v10H2.25ZM6.25 3v10M10 3v10",
  copy: "M5.75 5.75h7.5v7.5h-7.5ZM10.25 5.75v-3h-7.5v7.5h3",
  cross: "m4 4 8 8M12 4l-8 8",
  deadLetter: "M2 3.75h12v8.5H2ZM2 4.5l6 4.25 6-4.25M10.25 14.5l3-3M13.25 14.5l-3-3",
  device:
    "M4.75 4.75h6.5v6.5h-6.5ZM6.5 2v2.5M9.5 2v2.5M6.5 11.5V14M9.5 11.5V14M2 6.5h2.5M2 9.5h2.5M11.5 6.5H14M11.5 9.5H14",
  download: "M8 2v7.5M4.75 6.75 8 10l3.25-3.25M2.75 13.25h10.5",
  edit: "m2.75 13.25.75-3.25 7-7 2.5 2.5-7 7ZM9 4.5 11.5 7",
  external: "M6.5 3.25H2.75v10h10V9.5M9 2.75h4.25V7M13 3 7.25 8.75",
  eye: "M1.5 8S4 3.75 8 3.75 14.5 8 14.5 8 12 12.25 8 12.25 1.5 8 1.5 8ZM8 6.25a1.75 1.75 0 1 0 0 3.5a1.75 1.75 0 0 0 0-3.5Z",
  eyeOff: "M1.5 8S4 3.75 8 3.75 14.5 8 14.5 8 12 12.25 8 12.25 1.5 8 1.5 8ZM2.5 13.5l11-11",
  filter: "M2 3h12L9.5 8.5v4.25l-3-1.5V8.5Z",
  find: "M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 0 0 0-9ZM10.25 10.25 14 14",
  group:
    "M5.75 3a2 2 0 1 0 0 4a2 2 0 0 0 0-4ZM1.75 13c0-2.25 1.75-3.75 4-3.75S9.75 10.75 9.75 13M10.5 3.25a2 2 0 0 1 0 3.5M11.75 9.5c1.5.5 2.5 1.75 2.5 3.5",
  info: "M8 2.25a5.75 5.75 0 1 0 0 11.5a5.75 5.75 0 0 0 0-11.5ZM8 7.25V11M8 5v.01",
  job: "M2.25 4 3.5 5.25 5.75 3M2.25 9 3.5 10.25 5.75 8M8 4.25h6M8 9.25h6M8 13.25h6",
  key: "M5 6.75a3.25 3.25 0 1 0 0 6.5a3.25 3.25 0 0 0 0-6.5ZM7.5 7.75l5.75-5.5M10.75 4.75l2 2",
  live: "M1.5 8.5h3l2-5 3 9 2-5.5h3",
  lock: "M3.75 7.25h8.5v6.5h-8.5ZM5.25 7V5a2.75 2.75 0 0 1 5.5 0v2",
  menu: "M2 4h12M2 8h12M2 12h12",
  message: "M2 3.75h12v8.5H2ZM2 4.5l6 4.25 6-4.25",
  minus: "M3 8h10",
  moon: "M13.25 9.5A5.75 5.75 0 1 1 6.5 2.75a4.75 4.75 0 0 0 6.75 6.75Z",
  more: "M3.5 8v.01M8 8v.01M12.5 8v.01",
  operator:
    "M2.25 13.75V5.5L8 2.25l5.75 3.25v8.25M5 13.75V7.5M8 13.75V7.5M11 13.75V7.5M1.5 13.75h13",
  overview:
    "M2.25 2.25h4.5v6h-4.5ZM9.25 2.25h4.5v3.5h-4.5ZM2.25 10.75h4.5v3h-4.5ZM9.25 8.25h4.5v5.5h-4.5Z",
  pause: "M5.25 3v10M10.75 3v10",
  play: "M4.5 2.75v10.5L13 8Z",
  plus: "M8 3v10M3 8h10",
  quiet: "M8 2.25a5.75 5.75 0 1 0 0 11.5a5.75 5.75 0 0 0 0-11.5ZM5 8h6",
  replay: "M13 8A5 5 0 1 1 11 4M11.25 1.5V4.25H8.5",
  route:
    "M3.75 10.5a1.75 1.75 0 1 0 0 3.5a1.75 1.75 0 0 0 0-3.5ZM12.25 2a1.75 1.75 0 1 0 0 3.5a1.75 1.75 0 0 0 0-3.5ZM5.5 12.25h4.25a2.25 2.25 0 0 0 0-4.25H6.25a2.25 2.25 0 0 1 0-4.25h4.25",
  settings:
    "M2 4.5h6.5M12 4.5h2M10.25 2.75a1.75 1.75 0 1 0 0 3.5a1.75 1.75 0 0 0 0-3.5ZM2 11.5h2M7.5 11.5H14M5.75 9.75a1.75 1.75 0 1 0 0 3.5a1.75 1.75 0 0 0 0-3.5Z",
  signOut: "M6.5 2.75H3v10.5h3.5M7 8h6.5M10.75 5l3 3-3 3",
  stop: "M4 4h8v8H4Z",
  sun: "M8 5.25a2.75 2.75 0 1 0 0 5.5a2.75 2.75 0 0 0 0-5.5ZM8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7",
  trash: "M2.75 4.25h10.5M6 4V2.25h4V4M4 4.25l.75 9.5h6.5l.75-9.5M6.75 7v4M9.25 7v4",
  undo: "M3 6.75h7a3.25 3.25 0 0 1 0 6.5H6M6 3.5 2.75 6.75 6 10",
  upload: "M8 10.5V3M4.75 5.75 8 2.5l3.25 3.25M2.75 13.25h10.5",
  warn: "M8 2 1.5 13.5h13ZM8 6.5v3.25M8 11.75v.01",
} as const;

export type IconName = keyof typeof PATHS;

/** A drawing that readers pass over; where it stands alone, the control around it has the name. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

export const ICON_NAMES = Object.keys(PATHS) as IconName[];
