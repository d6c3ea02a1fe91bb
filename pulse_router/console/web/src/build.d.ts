/** What the build writes of the packages that are in it. */
declare module "licences:" {
  const licences: readonly {
    readonly name: string;
    readonly version: string;
    readonly text: string;
  }[];
  export default licences;
}

/** Style sheets are joined by the build into one. */
declare module "*.css";
