/** Devices, their groups and alerts. They are loaded together. */

export { default as Alerts } from "./alerts/index.tsx";
export { default as Device } from "./device/index.tsx";
export { default as DeviceNew } from "./device-new/index.tsx";
export { default as Devices } from "./devices/index.tsx";
export { default as DevicesBulk } from "./devices-bulk/index.tsx";
export { default as Group } from "./group/index.tsx";
export { default as Groups } from "./groups/index.tsx";
