/** Names of services, offers and resources. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
