import type { RestaurantId, TicketId } from '@ftgo/ftgo';
import { MenuItemNotOffered, ReadyByInThePast, TicketNotCancellable, TicketNotRevisable } from './ticket.errors.js';
import { type TicketState, ticketTransitions } from './ticket-state.js';

export interface TicketLine {
  readonly menuItemId: string;
  readonly name: string;
  readonly quantity: number;
}

/** What a new ticket needs from its restaurant. */
export interface Menu {
  readonly restaurantId: RestaurantId;
  readonly restaurantName: string;
  readonly offers: (menuItemId: string) => boolean;
}

export type TicketEvent =
  | { readonly kind: 'TicketCreated' | 'TicketPreparationStarted' | 'TicketPreparationCompleted' | 'TicketPickedUp' | 'TicketCancelled' }
  | { readonly kind: 'TicketAccepted'; readonly readyBy: Date }
  | { readonly kind: 'TicketRevised'; readonly lineItems: readonly TicketLine[] };

/**
 * What a restaurant has to cook for one order. Absent values are null, because TypeORM does not update a column whose
 * property is undefined.
 */
export class Ticket {
  /** Number of events so far. */
  version = 0;
  readyBy: Date | null = null;
  acceptedAt: Date | null = null;
  preparingAt: Date | null = null;
  readyForPickupAt: Date | null = null;
  pickedUpAt: Date | null = null;
  cancelledAt: Date | null = null;
  private currentState: TicketState = 'CREATE_PENDING';
  private stateBeforeLock: TicketState | null = null;
  private proposed: readonly TicketLine[] | null = null;

  private constructor(
    readonly id: TicketId,
    readonly restaurantId: RestaurantId,
    private lines: readonly TicketLine[],
    readonly createdAt: Date,
  ) {}

  /** No event yet: other services hear of a ticket only when its order can no longer be rejected. */
  static create(id: TicketId, lineItems: readonly TicketLine[], menu: Menu, now: Date): Ticket {
    const missing = lineItems.filter(({ menuItemId }) => !menu.offers(menuItemId));
    if (missing.length > 0)
      throw new MenuItemNotOffered(
        menu.restaurantName,
        missing.map(({ menuItemId }) => menuItemId),
      );
    return new Ticket(id, menu.restaurantId, lineItems, now);
  }

  confirmCreate(): TicketEvent[] {
    this.go('confirmCreate');
    return [{ kind: 'TicketCreated' }];
  }

  cancelCreate(): TicketEvent[] {
    this.go('cancelCreate');
    return [];
  }

  accept(readyBy: Date, now: Date): TicketEvent[] {
    const accepted = ticketTransitions.next(this.currentState, 'accept', this.id);
    if (readyBy <= now) throw new ReadyByInThePast(readyBy);
    this.currentState = accepted;
    this.acceptedAt = now;
    this.readyBy = readyBy;
    return [{ kind: 'TicketAccepted', readyBy }];
  }

  preparing(now: Date): TicketEvent[] {
    this.go('preparing');
    this.preparingAt = now;
    return [{ kind: 'TicketPreparationStarted' }];
  }

  readyForPickup(now: Date): TicketEvent[] {
    this.go('readyForPickup');
    this.readyForPickupAt = now;
    return [{ kind: 'TicketPreparationCompleted' }];
  }

  pickedUp(now: Date): TicketEvent[] {
    this.go('pickedUp');
    this.pickedUpAt = now;
    return [{ kind: 'TicketPickedUp' }];
  }

  /** The courier reports the pickup; the restaurant may have reported it before. */
  handedOver(now: Date): TicketEvent[] {
    return this.currentState === 'PICKED_UP' ? [] : this.pickedUp(now);
  }

  beginCancel(): TicketEvent[] {
    if (!ticketTransitions.allows(this.currentState, 'beginCancel')) throw new TicketNotCancellable(this.id, this.currentState);
    this.lock('beginCancel');
    return [];
  }

  undoCancel(): TicketEvent[] {
    this.unlock('undoCancel');
    return [];
  }

  confirmCancel(now: Date): TicketEvent[] {
    this.go('confirmCancel');
    this.cancelledAt = now;
    this.stateBeforeLock = null;
    return [{ kind: 'TicketCancelled' }];
  }

  /** Stores the lines of the revision until it is confirmed; until then the kitchen cooks the current ones. */
  beginRevise(lineItems: readonly TicketLine[]): TicketEvent[] {
    if (!ticketTransitions.allows(this.currentState, 'beginRevise')) throw new TicketNotRevisable(this.id, this.currentState);
    this.lock('beginRevise');
    this.proposed = lineItems;
    return [];
  }

  undoRevise(): TicketEvent[] {
    this.unlock('undoRevise');
    this.proposed = null;
    return [];
  }

  confirmRevise(): TicketEvent[] {
    this.unlock('confirmRevise');
    this.lines = this.proposed ?? this.lines;
    this.proposed = null;
    return [{ kind: 'TicketRevised', lineItems: this.lines }];
  }

  get state(): TicketState {
    return this.currentState;
  }

  get lineItems(): readonly TicketLine[] {
    return this.lines;
  }

  private go(action: string): void {
    this.currentState = ticketTransitions.next(this.currentState, action, this.id);
  }

  private lock(action: string): void {
    const before = this.currentState;
    this.go(action);
    this.stateBeforeLock = before;
  }

  private unlock(action: string): void {
    const unlocked = ticketTransitions.next(this.currentState, action, this.id);
    this.currentState = this.stateBeforeLock ?? unlocked;
    this.stateBeforeLock = null;
  }
}
