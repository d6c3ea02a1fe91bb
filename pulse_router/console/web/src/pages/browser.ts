/** This browser and this router: settings, version, the door, and nothing. They are loaded together. */

export { default as About } from "./about/index.tsx";
export { default as NotFound } from "./not-found/index.tsx";
export { default as Settings } from "./settings/index.tsx";
export { default as SignIn } from "./sign-in/index.tsx";
