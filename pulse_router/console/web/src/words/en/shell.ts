/** The frame around the pages. */
export const shell = {
  product: "pulse-router",
  title: (page: string, label: string) => [page, label || shell.product].join(" · "),
  skip: "Skip to the content",
  navigation: "Pages",
  nothingYet: "There is nothing to show here yet.",
} as const;
