/**
 * Device numbers of file systems that are not the host's. They must differ among all that one host
 * thread can see, whichever machine they belong to, and from the host's own, which stay far below.
 */
let last = 1n << 62n;

export function newDeviceNumber(): bigint {
  return ++last;
}
