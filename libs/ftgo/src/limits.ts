/** The largest order and menu: their events stay far below the size limit of a channel. */
export const maxOrderLines = 100;
export const maxMenuItems = 100;
