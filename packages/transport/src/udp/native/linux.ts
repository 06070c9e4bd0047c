/** Numbers of the Linux ABI that the native socket uses; the same on x64 and arm64. */

export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_DGRAM = 2;
export const SOCK_CLOEXEC = 0o2000000;
export const EFD_NONBLOCK = 0o4000;

export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_BROADCAST = 6;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_RCVBUFFORCE = 33;
/** Also the type of its control message; struct timespec of 64-bit systems. */
export const SO_TIMESTAMPNS = 35;
export const SO_MEMINFO = 55;
/** Of SO_MEMINFO's words of 32 bits (include/uapi/linux/sock_diag.h): how many there are, and SK_MEMINFO_DROPS. */
export const MEMINFO_SIZE = 36;
export const MEMINFO_DROPS = 32;

export const CLOCK_REALTIME = 0;

export const IPPROTO_IP = 0;
export const IP_PKTINFO = 8;
export const IP_MTU_DISCOVER = 10;
export const IP_PMTUDISC_DONT = 0;
export const IP_MULTICAST_IF = 32;
export const IP_MULTICAST_TTL = 33;
export const IP_MULTICAST_LOOP = 34;
export const IP_MULTICAST_ALL = 49;

export const IPPROTO_IPV6 = 41;
export const IPV6_MULTICAST_IF = 17;
export const IPV6_MULTICAST_HOPS = 18;
export const IPV6_MULTICAST_LOOP = 19;
export const IPV6_V6ONLY = 26;
export const IPV6_MULTICAST_ALL = 29;

/** RFC 3678: the same options for both families. */
export const MCAST_JOIN_GROUP = 42;
export const MCAST_LEAVE_GROUP = 45;
export const MCAST_JOIN_SOURCE_GROUP = 46;

export const SOL_UDP = 17;
export const UDP_SEGMENT = 103;
export const UDP_GRO = 104;

export const MSG_DONTWAIT = 0x40;
export const MSG_TRUNC = 0x20;

export const POLLIN = 1;
export const POLLOUT = 4;

const EPERM = 1;
export const EINTR = 4;
export const EIO = 5;
export const EAGAIN = 11;
const ENOMEM = 12;
export const EACCES = 13;
const ENODEV = 19;
export const EINVAL = 22;
export const EMSGSIZE = 90;
export const ENOPROTOOPT = 92;
export const EOPNOTSUPP = 95;
export const EADDRINUSE = 98;
const EADDRNOTAVAIL = 99;
const ENETDOWN = 100;
const ENETUNREACH = 101;
export const ENOBUFS = 105;
const EHOSTUNREACH = 113;

/** What setting up or sending may meet when the network is not as it should be, in words. */
export const NETWORK_ERRORS: ReadonlyMap<number, string> = new Map([
  [EPERM, 'a local firewall refuses the datagrams'],
  [ENODEV, 'the interface is gone'],
  [EADDRNOTAVAIL, 'the interface has lost its address'],
  [ENETDOWN, 'the network is down'],
  [ENETUNREACH, 'there is no route to the group'],
  [EHOSTUNREACH, 'the host cannot be reached'],
]);

/** What the network may answer to a datagram at any moment and take back the next: the datagram counts as lost. */
export const TRANSIENT_ERRORS: ReadonlyMap<number, string> = new Map([
  ...NETWORK_ERRORS,
  [ENOMEM, 'the kernel is short of memory'],
  [EACCES, 'a route or a local firewall forbids the datagrams'],
  [EINVAL, 'a route or the destination takes no datagrams'],
]);

/** struct msghdr in struct mmsghdr (LP64): offsets and sizes in bytes. */
export const MMSGHDR_SIZE = 64;
export const MSG_NAME = 0;
export const MSG_NAMELEN = 8;
export const MSG_IOV = 16;
export const MSG_IOVLEN = 24;
export const MSG_CONTROL = 32;
export const MSG_CONTROLLEN = 40;
export const MSG_FLAGS = 48;
export const MSG_LEN = 56;
export const IOVEC_SIZE = 16;
export const CMSG_HEADER_SIZE = 16;
export const SOCKADDR_IN_SIZE = 16;
export const SOCKADDR_IN6_SIZE = 28;

// sys/mman.h. Where pages are larger, a multiple of this one may be no page's begin: then the advice is refused.
export const MADV_HUGEPAGE = 14;
export const PAGE_SIZE = 4096;

// What a full frame of Ethernet costs a receive buffer, with the kernel's own part: half a page, and struct sk_buff.
export const SKB_TRUE_SIZE = 2304;

// malloc.h of glibc (mallopt).
export const M_TRIM_THRESHOLD = -1;
