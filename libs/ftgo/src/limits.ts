/** The largest order and the largest menu: their events stay far below what a channel takes. */
export const maxOrderLines = 100;
export const maxMenuItems = 100;
