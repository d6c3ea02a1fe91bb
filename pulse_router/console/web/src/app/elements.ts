/** What elements are made by; the build puts it where there are any. */

export { Fragment, h } from "preact";
