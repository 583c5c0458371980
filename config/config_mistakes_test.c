// SPDX-License-Identifier: GPL-2.0-or-later
/* Every mistake and every warning of conntrackd.conf, word for word. Tests config.c and all below. */
#include "config/config.h"

#include <errno.h>
#include <stdlib.h>

#include "tests/unit/tap.h"

#define G(text)	   "General { " text " }"
#define CPUS	   "expected CPUs, 0 to 1023, as in 0-3,8\n"
#define UNIX(text) "General { UNIX { " text " } }"
#define F(text)	   "General { Filter { " text " } }"
#define S(text)	   "Sync { Mode FTFW { } " text " }"
#define H(text)	   "Helper { " text " }"
#define FTP(text)  "Helper { Type ftp inet tcp { " text " } }"
#define ATT(text)  FTP("Attach { " text " }")
#define POL(text)  "Helper { Type ftp inet tcp { Policy ftp { " text " } } }"
#define DEF(text)  "Helper { Define a { Port 1 Query unicast " text " } }"
#define MATCH(text) DEF("Match 0 \"x\" Match " text)
#define A16	   "aaaaaaaaaaaaaaaa"
#define A64	   A16 A16 A16 A16
#define IN_TYPE	   "expected inside of `Type NAME inet|inet6 tcp|udp { }', not directly in `Helper'\n"
#define PORTS	   "Port 1 IPv4_address 1.1.1.1 IPv4_Destination_Address 1.1.1.2 Interface a"
#define NAME_CHARS ": letters, digits, `.', `_', `-'\n"
#define NOT_LOOPBACK                                                                            \
	"not a loopback address: whoever is elsewhere must ask through this host; expected "    \
	"127.0.0.1 or ::1\n"
#define STATES                                                                                  \
	"expected SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT, CLOSE_WAIT, LAST_ACK, TIME_WAIT, " \
	"CLOSED or LISTEN, then `for TCP'\n"

