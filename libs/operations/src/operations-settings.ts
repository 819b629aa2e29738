/** How a service is operated. */
export class OperationsSettings {
  /** @param isOpen whether operators may act from other machines */
  constructor(readonly isOpen: boolean) {}
}
