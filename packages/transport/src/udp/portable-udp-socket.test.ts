import { openUdpSocket } from './open-udp-socket.ts';
import { udpSocketCompliance } from './udp-socket.compliance.ts';

udpSocketCompliance({
  name: 'portable',
  open: (options) => openUdpSocket({ ...options, implementation: 'portable' }),
  portBase: 21_200,
});
