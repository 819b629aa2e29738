import { ValidateOrderByConsumer } from '@ftgo/contracts/consumer';
import { consumerId } from '@ftgo/ftgo';
import { HandlesCommand } from '@ftgo/messaging-nest';
import { Injectable } from '@nestjs/common';
import { ConsumerService } from './consumer.service.js';

@Injectable()
export class ConsumerCommandHandlers {
  constructor(private readonly service: ConsumerService) {}

  @HandlesCommand(ValidateOrderByConsumer)
  validateOrder(command: ValidateOrderByConsumer): Promise<void> {
    return this.service.validateOrder(consumerId(command.consumerId), command.orderTotal);
  }
}
