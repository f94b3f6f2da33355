/** Does nothing, successfully. */
export function _start(): void {}
