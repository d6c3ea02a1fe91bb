/** Routes, and their editor. They are loaded together. */

export { default as Editor } from "./editor/index.tsx";
export { default as Route } from "./route/index.tsx";
export { default as Routes } from "./routes/index.tsx";
