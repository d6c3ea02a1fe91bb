/** Groups of devices. */

import { count } from "../../rules/numbers.ts";

const plural = new Intl.PluralRules("en");
const one = (n: number, single: string, several: string): string =>
  `${count(n).exact} ${plural.select(n) === "one" ? single : several}`;

export const groups = {
  listed: (n: number, isExact: boolean) =>
    `${isExact ? "" : "More than "}${one(n, "group", "groups")}`,
  columns: { name: "Group", devices: "Devices", made: "Made" },
  none: "There is no group yet.",
  noneText: "A group gathers devices, for a list or a live stream of just these.",
  make: "Make a group",
  makeIt: "Make it",
  name: "Name",
  rename: "Rename",
  renameTitle: (name: string) => `Rename ${name}`,
  renamed: "Renamed.",
  save: "Save",
  remove: "Delete",
  removeTitle: (name: string) => `Delete the group ${name}?`,
  removeText: (n: number) =>
    `Its ${one(n, "device", "devices")} stay registered. Streams and lists that ask for the group find nothing.`,
  removeIt: (name: string) => `Delete ${name}`,
  removed: (name: string) => `The group ${name} is deleted.`,
  members: (n: number) => `${one(n, "device", "devices")} in it`,
  noMembers: "There is no device in it yet.",
  noMembersText: "Add devices by their ids, here above.",
  add: "Add",
  addLabel: "Add a device",
  addHint: "A device's id; several are parted by spaces or commas.",
  added: (n: number) => `${one(n, "device", "devices")} added.`,
  removedMember: (n: number) => `${one(n, "device", "devices")} taken out.`,
  takeOut: (n: number) => `Take ${count(n).exact} out`,
  live: "Live",
  device: (id: string) => `Device ${id}`,
} as const;
