/** Error numbers in words, as POSIX systems say them. */

/** By number, each ended by a line feed. */
const WORDS =
  "Success\nArgument list too long\nPermission denied\nAddress already in use\nCannot assign requested address\n" +
  "Address family not supported by protocol\nResource temporarily unavailable\nOperation already in progress\nBad file descriptor\nBad message\n" +
  "Device or resource busy\nOperation canceled\nNo child processes\nSoftware caused connection abort\nConnection refused\n" +
  "Connection reset by peer\nResource deadlock avoided\nDestination address required\nNumerical argument out of domain\nDisk quota exceeded\n" +
  "File exists\nBad address\nFile too large\nNo route to host\nIdentifier removed\n" +
  "Invalid or incomplete multibyte or wide character\nOperation now in progress\nInterrupted system call\nInvalid argument\nInput/output error\n" +
  "Transport endpoint is already connected\nIs a directory\nToo many levels of symbolic links\nToo many open files\nToo many links\n" +
  "Message too long\nMultihop attempted\nFile name too long\nNetwork is down\nNetwork dropped connection on reset\n" +
  "Network is unreachable\nToo many open files in system\nNo buffer space available\nNo such device\nNo such file or directory\n" +
  "Exec format error\nNo locks available\nLink has been severed\nCannot allocate memory\nNo message of desired type\n" +
  "Protocol not available\nNo space left on device\nFunction not implemented\nTransport endpoint is not connected\nNot a directory\n" +
  "Directory not empty\nState not recoverable\nSocket operation on non-socket\nOperation not supported\nInappropriate ioctl for device\n" +
  "No such device or address\nValue too large for defined data type\nOwner died\nOperation not permitted\nBroken pipe\n" +
  "Protocol error\nProtocol not supported\nProtocol wrong type for socket\nNumerical result out of range\nRead-only file system\n" +
  "Illegal seek\nNo such process\nStale file handle\nConnection timed out\nText file busy\n" +
  "Invalid cross-device link\nCapabilities insufficient\n";

/** What an error number means, as in "No such file or directory". */
export function errnoWords(errno: u32): string {
  let from = 0;
  for (let number: u32 = 0; number < errno && from < WORDS.length; number++) from = WORDS.indexOf("\n", from) + 1;
  return from < WORDS.length ? WORDS.substring(from, WORDS.indexOf("\n", from)) : "Unknown error";
}
