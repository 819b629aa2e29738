import { restaurantId } from '@ftgo/ftgo';
import { idCursor } from '@ftgo/platform';

/** Where the next page starts: restaurants are listed oldest first. */
export const { write: cursorOf, read: pageCursor } = idCursor('after', restaurantId);