/* Messages end in newlines; W before a warning. Only warnings: the file is accepted. */
static const struct {
	const char *text, *messages;
} cases[] = {
	/* the file */
	{ ATT("Server 192.0.2.1/33"),
	  "f:1: '192.0.2.1/33': expected an IPv4 address, with or without /n, as the Type is\n" },
	{ ATT("Client fd00::1"),
	  "f:1: 'fd00::1': expected an IPv4 address, with or without /n, as the Type is\n" },
	{ ATT("Port 0"), "f:1: '0': expected a port, 1 to 65535\n" },
	{ ATT("Port 1 Port 2 Port 3 Port 4 Port 5 Port 6 Port 7 Port 8 Port 9"),
	  "f:1: '9': more than 8 ports in one Attach\n" },
	{ ATT("Interface \"a b\""),
	  "f:1: '\"a b\"': expected a name of an interface: letters, digits, `.', `_', `-'\n" },
	{ ATT("Interface a Interface a Interface a Interface a Interface a Interface a Interface a "
	      "Interface a Interface b"),
	  "f:1: 'b': more than 8 interfaces in one Attach\n" },
	{ FTP("Attach { }\nAttach { }"), "f:2: 'Attach': Attach given twice, first in line 1\n" },
	{ H("Attach { }"), "f:1: 'Attach': expected inside of `Type NAME inet|inet6 tcp|udp { }', not "
			   "directly in `Helper'\n" },
	{ "Foo { Bar { } } General { HashSize x }",
	  "f:1: 'Foo': unexpected in `conntrackd.conf', expected General, Sync, Stats, Helper\n"
	  "f:1: 'x': expected a number (decimal digits)\n" },
	{ "general { }",
	  "f:1: 'general': unknown keyword in `conntrackd.conf', did you mean `General'?\n" },
	{ "HashSize 5 General { }",
	  "f:1: 'HashSize': not expected in `conntrackd.conf', belongs in `General'\n" },
	{ "General { } }", "f:1: '}': unexpected, is it one `}' too many?\n" },
	{ "{ }",
	  "f:1: '{': unexpected in `conntrackd.conf', expected General, Sync, Stats, Helper\n" },
	{ "General", "f:1: 'end of file': expected `{' after `General'\n" },
	{ "\n\nGeneral {\n\tHashSize 5\n\n# end\n",
	  "f:4: 'end of file': expected `}' for `General' of line 3\n" },
	{ "General {\n HashSize 5\nSync { }\n",
	  "f:3: 'Sync': a section cannot stand within `General': is the `}' for `General' of line 1 "
	  "missing?\n" },
	{ "Sync { Mode FTFW { } }\nStats { }",
	  "f:2: 'Stats': cannot use both `Stats' and `Sync' clauses in conntrackd.conf\n" },
	{ "Stats { }\n\nSync { }",
	  "f:3: 'Sync': cannot use both `Stats' and `Sync' clauses in conntrackd.conf\n" },
	{ "General { \x01\\'\xff }",
	  "f:1: '\\x01\\x5c\\x27\\xff': unexpected in `General', expected HashSize, HashLimit, "
	  "LogFile, Syslog, LockFile, UNIX, NetlinkBufferSize, NetlinkBufferSizeMaxGrowth, "
	  "NetlinkOverrunResync, NetlinkEventsReliable, EventIterationLimit, PollSecs, Scheduler, "
	  "Nice, CPUAffinity, Systemd, Metrics, Filter or `}'\n" },
	/* General */
	{ G("HashSise 5"),
	  "f:1: 'HashSise': unknown keyword in `General', did you mean `HashSize'?\n" },
	{ G("Lockfile /x"),
	  "f:1: 'Lockfile': unknown keyword in `General', did you mean `LockFile'?\n" },
	{ G("QueueNum 5"), "f:1: 'QueueNum': not expected in `General', belongs in `Type'\n" },
	{ G("HashSize"), "f:1: '}': expected a number\n" },
	{ G("HashLimit 4294967296"),
	  "f:1: '4294967296': too large, expected a number up to 4294967295\n" },
	{ G("HashSize 99999999999"),
	  "f:1: '99999999999': too large, expected a number up to 4294967295\n" },
	{ G("HashSize 0x10"), "f:1: '0x10': expected a number (decimal digits)\n" },
	{ G("HashSize -1"), "f:1: '-1': expected a number (decimal digits)\n" },
	{ G("LogFile maybe"),
	  "f:1: 'maybe': expected on, off or a path that begins with `/', without quotes\n" },
	{ G("LogFile \"/x\""),
	  "f:1: '\"/x\"': expected on, off or a path that begins with `/', without quotes\n" },
	{ G("LogFile /x\""), "f:1: '/x\"': path with a quote or a control character\n" },
	{ G("LogFile /" A64 A64 A64 A64),
	  "f:1: '/" A16 A16 "aaaaaaa...': path is longer than 256 characters\n" },
	{ G("LockFile on"), "f:1: 'on': expected a path that begins with `/', without quotes\n" },
	{ G("LockFile }"), "f:1: '}': expected a path\n"
			   "f:1: '}': unexpected, is it one `}' too many?\n" },
	{ G("Syslog local8"),
	  "W f:1: 'local8': is not a known syslog facility, ignoring; expected on, "
	  "off, daemon or local0 to local7\n" },
	{ UNIX("Path ctl"), "f:1: 'ctl': expected a path that begins with `/', without quotes\n" },
	{ UNIX("Path /" A64 A16 A16 "aaaaaaaaaaa"),
	  "f:1: '/" A16 A16 "aaaaaaa...': path is longer than 107 characters\n" },
	{ UNIX("Backlog 20"),
	  "W f:1: 'Backlog': deprecated unix backlog configuration, ignoring\n" },
	{ UNIX("path /x"), "f:1: 'path': unknown keyword in `UNIX', did you mean `Path'?\n" },
	{ UNIX("Socket /x"), "f:1: 'Socket': unexpected in `UNIX', expected Path or `}'\n" },
	{ G("NetlinkOverrunResync x"), "f:1: 'x': expected on, off or a number of seconds\n" },
	{ G("NetlinkOverrunResync 4294967296"),
	  "f:1: '4294967296': too large, expected a number up to 4294967295\n" },
	{ G("NetlinkEventsReliable 1"), "f:1: '1': expected on or off (or yes, no)\n" },
	{ G("PollSecs 0"), "f:1: '0': `PollSecs' clause must be > 0\n" },
	{ G("Nice"), "f:1: '}': expected a number from -20 to 19\n" },
	{ G("Nice very"), "f:1: 'very': expected a number from -20 to 19\n" },
	{ G("Nice -"), "f:1: '-': expected a number from -20 to 19\n" },
	{ G("Nice -21"), "f:1: '-21': expected a number from -20 to 19\n" },
	{ G("Nice +20"), "f:1: '+20': expected a number from -20 to 19\n" },
	{ G("CPUAffinity }"), "f:1: '}': expected CPUs, as in 0-3,8\n"
			      "f:1: '}': unexpected, is it one `}' too many?\n" },
	{ G("CPUAffinity all"), "f:1: 'all': " CPUS },
	{ G("CPUAffinity 1024"), "f:1: '1024': " CPUS },
	{ G("CPUAffinity 3-1"), "f:1: '3-1': " CPUS },
	{ G("CPUAffinity 1-2-3"), "f:1: '1-2-3': " CPUS },
	{ G("CPUAffinity -3"), "f:1: '-3': " CPUS },
	{ G("CPUAffinity 3-"), "f:1: '3-': " CPUS },
	{ G("CPUAffinity ,3"), "f:1: ',3': " CPUS },
	{ G("CPUAffinity 0,,3"), "f:1: '0,,3': " CPUS },
	{ G("CPUAffinity 0,"), "f:1: '0,': " CPUS },
	{ G("CPUAffinity \"0\""), "f:1: '\"0\"': " CPUS },
	{ G("Scheduler { Type batch }"), "f:1: 'batch': unknown scheduler, expected RR or FIFO\n" },
	{ G("Scheduler { Priority 100 }"), "f:1: '100': `Priority' must be [0, 99]\n" },
	{ G("Scheduler RR"), "f:1: 'RR': expected `{' after `Scheduler'\n" },
	{ G("Systemd maybe"), "f:1: 'maybe': expected on or off (or yes, no)\n" },
	{ G("Metrics"), "f:1: '}': expected a loopback address (127.0.0.1 or ::1) and a port\n" },
	{ G("Metrics localhost 9477"),
	  "f:1: 'localhost': expected a loopback address (127.0.0.1 or ::1) and a port\n" },
	{ G("Metrics 127.0.0.0/8 9477"),
	  "f:1: '127.0.0.0/8': expected a loopback address (127.0.0.1 or ::1) and a port\n" },
	{ G("Metrics 0.0.0.0 9477"), "f:1: '0.0.0.0': " NOT_LOOPBACK },
	{ G("Metrics 10.0.0.1 9477"), "f:1: '10.0.0.1': " NOT_LOOPBACK },
	{ G("Metrics :: 9477"), "f:1: '::': " NOT_LOOPBACK },
	{ G("Metrics ::ffff:127.0.0.1 9477"), "f:1: '::ffff:127.0.0.1': " NOT_LOOPBACK },
	{ G("Metrics 127.0.0.1"), "f:1: '}': expected a port, 1 to 65535\n" },
	{ G("Metrics ::1 0"), "f:1: '0': expected a port, 1 to 65535\n" },
	{ G("Metrics ::1 65536"), "f:1: '65536': expected a port, 1 to 65535\n" },
	{ G("Metrics 127.0.0.1 x"), "f:1: 'x': expected a port, 1 to 65535\n" },
	/* Filter */
	{ G("Filter From userspace { }"), "f:1: 'userspace': expected Userspace or Kernelspace\n" },
	{ F("Protocol accept { }"), "f:1: 'accept': expected Accept or Ignore\n" },
	{ F("Protocol { TCP }"), "f:1: '{': expected Accept or Ignore\n" },
	{ F("Protocol Accept TCP"), "f:1: 'TCP': expected `{' after `Protocol'\n" },
	{ F("Protocol Accept { tcp foo }"), "W f:1: 'foo': unknown protocol name, ignoring\n" },
	{ F("Protocol Accept { 256 }"),
	  "f:1: '256': expected a protocol name or a number up to 255\n" },
	{ F("Protocol Accept { { } }"), "f:1: '{': expected protocol names or `}'\n" },
	{ "General { Filter {\nProtocol Accept {\ntcp",
	  "f:3: 'end of file': expected `}' for `Protocol' of line 2\n" },
	{ F("Address Ignore { 127.0.0.1 }"),
	  "f:1: '127.0.0.1': expected IPv4_address, IPv6_address or `}'\n" },
	{ F("Address Ignore { IPv4_address }"), "f:1: '}': expected an address\n" },
	{ F("Address Ignore { IPv4_address foo }"),
	  "f:1: 'foo': expected an IPv4 address, with or without /n\n" },
	{ F("Address Ignore { IPv4_address 300.1.1.1 IPv6_address 1.1.1.1 IPv4_address ::1 }"),
	  "W f:1: '300.1.1.1': is not a valid IPv4 address, ignoring\n"
	  "W f:1: '1.1.1.1': is not a valid IPv6 address, ignoring\n"
	  "W f:1: '::1': is not a valid IPv4 address, ignoring\n" },
	{ F("Address Ignore { IPv4_address 1.1.1.1/33 IPv6_address ::1/129 IPv6_address ::1/ }"),
	  "W f:1: '1.1.1.1/33': is not a valid IPv4 network, ignoring\n"
	  "W f:1: '::1/129': is not a valid IPv6 network, ignoring\n"
	  "W f:1: '::1/': is not a valid IPv6 network, ignoring\n" },
	{ F("Address Ignore { IPv4_address 1.1.1.1 IPv4_address 1.1.1.1/32 }"),
	  "W f:1: '1.1.1.1/32': is repeated in the address filter, ignoring\n" },
	{ F("State Accept { SYN_SENT2 for TCP }"), "f:1: 'SYN_SENT2': " STATES },
	{ F("State Accept { established for TCP }"), "f:1: 'established': " STATES },
	{ F("State Accept { ESTABLISHED for UDP }"), "f:1: 'UDP': expected TCP\n" },
	{ F("State Accept { ESTABLISHED }"), "f:1: '}': expected TCP states, then `for TCP'\n" },
	{ F("Ports { }"),
	  "f:1: 'Ports': unexpected in `Filter', expected Protocol, Address, State or `}'\n" },
	/* Sync */
	{ "Sync { }",
	  "W f:1: 'Sync': No synchronization mode specified. Defaulting to FT-FW mode.\n" },
	{ "Sync { Mode foo { } }", "f:1: 'foo': unknown mode, expected FTFW, ALARM or NOTRACK\n" },
	{ "Sync { Mode FTFW }", "f:1: '}': expected `{' after `Mode FTFW'\n" },
	{ "Sync { Mode nack { } }",
	  "W f:1: 'nack': Now `nack' mode is called `ftfw'. Please, update your "
	  "conntrackd.conf file.\n" },
	{ "Sync { Mode persistent { } }",
	  "W f:1: 'persistent': Now `persistent' mode is called `alarm'. "
	  "Please, update your conntrackd.conf file.\n" },
	{ "Sync { Mode ALARM { StartupResync on } }",
	  "f:1: 'StartupResync': not expected in `Mode ALARM', belongs in `Mode FTFW'\n" },
	{ "Sync { Mode FTFW { DisableExternalCache On }\nCommitTimeout 5 }",
	  "W f:1: 'DisableExternalCache': `CommitTimeout' can't be combined with "
	  "`DisableExternalCache', ignoring this option. Fix your configuration file.\n" },
	{ S("UDP { " PORTS " } TCP { " PORTS " }"),
	  "f:1: 'TCP': cannot use `TCP' with other dedicated link protocols!\n" },
	{ S("UDP{" PORTS "}UDP{" PORTS "}UDP{" PORTS "}UDP{" PORTS "}\nUDP{" PORTS "}"),
	  "f:2: 'UDP': too many dedicated links in the configuration file (Maximum: 4)\n" },
	{ S("UDP { Port 1 }"), "f:1: 'UDP': link without Interface\n" },
	{ S("UDP { Interface a }"), "f:1: 'UDP': link without IPv4_address or IPv6_address\n" },
	{ S("UDP { Interface a IPv4_address 1.1.1.1 }"),
	  "f:1: 'UDP': link without IPv4_Destination_Address\n" },
	{ S("TCP { Interface a IPv6_address ::1 }"),
	  "f:1: 'TCP': link without IPv6_Destination_Address\n" },
	{ S("TCP { Interface a IPv6_address ::1 IPv6_Destination_Address ::2 }"),
	  "f:1: 'TCP': link without Port\n" },
	{ S("Multicast { Interface a IPv4_address 225.0.0.50 }"),
	  "f:1: 'Multicast': link without Group\n" },
	{ S("Multicast default { }"), "f:1: 'default': expected `{' after `Multicast'\n" },
	{ S("UDP { IPv4_address 1.1.1.1 IPv6_Destination_Address ::1 }"),
	  "f:1: 'IPv6_Destination_Address': IPv4 and IPv6 in one link, expected one family per "
	  "link\n" },
	{ S("UDP { IPv4_address 1.1.1.1/24 }"), "f:1: '1.1.1.1/24': expected an IPv4 address\n" },
	{ S("UDP { IPv6_address 1.1.1.1 }"), "f:1: '1.1.1.1': expected an IPv6 address\n" },
	{ S("Multicast { IPv6_interface ::1 Interface a IPv6_address ff02::50 Group 3780 }"),
	  "W f:1: 'IPv6_interface': `IPv6_interface' not required, ignoring\n" },
	{ S("UDP { Port 65536 }"), "f:1: '65536': expected a port, 1 to 65535\n" },
	{ S("Multicast { Group 0 }"), "f:1: '0': expected a port, 1 to 65535\n" },
	{ S("UDP { Group 1 }"), "f:1: 'Group': not expected in `UDP', belongs in `Multicast'\n" },
	{ S("UDP { ErrorQueueLength 1 }"),
	  "f:1: 'ErrorQueueLength': not expected in `UDP', belongs in `TCP'\n" },
	{ S("UDP { Interface " A16 " }"),
	  "f:1: '" A16 "': interface name is longer than 15 characters\n" },
	{ S("UDP { Interface a/b }"), "f:1: 'a/b': expected an interface name\n" },
	{ S("UDP { Interface }"), "f:1: '}': expected an interface name\n" },
	{ S("Options { ExpectationSync maybe }"),
	  "f:1: 'maybe': expected on or off (or yes, no)\n" },
	{ S("Options { ExpectationSync { f/p } }"),
	  "f:1: 'f/p': expected a helper name" NAME_CHARS },
	{ S("Options { ExpectationSync { " A16 " } }"),
	  "f:1: '" A16 "': helper name is longer than 15 characters\n" },
	{ S("ExpectationSync on"),
	  "f:1: 'ExpectationSync': not expected in `Sync', belongs in `Options'\n" },
	/* Stats */
	{ "Stats { Syslog local3 } General { Syslog local0 }",
	  "W f:1: 'local3': conflicting Syslog facility values, defaulting to General\n" },
	{ "Stats { HashSize 3 }",
	  "f:1: 'HashSize': not expected in `Stats', belongs in `General'\n" },
	{ "Stats { Foo }", "f:1: 'Foo': unexpected in `Stats', expected LogFile, Syslog or `}'\n" },
	/* Helper */
	{ H("QueueNum 3"), "f:1: 'QueueNum': " IN_TYPE },
	{ H("QueueLen 3"), "f:1: 'QueueLen': " IN_TYPE },
	{ H("Policy ftp { ExpectMax 1 }"), "f:1: 'Policy': " IN_TYPE },
	{ H("Setup maybe"), "f:1: 'maybe': expected on or off (or yes, no)\n" },
	{ H("Types"), "f:1: 'Types': unknown keyword in `Helper', did you mean `Type'?\n" },
	{ H("Type { }"), "f:1: '{': expected a helper name\n" },
	{ H("Type f/p inet tcp { }"), "f:1: 'f/p': expected a helper name" NAME_CHARS },
	{ H("Type " A16 " inet tcp { }"),
	  "f:1: '" A16 "': helper name is longer than 15 characters\n" },
	{ H("Type ftp ipv4 tcp { }"),
	  "f:1: 'ipv4': unknown layer 3 protocol, expected inet or inet6\n" },
	{ H("Type ftp inet TCP { }"),
	  "f:1: 'TCP': unknown layer 4 protocol, expected tcp or udp\n" },
	{ H("Type ftp inet { }"), "f:1: '{': expected tcp or udp\n" },
	{ H("Type ftp inet tcp"), "f:1: '}': expected `{' after `Type'\n" },
	{ "Helper {\nType ftp inet tcp {\nQueueNum 1\nType tns inet tcp {\nQueueNum 2\n}\n}\n",
	  "f:4: 'Type': a Type cannot stand within a Type: is a `}' missing before it?\n" },
	{ FTP("Setup on"), "f:1: 'Setup': not expected in `Type', belongs in `Helper'\n" },
	{ FTP("ExpectMax 3"),
	  "f:1: 'ExpectMax': expected inside of `Policy NAME { }', not directly in `Type'\n" },
	{ FTP("ExpectTimeout 3"),
	  "f:1: 'ExpectTimeout': expected inside of `Policy NAME { }', not directly in `Type'\n" },
	{ FTP("QueueNum 65536"), "f:1: '65536': expected a queue number, 0 to 65535\n" },
	{ FTP("QueueNum five"), "f:1: 'five': expected a queue number, 0 to 65535\n" },
	{ FTP("QueueNum 5\nQueueNum 5"), "f:2: 'QueueNum': given twice, first in line 1\n" },
	{ FTP("Queues 0"), "f:1: '0': expected a number of queues, 1 to 16\n" },
	{ FTP("Transport rule Queues 17"), "f:1: '17': expected a number of queues, 1 to 16\n" },
	{ FTP("Transport rule Queues 2\nQueues 2"), "f:2: 'Queues': given twice, first in line 1\n" },
	{ FTP("Transport helper\nQueues 2"),
	  "f:2: '2': the kernel's helper has one queue, expected 1 or `Transport rule'\n" },
	{ FTP("Queues 2"),
	  "f:1: '2': the kernel's helper has one queue, expected 1 or `Transport rule'\n" },
	{ FTP("QueueNum 65535 Transport rule\nQueues 2"),
	  "f:2: '2': queues 65535 to 65536, expected none above 65535\n" },
	{ H("Queues 2"), "f:1: 'Queues': " IN_TYPE },
	{ FTP("QueueLen 1048577"), "f:1: '1048577': expected a number of packets, 0 to 1048576\n" },
	{ FTP("Transport rules"), "f:1: 'rules': expected helper or rule\n" },
	{ FTP("Transport rule\nTransport rule"), "f:2: 'Transport': given twice, first in line 1\n" },
	{ H("Transport rule"), "f:1: 'Transport': " IN_TYPE },
	{ FTP("CPUAffinity 0 1"), "f:1: '1': unexpected in `Type', expected QueueNum, Queues, QueueLen, "
				  "Transport, OnCrash, CPUAffinity, Policy, Budget, Attach or `}'\n" },
	{ FTP("CPUAffinity 0\nCPUAffinity 1"), "f:2: 'CPUAffinity': given twice, first in line 1\n" },
	{ H("CPUAffinity 0"), "f:1: 'CPUAffinity': " IN_TYPE },
	{ FTP("QueueLen 3\nQueueLen 3"), "f:2: 'QueueLen': given twice, first in line 1\n" },
	{ FTP("Queuelen 3"),
	  "f:1: 'Queuelen': unknown keyword in `Type', did you mean `QueueLen'?\n" },
	{ FTP("Policy { }"), "f:1: '{': expected a policy name\n" },
	{ FTP("Policy ftp"), "f:1: '}': expected `{' after `Policy'\n" },
	{ FTP("Policy " A16 " { ExpectMax 1 }"),
	  "f:1: '" A16 "': policy name is longer than 15 characters\n" },
	{ FTP("Policy a { ExpectMax 1 }\nPolicy a { ExpectTimeout 1 }"),
	  "f:2: 'a': policy given twice, first in line 1\n" },
	{ FTP("Policy a{ExpectMax 1}Policy b{ExpectMax 1}Policy c{ExpectMax 1}Policy "
	      "d{ExpectMax 1}\nPolicy e{ExpectMax 1}"),
	  "f:2: 'e': more than 4 policies for one Type\n" },
	{ POL(""),
	  "f:1: 'ftp': Helper policy configuration empty, fix your configuration file, please: "
	  "expected ExpectMax or ExpectTimeout\n" },
	{ POL("ExpectMax 0"),
	  "f:1: '0': expected 1 to 255: 0 does not mean unlimited; leave ExpectMax "
	  "out for the helper's own\n" },
	{ POL("ExpectMax 256"),
	  "f:1: '256': expected 1 to 255: the kernel counts expectations of a flow in 8 bits\n" },
	{ POL("ExpectMax many"), "f:1: 'many': expected a number, 1 to 255\n" },
	{ POL("ExpectMax 1\nExpectMax 1"), "f:2: 'ExpectMax': given twice, first in line 1\n" },
	{ POL("ExpectTimeout 0"),
	  "f:1: '0': expected seconds, 1 to 2147483: with 0 an expectation dies "
	  "at once; leave ExpectTimeout out for the helper's own\n" },
	{ POL("ExpectTimeout 2147484"), "f:1: '2147484': expected seconds, 1 to 2147483\n" },
	{ POL("ExpectTimeout 99999999999"),
	  "f:1: '99999999999': expected seconds, 1 to 2147483\n" },
	{ POL("ExpectTimeout 5m"), "f:1: '5m': expected seconds, 1 to 2147483\n" },
	{ POL("ExpectTimeout 1\nExpectTimeout 1"),
	  "f:2: 'ExpectTimeout': given twice, first in line 1\n" },
	{ POL("MinPort 0"), "f:1: '0': expected a port, 1 to 65535\n" },
	{ POL("MinPort 65536"), "f:1: '65536': expected a port, 1 to 65535\n" },
	{ POL("MinPort 1\nMinPort 1"), "f:2: 'MinPort': given twice, first in line 1\n" },
	{ POL("Loose\nvery"), "f:2: 'very': expected on or off (or yes, no)\n" },
	{ POL("Loose on\nLoose on"), "f:2: 'Loose': given twice, first in line 1\n" },
	{ POL("ThirdParty 10.0.0.1"), "f:1: '10.0.0.1': expected `{' after `ThirdParty'\n" },
	{ POL("ThirdParty { 10.0.0.0/33 }"),
	  "f:1: '10.0.0.0/33': expected an IPv4 address, with or without /n, as the Type is\n" },
	{ POL("ThirdParty { ::1 }"),
	  "f:1: '::1': expected an IPv4 address, with or without /n, as the Type is\n" },
	{ POL("ThirdParty { { } }"), "f:1: '{': expected addresses or `}'\n" },
	{ "Helper { Type ftp inet tcp { Policy ftp { ThirdParty { 10.0.0.1",
	  "f:1: 'end of file': expected `}' for `ThirdParty' of line 1\n" },
	{ FTP("Budget 5"), "f:1: '5': expected `{' after `Budget'\n" },
	{ FTP("Budget { Client 0 }"),
	  "f:1: '0': expected 1 to 8192: 0 does not mean unlimited; leave Client out for the "
	  "default\n" },
	{ FTP("Budget { Helper 8193 }"),
	  "f:1: '8193': expected 1 to 8192: 0 does not mean unlimited; leave Helper out for the "
	  "default\n" },
	{ FTP("Budget { FlowRate 1/s }"),
	  "f:1: '1/s': expected 1 to 1000000: 0 does not mean unlimited; leave FlowRate out for the "
	  "default\n" },
	{ FTP("Budget { Rate 1 Rate 1 }"), "f:1: 'Rate': given twice\n" },
	{ FTP("Budget { }\nBudget { }"), "f:2: 'Budget': given twice, first in line 1\n" },
	{ FTP("Budget { Clients 1 }"),
	  "f:1: 'Clients': unknown keyword in `Budget', did you mean `Client'?\n" },
	{ "Helper { Budget { } }",
	  "f:1: 'Budget': expected inside of `Type NAME inet|inet6 tcp|udp { }', not directly in "
	  "`Helper'\n" },
	{ POL("Host a 10.0.0.0/8"), "f:1: '10.0.0.0/8': expected an IPv4 address, as the Type is\n" },
	{ POL("Host -a 10.0.0.1"),
	  "f:1: '-a': expected a host name of at most 127 characters\n" },
	{ POL("Host a { }"), "f:1: '{': expected its address\n" },
	{ POL("Host a 10.0.0.1\nHost A 10.0.0.2"), "f:2: 'A': host given twice\n" },
	{ FTP("MinPort 3"),
	  "f:1: 'MinPort': expected inside of `Policy NAME { }', not directly in `Type'\n" },
	{ POL("QueueNum 1"), "f:1: 'QueueNum': not expected in `Policy', belongs in `Type'\n" },
	{ FTP("Define a { }"),
	  "f:1: 'Define': a Define cannot stand within a Type: is a `}' missing before it?\n" },
	/* Define */
	{ "Define a { }",
	  "f:1: 'Define': not expected in `conntrackd.conf', belongs in `Helper'\n" },
	{ H("Define { }"), "f:1: '{': expected a helper name\n" },
	{ H("Define \"a\" { }"), "f:1: '\"a\"': expected a helper name" NAME_CHARS },
	{ H("Define " A16 " { }"),
	  "f:1: '" A16 "': helper name is longer than 15 characters\n" },
	{ H("Define a Port 1"), "f:1: 'Port': expected `{' after `Define'\n" },
	{ H("Define a { }"), "f:1: 'a': expected Port in its Define\n" },
	{ H("Define a { Port 1 }"),
	  "f:1: 'a': expected Query in its Define: unicast, multicast or broadcast\n" },
	{ DEF(""), "W f:1: 'a': no Match in its Define: whatever is sent counts as a query\n" },
	{ DEF("Match 0 \"x\" } Define b { Port 1 Query unicast Match 0 \"x\" }\nDefine a { Port 2 "
	      "Query unicast Match 0 \"y\""),
	  "f:2: 'a': helper defined twice, first in line 1\n" },
	{ DEF("Type b inet udp { }"),
	  "f:1: 'Type': a Type cannot stand within a Define: is a `}' missing before it?\n" },
	{ DEF("Define b { }"),
	  "f:1: 'Define': a Define cannot stand within a Define: is a `}' missing before it?\n" },
	{ DEF("Matches 0"), "f:1: 'Matches': unknown keyword in `Define', did you mean `Match'?\n" },
	{ DEF("QueueNum 3"), "f:1: 'QueueNum': not expected in `Define', belongs in `Type'\n" },
	{ DEF("sometimes"), "f:1: 'sometimes': unexpected in `Define', expected Protocol, Port, Query, "
			    "ReplyFrom, ReplyPort, ExpectMax, ExpectTimeout, Match, Title, Source or "
			    "`}'\n" },
	{ FTP("Match 0 \"x\""), "f:1: 'Match': not expected in `Type', belongs in `Define'\n" },
	{ DEF("Protocol tcp"),
	  "f:1: 'tcp': expected udp: queries of no other protocol can be defined\n" },
	{ DEF("Protocol udp\nProtocol udp"), "f:2: 'Protocol': given twice, first in line 1\n" },
	{ DEF("\nPort 1"), "f:2: 'Port': given twice, first in line 1\n" },
	{ H("Define a { Port 65536 }"), "f:1: '65536': expected a port, 1 to 65535\n" },
	{ H("Define a { Port 0x35 }"), "f:1: '0x35': expected a port, 1 to 65535\n" },
	{ H("Define a { Port }"), "f:1: '}': expected a port, 1 to 65535\n" },
	{ H("Define a { Query }"),
	  "f:1: '}': expected unicast, multicast or broadcast, or several of them\n" },
	{ H("Define a { Query anycast }"),
	  "f:1: 'anycast': expected unicast, multicast or broadcast, or several of them\n" },
	{ H("Define a { Query unicast multicast unicast }"), "f:1: 'unicast': given twice\n" },
	{ DEF("\nQuery multicast"), "f:2: 'Query': given twice, first in line 1\n" },
	{ DEF("ReplyFrom everywhere"),
	  "f:1: 'everywhere': expected subnet, any or a network, ADDRESS/N\n" },
	{ DEF("ReplyFrom 10.0.0.0/33"),
	  "f:1: '10.0.0.0/33': expected subnet, any or a network, ADDRESS/N\n" },
	{ DEF("ReplyFrom 0.0.0.0/0"),
	  "f:1: '0.0.0.0/0': expected the word any for a network of everybody\n" },
	{ DEF("ReplyFrom any\nReplyFrom any"), "f:2: 'ReplyFrom': given twice, first in line 1\n" },
	{ DEF("ReplyPort 0"), "f:1: '0': expected any, same or a port, 1 to 65535\n" },
	{ DEF("ReplyPort 65536"), "f:1: '65536': expected any, same or a port, 1 to 65535\n" },
	{ DEF("ReplyPort any\nReplyPort 1"), "f:2: 'ReplyPort': given twice, first in line 1\n" },
	{ DEF("ExpectMax 0"), "f:1: '0': expected a number, 1 to 255\n" },
	{ DEF("ExpectMax 256"), "f:1: '256': expected a number, 1 to 255\n" },
	{ DEF("ExpectMax 1\nExpectMax 1"), "f:2: 'ExpectMax': given twice, first in line 1\n" },
	{ DEF("ExpectTimeout 0"), "f:1: '0': expected seconds, 1 to 2147483\n" },
	{ DEF("ExpectTimeout 2147484"), "f:1: '2147484': expected seconds, 1 to 2147483\n" },
	{ DEF("ExpectTimeout 1\nExpectTimeout 1"),
	  "f:2: 'ExpectTimeout': given twice, first in line 1\n" },
	{ DEF("Title printer"), "f:1: 'printer': expected words in quotes, \"...\" in one line\n" },
	{ DEF("Title \"\""), "f:1: '\"\"': expected words in quotes, \"...\" in one line\n" },
	{ DEF("Title \"a\nb\""), "f:1: '\"a': expected words in quotes, \"...\" in one line\n" },
	{ DEF("Title \"a\\nb\""),
	  "f:1: '\"a\\x5cnb\"': expected nothing but printable ASCII\n" },
	{ DEF("Title \"" A64 "\""), "f:1: '\"" A16 A16 "aaaaaaa...': more than 63 characters\n" },
	{ DEF("Source \"a\"\nSource \"a\""), "f:2: 'Source': given twice, first in line 1\n" },
	{ DEF("Match"), "f:1: '}': expected a position or any\n" },
	{ DEF("Match \"x\""), "f:1: '\"x\"': expected a position, 0 to 4095, or any\n" },
	{ DEF("Match 4096 \"x\""), "f:1: '4096': expected a position, 0 to 4095, or any\n" },
	{ DEF("Match 0"), "f:1: '}': expected \"text\", 0xHEX or 0xHEX/0xMASK\n" },
	{ DEF("Match 0 BJNP"), "f:1: 'BJNP': expected \"text\", 0xHEX or 0xHEX/0xMASK\n" },
	{ DEF("Match 0 \"BJNP"), "f:1: '\"BJNP': expected a closing quote in the same line\n" },
	{ DEF("Match 0 \"\\e\""),
	  "f:1: '\"\\x5ce\"': expected no escapes but \\n \\r \\t \\0 \\\\ \\\" and \\xHH\n" },
	{ DEF("Match 0 \"\\x4\""),
	  "f:1: '\"\\x5cx4\"': expected no escapes but \\n \\r \\t \\0 \\\\ \\\" and \\xHH\n" },
	{ DEF("Match 0 \"\""), "f:1: '\"\"': expected 1 to 32 bytes\n" },
	{ DEF("Match 0 \"" A16 A16 "a\""),
	  "f:1: '\"" A16 A16 "a\"': expected 1 to 32 bytes\n" },
	{ DEF("Match 0 0x"), "f:1: '0x': expected two hex digits for each byte\n" },
	{ DEF("Match 0 0x123"), "f:1: '0x123': expected two hex digits for each byte\n" },
	{ DEF("Match 0 0x12fg"), "f:1: '0x12fg': expected two hex digits for each byte\n" },
	{ DEF("Match 0 0x" A64 "aa"), "f:1: '0x" A16 A16 "aaaaaa...': expected 1 to 32 bytes\n" },
	{ DEF("Match 0 0x12/"), "f:1: '0x12/': expected a mask of as many bytes, 0x00\n" },
	{ DEF("Match 0 0x12/ff"), "f:1: '0x12/ff': expected a mask of as many bytes, 0x00\n" },
	{ DEF("Match 0 0x1234/0xff"),
	  "f:1: '0x1234/0xff': expected a mask of as many bytes, 0x0000\n" },
	{ DEF("Match 0 0x00/0x00"), "f:1: '0x00/0x00': expected a bit at least in the mask\n" },
	{ DEF("Match 0 0x12/0x0f"), "f:1: '0x12/0x0f': expected no bit that the mask does not have\n" },
	{ MATCH("1 \"x\" Match 2 \"x\" Match 3 \"x\"\nMatch 4 \"x\""),
	  "f:2: 'Match': more than 4 Match in one Define\n" },
	{ MATCH("1 \"1\" \"2\" \"3\" \"4\" \"5\" \"6\" \"7\" \"8\"\n\"9\""),
	  "f:2: '\"9\"': more than 8 alternatives in one Match\n" },
	/* a mistake in one Define, and one in the next; strings do not confuse the way on */
	{ "Helper {\nDefine a { Port 0 Match 0 \"}\" }\nDefine b { Port 1 Query none }\n"
	  "Type c inet udp { QueueNum x }\n}",
	  "f:2: '0': expected a port, 1 to 65535\n"
	  "f:3: 'none': expected unicast, multicast or broadcast, or several of them\n"
	  "f:4: 'x': expected a queue number, 0 to 65535\n" },
	/* Types among each other */
	{ "Helper {\nType ftp inet tcp { QueueNum 5 }\nType tns inet tcp { QueueNum 5 }\n}",
	  "f:3: '5': queue 5 already belongs to `ftp' of line 2, expected a QueueNum of its own\n" },
	{ "Helper {\nType ftp inet tcp { QueueNum 5 }\nType ftp inet6 tcp { QueueNum 5 Transport rule }\n}",
	  "f:3: '5': queue 5 is shared with line 2, expected the same Transport\n" },
	{ "Helper {\nType ftp inet tcp { QueueNum 5 Queues 4 Transport rule }\nType tns inet tcp { QueueNum 8 }\n}",
	  "f:3: '8': queue 8 already belongs to `ftp' of line 2, expected a QueueNum of its own\n" },
	{ "Helper {\nType tns inet tcp { QueueNum 8 }\nType ftp inet tcp { QueueNum 5 Queues 4 Transport rule }\n}",
	  "f:3: '5': queue 8 already belongs to `tns' of line 2, expected a QueueNum of its own\n" },
	{ "Helper {\nType ftp inet tcp { QueueNum 5 Queues 4 Transport rule }\n"
	  "Type ftp inet6 tcp { QueueNum 5 Queues 3 Transport rule }\n}",
	  "f:3: '5': queue 5 is shared with line 2, expected the same QueueNum and Queues\n" },
	{ "Helper {\nType ftp inet tcp { QueueNum 5 Queues 4 Transport rule }\n"
	  "Type ftp inet6 tcp { QueueNum 6 Queues 4 Transport rule }\n}",
	  "f:3: '6': queue 6 is shared with line 2, expected the same QueueNum and Queues\n" },
	{ "Helper {\nType ftp inet tcp { }\nType tns inet tcp { }\n}",
	  "f:3: 'tns': queue 0 (no QueueNum given) already belongs to `ftp' of line 2, "
	  "expected a QueueNum of its own\n" },
	{ "Helper {\nType ftp inet tcp { QueueNum 5 }\nType ftp inet tcp { QueueNum 6 }\n}",
	  "f:3: 'ftp': Type ftp inet tcp given twice, first in line 2\n" },
	{ "Helper {\nType rpc inet6 udp { }\n} Helper {\nType rpc inet6 udp { }\n}",
	  "f:4: 'rpc': Type rpc inet6 udp given twice, first in line 2\n" },
	/* one message for each independent mistake, none that follows from another */
	{ "General {\n\tHashSize big\n\tHashLimit huge\n\tUNIX { Path x }\n}\n"
	  "Helper {\n\tType ftp ipv4 tcp {\n\t\tQueueNum 1\n\t}\n"
	  "\tType tns inet tcp {\n\t\tPolicy tns { ExpectMax 0 ExpectTimeout 0 }\n\t}\n"
	  "\tType sane inet tcp { QueueNum 3 }\n\tType rpc inet udp { QueueNum 3 }\n}\nStats { x }\n",
	  "f:2: 'big': expected a number (decimal digits)\n"
	  "f:7: 'ipv4': unknown layer 3 protocol, expected inet or inet6\n"
	  "f:11: '0': expected 1 to 255: 0 does not mean unlimited; leave ExpectMax out for the "
	  "helper's own\n"
	  "f:14: '3': queue 3 already belongs to `sane' of line 13, expected a QueueNum of its own\n"
	  "f:16: 'x': unexpected in `Stats', expected LogFile, Syslog or `}'\n" },
};

