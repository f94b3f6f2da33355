/**
 * Strict UTF-8, for names that must be valid and for text that guests hand over.
 *
 * Decoding never replaces and never drops: overlong forms, surrogates, values above U+10FFFF and
 * cut sequences are refused, and a byte order mark stays in the text.
 *
 * Spec: core binary/values, Names; Unicode 15 section 3.9, table 3-7.
 */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Up to here, building the string by hand beats the call into the host. */
const SHORT = 16;

/** The text of `bytes[start, end)`, or undefined when that is no valid UTF-8. */
export function decodeUtf8(bytes: Uint8Array, start = 0, end: number = bytes.length): string | undefined {
  if (end - start <= SHORT) {
    let text = "";
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte >= 0x80) break;
      text += String.fromCharCode(byte);
    }
    if (at === end) return text;
  }
  // A decoder refuses views of shared memory, and another thread could change them under it.
  const view = bytes.buffer instanceof ArrayBuffer ? bytes.subarray(start, end) : bytes.slice(start, end);
  try {
    return decoder.decode(view);
  } catch {
    return undefined;
  }
}

/** UTF-8 of `text`; a lone surrogate becomes U+FFFD, since UTF-8 has no form for it. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** Size of `text` in UTF-8 bytes, without encoding it. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // A surrogate pair is two units and four bytes; a lone surrogate encodes as U+FFFD, three.
    if (unit < 0x800) length += 1;
    else if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      length += 2;
      i++;
    } else length += 2;
  }
  return length;
}
