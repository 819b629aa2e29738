// For specs of messaging and of what stands on it.
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
