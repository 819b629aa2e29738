import { ticketId } from '@ftgo/ftgo';
import { idCursor } from '@ftgo/platform';

/** Where the next page starts: tickets are listed newest first. */
export const { write: cursorOf, read: pageCursor } = idCursor('before', ticketId);
