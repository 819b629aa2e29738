import { ticketId } from '@ftgo/ftgo';
import { idCursor } from '@ftgo/platform';

/** Where a page goes on: tickets are listed newest first. */
export const { write: cursorOf, read: pageCursor } = idCursor('before', ticketId);
