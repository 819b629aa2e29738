import { command, event, type PayloadOf, type ReplyOf } from '@ftgo/messaging';
import { accountingCommands, accountingEvents } from './channels.js';
import { message, nothing } from './codec/message.js';
import type { PlainOf } from './codec/plain.js';
import { AccountSchema, type AuthorizationSchema, type EntrySchema } from './gen/ftgo/accounting/v1/account_pb.js';
import * as commands from './gen/ftgo/accounting/v1/commands_pb.js';
import * as events from './gen/ftgo/accounting/v1/events_pb.js';
import type * as rpc from './gen/ftgo/accounting/v1/service_pb.js';
import { topicsOf } from './topics.js';

const byConsumer = ({ consumerId }: { consumerId: number }) => consumerId;

export const AuthorizeCard = command(accountingCommands, message(commands.AuthorizeCardSchema), {
  key: byConsumer,
  reply: message(commands.AuthorizeCardReplySchema),
  refusals: ['ACCOUNT_DISABLED', 'CREDIT_LIMIT_EXCEEDED', 'ACCOUNT_NOT_FOUND'],
});
export type AuthorizeCard = PayloadOf<typeof AuthorizeCard>;
export type AuthorizeCardReply = ReplyOf<typeof AuthorizeCard>;

export const ReviseAuthorization = command(accountingCommands, message(commands.ReviseAuthorizationSchema), {
  key: byConsumer,
  reply: nothing(commands.ReviseAuthorizationReplySchema),
  refusals: ['ACCOUNT_DISABLED', 'CREDIT_LIMIT_EXCEEDED'],
});
export type ReviseAuthorization = PayloadOf<typeof ReviseAuthorization>;

export const ReverseAuthorization = command(accountingCommands, message(commands.ReverseAuthorizationSchema), {
  key: byConsumer,
  reply: nothing(commands.ReverseAuthorizationReplySchema),
});
export type ReverseAuthorization = PayloadOf<typeof ReverseAuthorization>;

export const AccountOpened = event(accountingEvents, message(events.AccountOpenedSchema));
export type AccountOpened = PayloadOf<typeof AccountOpened>;

export const CardAuthorized = event(accountingEvents, message(events.CardAuthorizedSchema));
export type CardAuthorized = PayloadOf<typeof CardAuthorized>;

export const AuthorizationReversed = event(accountingEvents, message(events.AuthorizationReversedSchema));
export type AuthorizationReversed = PayloadOf<typeof AuthorizationReversed>;

export const AuthorizationRevised = event(accountingEvents, message(events.AuthorizationRevisedSchema));
export type AuthorizationRevised = PayloadOf<typeof AuthorizationRevised>;

export const AuthorizationCaptured = event(accountingEvents, message(events.AuthorizationCapturedSchema));
export type AuthorizationCaptured = PayloadOf<typeof AuthorizationCaptured>;

export const AccountDisabled = event(accountingEvents, message(events.AccountDisabledSchema));
export type AccountDisabled = PayloadOf<typeof AccountDisabled>;

export const AccountEnabled = event(accountingEvents, message(events.AccountEnabledSchema));
export type AccountEnabled = PayloadOf<typeof AccountEnabled>;

export const CreditLimitChanged = event(accountingEvents, message(events.CreditLimitChangedSchema));
export type CreditLimitChanged = PayloadOf<typeof CreditLimitChanged>;

export const accountingTopics = topicsOf(accountingCommands, accountingEvents);

export { AccountingService as AccountingServiceApi } from './gen/ftgo/accounting/v1/service_pb.js';
export type AccountDetails = PlainOf<typeof AccountSchema>;
/** An account in protobuf, for clients that ask for it over HTTP. */
export const AccountMessage = message(AccountSchema);
export type AuthorizationDetails = PlainOf<typeof AuthorizationSchema>;
export type AccountEntry = PlainOf<typeof EntrySchema>;
export type GetAccountRequest = PlainOf<typeof rpc.GetAccountRequestSchema>;
export type GetAccountResponse = PlainOf<typeof rpc.GetAccountResponseSchema>;
export type DisableAccountRequest = PlainOf<typeof rpc.DisableAccountRequestSchema>;
export type DisableAccountResponse = PlainOf<typeof rpc.DisableAccountResponseSchema>;
export type EnableAccountRequest = PlainOf<typeof rpc.EnableAccountRequestSchema>;
export type EnableAccountResponse = PlainOf<typeof rpc.EnableAccountResponseSchema>;
export type SetCreditLimitRequest = PlainOf<typeof rpc.SetCreditLimitRequestSchema>;
export type SetCreditLimitResponse = PlainOf<typeof rpc.SetCreditLimitResponseSchema>;
export type ListEntriesRequest = PlainOf<typeof rpc.ListEntriesRequestSchema>;
export type ListEntriesResponse = PlainOf<typeof rpc.ListEntriesResponseSchema>;
export type BatchGetAuthorizationsRequest = PlainOf<typeof rpc.BatchGetAuthorizationsRequestSchema>;
export type BatchGetAuthorizationsResponse = PlainOf<typeof rpc.BatchGetAuthorizationsResponseSchema>;
