/** What an operator can do about datagrams that came, and that the receive buffer had no room for. */
export function overrunNotice(overrunCount: number): string {
  return (
    `${overrunCount} datagrams came and were lost in this machine, which did not read them in time: they are asked for ` +
    'again. Send slower, give the machine less else to do, or raise net.core.rmem_max'
  );
}
