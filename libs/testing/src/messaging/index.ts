// For specs of messaging and of libraries built on it.
export { messagingDatabase } from './messaging-database.js';
export {
  PriceChanged,
  priceChanged,
  priceEvents,
  record,
  refusal,
  SoldOut,
  stockCommands,
  stockReplies,
  TakeStock,
  takeStock,
} from './shop.js';
