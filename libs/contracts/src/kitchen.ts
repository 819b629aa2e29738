import { command, event, type PayloadOf, type ReplyOf } from '@ftgo/messaging';
import { kitchenCommands, kitchenEvents } from './channels.js';
import { message, nothing } from './codec/message.js';
import type { PlainOf } from './codec/plain.js';
import * as commands from './gen/ftgo/kitchen/v1/commands_pb.js';
import * as events from './gen/ftgo/kitchen/v1/events_pb.js';
import type * as rpc from './gen/ftgo/kitchen/v1/service_pb.js';
import { TicketSchema } from './gen/ftgo/kitchen/v1/ticket_pb.js';
import { topicsOf } from './topics.js';

const byTicket = ({ ticketId }: { ticketId: number }) => ticketId;
const byOrder = ({ orderId }: { orderId: number }) => orderId;

export const CreateTicket = command(kitchenCommands, message(commands.CreateTicketSchema), {
  key: byOrder,
  reply: message(commands.CreateTicketReplySchema),
  refusals: ['RESTAURANT_NOT_KNOWN', 'MENU_ITEM_NOT_OFFERED'],
});
export type CreateTicket = PayloadOf<typeof CreateTicket>;
export type CreateTicketReply = ReplyOf<typeof CreateTicket>;

export const ConfirmCreateTicket = command(kitchenCommands, message(commands.ConfirmCreateTicketSchema), {
  key: byTicket,
  reply: nothing(commands.ConfirmCreateTicketReplySchema),
});
export type ConfirmCreateTicket = PayloadOf<typeof ConfirmCreateTicket>;

export const CancelCreateTicket = command(kitchenCommands, message(commands.CancelCreateTicketSchema), {
  key: byTicket,
  reply: nothing(commands.CancelCreateTicketReplySchema),
});
export type CancelCreateTicket = PayloadOf<typeof CancelCreateTicket>;

export const BeginCancelTicket = command(kitchenCommands, message(commands.BeginCancelTicketSchema), {
  key: byOrder,
  reply: nothing(commands.BeginCancelTicketReplySchema),
  refusals: ['TICKET_NOT_CANCELLABLE'],
});
export type BeginCancelTicket = PayloadOf<typeof BeginCancelTicket>;

export const ConfirmCancelTicket = command(kitchenCommands, message(commands.ConfirmCancelTicketSchema), {
  key: byOrder,
  reply: nothing(commands.ConfirmCancelTicketReplySchema),
});
export type ConfirmCancelTicket = PayloadOf<typeof ConfirmCancelTicket>;

export const UndoBeginCancelTicket = command(kitchenCommands, message(commands.UndoBeginCancelTicketSchema), {
  key: byOrder,
  reply: nothing(commands.UndoBeginCancelTicketReplySchema),
});
export type UndoBeginCancelTicket = PayloadOf<typeof UndoBeginCancelTicket>;

export const BeginReviseTicket = command(kitchenCommands, message(commands.BeginReviseTicketSchema), {
  key: byOrder,
  reply: nothing(commands.BeginReviseTicketReplySchema),
  refusals: ['TICKET_NOT_REVISABLE'],
});
export type BeginReviseTicket = PayloadOf<typeof BeginReviseTicket>;

export const ConfirmReviseTicket = command(kitchenCommands, message(commands.ConfirmReviseTicketSchema), {
  key: byOrder,
  reply: nothing(commands.ConfirmReviseTicketReplySchema),
});
export type ConfirmReviseTicket = PayloadOf<typeof ConfirmReviseTicket>;

export const UndoBeginReviseTicket = command(kitchenCommands, message(commands.UndoBeginReviseTicketSchema), {
  key: byOrder,
  reply: nothing(commands.UndoBeginReviseTicketReplySchema),
});
export type UndoBeginReviseTicket = PayloadOf<typeof UndoBeginReviseTicket>;

export const TicketCreated = event(kitchenEvents, message(events.TicketCreatedSchema));
export type TicketCreated = PayloadOf<typeof TicketCreated>;

export const TicketAccepted = event(kitchenEvents, message(events.TicketAcceptedSchema));
export type TicketAccepted = PayloadOf<typeof TicketAccepted>;

export const TicketPreparationStarted = event(kitchenEvents, message(events.TicketPreparationStartedSchema));
export type TicketPreparationStarted = PayloadOf<typeof TicketPreparationStarted>;

export const TicketPreparationCompleted = event(kitchenEvents, message(events.TicketPreparationCompletedSchema));
export type TicketPreparationCompleted = PayloadOf<typeof TicketPreparationCompleted>;

export const TicketPickedUp = event(kitchenEvents, message(events.TicketPickedUpSchema));
export type TicketPickedUp = PayloadOf<typeof TicketPickedUp>;

export const TicketCancelled = event(kitchenEvents, message(events.TicketCancelledSchema));
export type TicketCancelled = PayloadOf<typeof TicketCancelled>;

export const TicketRevised = event(kitchenEvents, message(events.TicketRevisedSchema));
export type TicketRevised = PayloadOf<typeof TicketRevised>;

export const kitchenTopics = topicsOf(kitchenCommands, kitchenEvents);

export { KitchenService as KitchenServiceApi } from './gen/ftgo/kitchen/v1/service_pb.js';
export type TicketDetails = PlainOf<typeof TicketSchema>;
/** A ticket in protobuf, for clients that ask for it over HTTP. */
export const TicketMessage = message(TicketSchema);
export type TicketState = TicketDetails['state'];
export type GetTicketRequest = PlainOf<typeof rpc.GetTicketRequestSchema>;
export type GetTicketResponse = PlainOf<typeof rpc.GetTicketResponseSchema>;
export type FindTicketsRequest = PlainOf<typeof rpc.FindTicketsRequestSchema>;
export type FindTicketsResponse = PlainOf<typeof rpc.FindTicketsResponseSchema>;
export type BatchGetTicketsRequest = PlainOf<typeof rpc.BatchGetTicketsRequestSchema>;
export type BatchGetTicketsResponse = PlainOf<typeof rpc.BatchGetTicketsResponseSchema>;
export type AcceptTicketRequest = PlainOf<typeof rpc.AcceptTicketRequestSchema>;
export type AcceptTicketResponse = PlainOf<typeof rpc.AcceptTicketResponseSchema>;
export type NoteTicketPreparingRequest = PlainOf<typeof rpc.NoteTicketPreparingRequestSchema>;
export type NoteTicketPreparingResponse = PlainOf<typeof rpc.NoteTicketPreparingResponseSchema>;
export type NoteTicketReadyRequest = PlainOf<typeof rpc.NoteTicketReadyRequestSchema>;
export type NoteTicketReadyResponse = PlainOf<typeof rpc.NoteTicketReadyResponseSchema>;
export type NoteTicketPickedUpRequest = PlainOf<typeof rpc.NoteTicketPickedUpRequestSchema>;
export type NoteTicketPickedUpResponse = PlainOf<typeof rpc.NoteTicketPickedUpResponseSchema>;
