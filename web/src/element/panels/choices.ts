// The user's choices: devices and what the microphone's sound goes through. Kept
// in this browser under the key that the screen looks for when it starts.
import type { Phone } from "../../phone/phone.ts";
import { storageKey } from "../kit.ts";
import { read, record, text, write } from "./storage.ts";

export const deviceKinds = ["microphone", "speaker", "ringer", "camera"] as const;
export const processing = ["echoCancellation", "noiseSuppression", "autoGainControl"] as const;

export type DeviceKind = (typeof deviceKinds)[number];
export type Processing = (typeof processing)[number];

/** A device as the browser names it. */
export interface Device {
  readonly id: string;
  readonly label: string;
}

export type Choices = Partial<Record<DeviceKind, Device>> & Partial<Record<Processing, boolean>>;

export interface Devices {
  readonly microphones: readonly Device[];
  readonly speakers: readonly Device[];
  readonly cameras: readonly Device[];
}

/** The devices that can be chosen for a purpose. */
export const among = (devices: Devices, kind: DeviceKind): readonly Device[] =>
  kind === "microphone" ? devices.microphones : kind === "camera" ? devices.cameras : devices.speakers;

export function choices(): Choices {
  const kept = record(read(storageKey));
  const found: Record<string, unknown> = {};
  for (const kind of deviceKinds) {
    const { id, label } = record(kept[kind]);
    if (text(id)) found[kind] = { id: text(id), label: text(label) };
  }
  for (const name of processing) if (typeof kept[name] === "boolean") found[name] = kept[name];
  return found;
}

/** Keeps one choice beside the others; `undefined` forgets it. */
export function choose<K extends DeviceKind | Processing>(name: K, value: Choices[K] | undefined): void {
  const { [name]: _, ...others } = choices();
  const next = { ...others, ...(value === undefined ? {} : { [name]: value }) };
  write(storageKey, Object.keys(next).length ? next : null);
}

export const forget = (): void => write(storageKey, null);

/**
 * The device that was chosen: by its ID, or by its name, since browsers give new
 * IDs when a site's data is cleared. Without either the choice stands for when
 * the device is back, unless the list says nothing for want of a permission.
 */
export function find({ id, label }: Device, present: readonly Device[]): string {
  if (present.some((device) => device.id === id)) return id;
  return (label && present.find((device) => device.label === label)?.id) || id;
}

/** Gives the engine what was chosen. */
export async function apply(phone: Phone): Promise<void> {
  const { microphone, speaker, ringer, camera, ...sound } = choices();
  const chosen = { microphone, speaker, ringer, camera };
  const devices = await phone.devices();
  const ids: Partial<Record<DeviceKind, string>> = {};
  for (const kind of deviceKinds) {
    const device = chosen[kind];
    if (device) ids[kind] = find(device, among(devices, kind));
  }
  phone.setConfig({ ...sound, ...ids });
}
