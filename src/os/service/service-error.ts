/** What can go wrong with a service, for those who ask for it from the host. */
import { IsolaError } from "#base";

export type ServiceErrorCode = "os/no-service" | "os/service-failed" | "os/service-timeout" | "os/services-launched" | "os/services-closed";

export class ServiceError extends IsolaError {
  readonly code: ServiceErrorCode;
  /** The service that it is about; empty when it is about all. */
  readonly service: string;
  constructor(code: ServiceErrorCode, service: string, message: string) {
    super(message);
    this.code = code;
    this.service = service;
  }
}
