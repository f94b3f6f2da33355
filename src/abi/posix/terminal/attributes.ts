/**
 * How a terminal treats bytes: the flags of `termios` that it knows, with Linux's bits.
 *
 * Spec: POSIX.1-2024, Base Definitions 11, General Terminal Interface.
 */
export const InputFlag = { icrnl: 0x100 } as const;
export const OutputFlag = { opost: 0x1, onlcr: 0x4 } as const;
export const LocalFlag = { isig: 0x1, icanon: 0x2, echo: 0x8, tostop: 0x100 } as const;

export interface Attributes {
  readonly iflag: number;
  readonly oflag: number;
  readonly cflag: number;
  readonly lflag: number;
}

export const COOKED: Attributes = {
  iflag: InputFlag.icrnl,
  oflag: OutputFlag.opost | OutputFlag.onlcr,
  cflag: 0,
  lflag: LocalFlag.isig | LocalFlag.icanon | LocalFlag.echo,
};

/** The known flags of claimed ones. */
export function knownAttributes({ iflag, oflag, lflag }: Attributes): Attributes {
  return {
    iflag: iflag & InputFlag.icrnl,
    oflag: oflag & (OutputFlag.opost | OutputFlag.onlcr),
    cflag: 0,
    lflag: lflag & (LocalFlag.isig | LocalFlag.icanon | LocalFlag.echo | LocalFlag.tostop),
  };
}
