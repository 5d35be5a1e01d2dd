// The types of phone.js: those of webphone.js without the element.
export { Phone, PhoneError, PhoneEvent } from "./webphone.js";
export type {
  Call,
  CallDetail,
  CallPhase,
  CallQuality,
  CallRecord,
  CallState,
  ConfigProvider,
  Direction,
  MakeCallOptions,
  PhoneConfig,
  PhoneErrorCode,
  PhoneEventDetails,
  PhoneEventName,
  RegistrationState,
} from "./webphone.js";