/* All messages, one per line, into a buffer. */
static void join(const struct config_messages *msgs, char *ret, size_t size)
{
	size_t used = 0, i;

	ret[0] = '\0';
	for (i = 0; i < msgs->num && used < size; i++)
		used += (size_t)snprintf(ret + used, size - used, "%s%s\n",
					 msgs->list[i].severity == CONFIG_WARNING ? "W " : "",
					 msgs->list[i].text);
}

static void test_case(const char *input, const char *messages)
{
	size_t len = strlen(input);
	struct config_messages msgs = { 0 };
	struct config config, before;
	char *text = malloc(len ? len : 1); /* exact size, no NUL: a byte too far is seen */
	char got[4096];
	bool good;
	int r;

	if (!text)
		abort();
	memcpy(text, input, len);
	memset(&config, 0x5a, sizeof(config));
	memcpy(&before, &config, sizeof(config));
	r = config_parse(&config, "f", text, len, &msgs);
	join(&msgs, got, sizeof(got));
	good = !strncmp(messages, "W ", 2);
	is_str(got, messages, "%.*s", (int)strcspn(messages, "\n"), messages);
	ok(good ? r == 0 : r == -EINVAL, "answer %d", r);
	ok((r == 0) != !memcmp(&config, &before, sizeof(config)), "output touched on success only");
	if (r == 0)
		config_free(&config);
	config_messages_free(&msgs);
	free(text);
}

int main(void)
{
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_case(cases[i].text, cases[i].messages);
	return done_testing();
}
