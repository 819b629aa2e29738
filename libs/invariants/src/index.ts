// What services know about things that several of them know, to be compared.
export type { AboutConsumer, AboutMessages, AboutOrder, AboutRestaurant, MessageFlow, SagaFact } from './facts.js';
