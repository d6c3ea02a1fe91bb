/** How a list is looked at: its columns, its rows, and views with a name. */

export const lists = {
  view: "View",
  columns: "Columns",
  rows: "Rows",
  compact: "Compact",
  views: "Kept views",
  keep: "Keep this view…",
  keepTitle: "Keep this view",
  keepText:
    "Its filters, columns and order get a name in this browser. The address shares it with others.",
  keepButton: "Keep",
  name: "Name",
  nameTaken: "A view of this name is there; it gives way.",
  forget: (name: string) => `Forget “${name}”`,
  kept: (name: string) => `“${name}” is kept in this browser.`,
  forgotten: (name: string) => `“${name}” is forgotten.`,
  copyLink: "Copy the address",
} as const;
