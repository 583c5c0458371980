// SPDX-License-Identifier: GPL-2.0-or-later
/* What good files mean: defaults, each keyword's value, real templates, the file itself. Mistakes
 * are in config_mistakes_test.c. */
#include "config/config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "tests/unit/tap.h"

/* Parses text that must be good and without a warning. */
static struct config good(const char *text)
{
	struct config_messages msgs = { 0 };
	struct config config = { 0 };
	int r = config_parse(&config, "f", text, strlen(text), &msgs);

	is_str(msgs.num ? msgs.list[0].text : "", "", "no message for %.*s",
	       (int)strcspn(text, "\n#"), text);
	if (r != 0) {
		printf("Bail out! a good file was refused\n");
		exit(1);
	}
	config_messages_free(&msgs);
	return config;
}

static struct config_general general(const char *text)
{
	struct config config = good(text);
	struct config_general ret = config.general;

	config_free(&config);
	ret.filter.networks = NULL;
	return ret;
}

static struct config_sync sync_of(const char *text)
{
	struct config config = good(text);
	struct config_sync ret = config.sync;

	config_free(&config);
	ret.expect_helpers = NULL;
	return ret;
}

static void test_defaults(void)
{
	struct config c = good("");

	is_int(c.general.hash_size, 65536, "HashSize");
	is_int(c.general.hash_limit, 262144, "HashLimit");
	is_str(c.general.log_file, "", "LogFile");
	is_int(c.general.syslog_facility, CONFIG_SYSLOG_NONE, "Syslog");
	is_str(c.general.lock_file, "/var/lock/conntrackd.lock", "LockFile");
	is_str(c.general.unix_path, "", "UNIX Path");
	is_int(c.general.netlink_buffer_size, 0, "NetlinkBufferSize");
	is_int(c.general.netlink_buffer_size_max_growth, 0, "NetlinkBufferSizeMaxGrowth");
	is_int(c.general.netlink_overrun_resync, 30, "NetlinkOverrunResync");
	is_int(c.general.netlink_events_reliable, 0, "NetlinkEventsReliable");
	is_int(c.general.event_iteration_limit, 100, "EventIterationLimit");
	is_int(c.general.poll_secs, 0, "PollSecs");
	is_int(c.general.scheduler, CONFIG_SCHEDULER_DEFAULT, "Scheduler");
	is_int(c.general.scheduler_priority, 99, "Priority");
	is_int(c.general.systemd, 1, "Systemd");
	is_int(c.general.metrics.family, 0, "no Metrics");
	is_int(c.general.filter.protocol_logic, CONFIG_FILTER_NONE, "Filter");
	ok(!c.sync.present && !c.stats.present && !c.helper_present, "no section");
	ok(!c.helper_setup && !c.types && !c.n_types, "no Type");
	is_int(c.stats.syslog_facility, CONFIG_SYSLOG_NONE, "Stats Syslog");
	config_free(&c);
	config_free(&c);
	config_free(NULL);
}

static void test_lexer(void)
{
	is_int(general("# only a comment").hash_size, 65536, "comment on a last line");
	is_int(general("General{HashSize 7}#x").hash_size, 7, "no blanks around braces");
	is_int(general("General\r\n{\tHashSize#x\n7\n}").hash_size, 7, "CR, tab, comment");
	is_int(general("General { HashSize 4294967295 }").hash_size, UINT32_MAX, "largest number");
	is_int(general("General { HashSize 007 }").hash_size, 7, "zeros in front are decimal");
	is_str(general("General{UNIX{Path /x.ctl}}").unix_path, "/x.ctl", "path before }");
	is_str(general("General{LogFile /x.log#y\n}").log_file, "/x.log", "path before #");
	is_str(general("General{LogFile /x.log\t}").log_file, "/x.log", "path before tab");
	is_int(general("General { HashSize 1 } General { HashLimit 2 HashSize 3 }").hash_size, 3,
	       "a section may repeat, the last value holds");
}

static void test_tuning(void)
{
	struct config_general g = general("General { HashSize 1 }");
	struct config c;

	ok(!g.has_nice && !CPU_COUNT(&g.cpus), "no Nice, no CPUAffinity");
	g = general("General { Nice -20 CPUAffinity 0-3,8,1023,2-4 }");
	ok(g.has_nice && g.nice == -20, "Nice");
	is_int(CPU_COUNT(&g.cpus), 7, "CPUAffinity");
	ok(CPU_ISSET(0, &g.cpus) && CPU_ISSET(4, &g.cpus) && !CPU_ISSET(5, &g.cpus) &&
		   CPU_ISSET(8, &g.cpus) && CPU_ISSET(1023, &g.cpus),
	   "its CPUs");
	is_int(general("General { Nice +19 }").nice, 19, "with a sign");
	g = general("General { Nice 0 CPUAffinity 1 CPUAffinity 2 }");
	ok(g.has_nice && g.nice == 0, "without one");
	ok(CPU_COUNT(&g.cpus) == 1 && CPU_ISSET(2, &g.cpus), "the last value holds");
	c = good("Helper { Type ftp inet tcp { CPUAffinity 1 } Type ftp inet6 tcp { } }");
	ok(CPU_COUNT(&c.types[0].cpus) == 1 && CPU_ISSET(1, &c.types[0].cpus), "of a Type");
	is_int(CPU_COUNT(&c.types[1].cpus), 0, "not of the other");
	config_free(&c);
}

static void test_general(void)
{
	struct config_general g;

	g = general("General { HashSize 1 HashLimit 2 LogFile on Syslog yes LockFile /l\n"
		    "NetlinkBufferSize 3 NetlinkBufferSizeMaxGrowth 4 NetlinkOverrunResync 5\n"
		    "NetlinkEventsReliable On EventIterationLimit 6 PollSecs 7 Systemd NO Metrics ::1 9477\n"
		    "UNIX { Path /run/c.ctl } Scheduler { Type fifo Priority 0 } }");
	is_int(g.hash_size, 1, "HashSize");
	is_int(g.hash_limit, 2, "HashLimit");
	is_str(g.log_file, "/var/log/conntrackd.log", "LogFile on");
	is_int(g.syslog_facility, LOG_DAEMON, "Syslog yes");
	is_str(g.lock_file, "/l", "LockFile");
	is_str(g.unix_path, "/run/c.ctl", "Path");
	is_int(g.netlink_buffer_size, 3, "NetlinkBufferSize");
	is_int(g.netlink_buffer_size_max_growth, 4, "NetlinkBufferSizeMaxGrowth");
	is_int(g.netlink_overrun_resync, 5, "NetlinkOverrunResync");
	is_int(g.netlink_events_reliable, 1, "NetlinkEventsReliable");
	is_int(g.event_iteration_limit, 6, "EventIterationLimit");
	is_int(g.poll_secs, 7, "PollSecs");
	is_int(g.systemd, 0, "Systemd");
	is_int(g.metrics.family, AF_INET6, "Metrics, its family");
	is_int(g.metrics.addr[15], 1, "its address");
	is_int(g.metrics.port, 9477, "its port");
	is_int(g.scheduler, CONFIG_SCHEDULER_FIFO, "Scheduler Type");
	is_int(g.scheduler_priority, 0, "Scheduler Priority");
	is_int(general("General { Scheduler { Type RR } }").scheduler, CONFIG_SCHEDULER_RR, "RR");
	is_int(general("General { SocketBufferSize 9 }").netlink_buffer_size, 9, "old name");
	is_int(general("General { SocketBufferSizeMaxGrown 9 }").netlink_buffer_size_max_growth, 9,
	       "old name");
	is_int(general("General { SocketBufferSizeMaxGrowth 9 }").netlink_buffer_size_max_growth, 9,
	       "old name");
	is_int(general("General { NetlinkOverrunResync off }").netlink_overrun_resync, 0, "never");
	is_int(general("General { NetlinkOverrunResync 5 NetlinkOverrunResync on }")
		       .netlink_overrun_resync,
	       30, "on");
	is_str(general("General { LogFile /x LogFile off }").log_file, "", "LogFile off");
	is_int(general("General { Syslog local0 }").syslog_facility, LOG_LOCAL0, "local0");
	is_int(general("General { Syslog local7 }").syslog_facility, LOG_LOCAL7, "local7");
	is_int(general("General { Syslog daemon Syslog Off }").syslog_facility, CONFIG_SYSLOG_NONE,
	       "Syslog off");
}

static void test_filter(void)
{
	struct config c =
		good("General { Filter From Kernelspace {\n"
		     "Protocol Accept { TCP sctp 253 ipv6-icmp }\n"
		     "Address Ignore { IPv4_address 127.0.0.1 # loopback\n"
		     "IPv4_address 192.168.0.7/16 IPv6_address ::1 IPv6_address fe80::/10\n"
		     "IPv6_address ::ffff:1.2.3.4 }\n"
		     "State Accept { ESTABLISHED CLOSED for TCP LISTEN for TCP }\n"
		     "} }");
	const struct config_filter *f = &c.general.filter;
	char text[INET6_ADDRSTRLEN];

	ok(f->kernel_space, "Kernelspace");
	is_int(f->protocol_logic, CONFIG_FILTER_ACCEPT, "Protocol Accept");
	is_int(f->address_logic, CONFIG_FILTER_IGNORE, "Address Ignore");
	is_int(f->state_logic, CONFIG_FILTER_ACCEPT, "State Accept");
	is_int(f->protocols[0], 1 << 6, "tcp alone below 8");
	is_int(f->protocols[132 / 8], 1 << (132 % 8), "sctp");
	is_int(f->protocols[253 / 8], 1 << (253 % 8), "a number");
	is_int(f->protocols[58 / 8], 1 << (58 % 8), "ipv6-icmp");
	is_int(f->tcp_states,
	       1 << CONFIG_TCP_ESTABLISHED | 1 << CONFIG_TCP_CLOSE | 1 << CONFIG_TCP_LISTEN,
	       "states");
	is_int((int)f->n_networks, 5, "networks");
	is_int(f->networks[0].prefix_len, 32, "a host");
	is_int(f->networks[1].prefix_len, 16, "a network");
	is_str(inet_ntop(AF_INET, f->networks[1].addr, text, sizeof(text)), "192.168.0.7", "IPv4");
	is_int(f->networks[2].prefix_len, 128, "an IPv6 host");
	is_int(f->networks[3].family, AF_INET6, "IPv6");
	is_str(inet_ntop(AF_INET6, f->networks[3].addr, text, sizeof(text)), "fe80::", "IPv6");
	is_int(f->networks[3].prefix_len, 10, "an IPv6 network");
	config_free(&c);
	c = good(
		"General { Filter From Userspace { Protocol Accept { } Protocol Ignore { udp } } }");
	is_int(c.general.filter.protocol_logic, CONFIG_FILTER_IGNORE, "the last logic holds");
	ok(!c.general.filter.kernel_space, "Userspace");
	config_free(&c);
}

static void test_sync_modes(void)
{
	struct config_sync s;

	s = sync_of("Sync { Mode ftfw { ResendQueueSize 1 ACKWindowSize 2 CommitTimeout 3\n"
		    "PurgeTimeout 4 DisableExternalCache no StartupResync yes } }");
	ok(s.present && s.mode == CONFIG_SYNC_FTFW, "FTFW");
	ok(s.resend_queue_size == 1 && s.ack_window_size == 2, "queue and window");
	ok(s.commit_timeout == 3 && s.purge_timeout == 4, "timers");
	ok(!s.disable_external_cache && s.startup_resync, "switches");
	s = sync_of("Sync { Mode Alarm { RefreshTime 15 CacheTimeout 18 CommitTimeout 3\n"
		    "PurgeTimeout 4 } }");
	ok(s.mode == CONFIG_SYNC_ALARM && s.refresh_time == 15 && s.cache_timeout == 18, "ALARM");
	s = sync_of("Sync { RefreshTime 1 CacheTimeout 2 PurgeTimeout 4 Mode NOTRACK {\n"
		    "DisableInternalCache on DisableExternalCache on StartupResync on } }");
	ok(s.mode == CONFIG_SYNC_NOTRACK && s.disable_internal_cache && s.disable_external_cache &&
		   s.startup_resync,
	   "NOTRACK");
	ok(s.refresh_time == 1 && s.cache_timeout == 2 && s.purge_timeout == 4, "timers in Sync");
	s = sync_of("Sync { Mode NOTRACK { } Mode ALARM { } }");
	is_int(s.mode, CONFIG_SYNC_ALARM, "ALARM beats NOTRACK");
	s = sync_of("Sync { Mode FTFW { } Mode NOTRACK { } } Sync { Mode ALARM { } }");
	is_int(s.mode, CONFIG_SYNC_FTFW, "FTFW beats all");
	ok(s.resend_queue_size == 131072 && s.ack_window_size == 300 && s.refresh_time == 60 &&
		   s.cache_timeout == 180 && s.commit_timeout == 0 && s.purge_timeout == 60,
	   "defaults");
	s = sync_of("Sync { Mode FTFW { } Options { TCPWindowTracking on ExpectationSync on } }");
	ok(s.tcp_window_tracking && s.expectation_sync && !s.n_expect_helpers, "Options");
}

static void test_sync_links(void)
{
	struct config_sync s;
	struct config c;

	s = sync_of(
		"Sync { Mode FTFW { } Multicast { IPv4_address 225.0.0.50 Group 3780\n"
		"IPv4_interface 192.168.100.100 Interface be0 SndSocketBuffer 1249280\n"
		"RcvSocketBuffer 1249281 Checksum on }\n"
		"Multicast Default { Interface 6in4 IPv6_address ff02::50 Group 1 Checksum off\n"
		"} }");
	is_int(s.link_type, CONFIG_LINK_MULTICAST, "Multicast");
	is_int(s.n_links, 2, "two");
	is_int(s.default_link, 1, "Default");
	is_str(s.links[0].interface, "be0", "an interface of hex digits");
	is_str(s.links[1].interface, "6in4", "one that begins with a digit");
	ok(s.links[0].has_outgoing && s.links[0].outgoing[3] == 100, "IPv4_interface");
	ok(s.links[0].snd_buffer == 1249280 && s.links[0].rcv_buffer == 1249281, "buffers");
	ok(s.links[0].checksum && !s.links[1].checksum, "Checksum");
	ok(s.links[0].family == AF_INET && s.links[1].family == AF_INET6, "families");
	is_int(s.links[0].port, 3780, "Group");
	is_int(s.links[1].line, 4, "line");
	s = sync_of("Sync { Mode FTFW { } TCP { IPv6_address fe80::1 Port 65535 Interface d0\n"
		    "IPv6_Destination_Address fe80::2 ErrorQueueLength 5 } }");
	ok(s.link_type == CONFIG_LINK_TCP && s.links[0].port == 65535, "TCP");
	ok(s.links[0].local[15] == 1 && s.links[0].peer[15] == 2, "ends");
	is_int(s.links[0].error_queue_len, 5, "ErrorQueueLength");
	s = sync_of("Sync { Mode FTFW { } UDP { IPv4_address 10.0.0.1 Port 3 Interface br-lan.7\n"
		    "IPv4_Destination_Address 10.0.0.2 } }");
	ok(s.link_type == CONFIG_LINK_UDP && s.links[0].peer[3] == 2, "UDP");
	ok(s.links[0].checksum && s.links[0].error_queue_len == 128, "defaults of a link");
	c = good("Sync { Mode FTFW { } Options { ExpectationSync { ftp ras FTP h.323 } } }");
	is_int((int)c.sync.n_expect_helpers, 3, "names, each once");
	is_str(c.sync.expect_helpers[2], "h.323", "a name");
	config_free(&c);
}

static void test_stats(void)
{
	struct config c = good("Stats { LogFile on Syslog on } General { Syslog local0 }");

	ok(c.stats.present && c.stats.line == 1, "Stats");
	is_str(c.stats.log_file, "/var/log/conntrackd-stats.log", "LogFile on");
	is_int(c.stats.syslog_facility, LOG_LOCAL0, "Syslog on is General's");
	config_free(&c);
	c = good("Stats { LogFile /s Syslog local3 }");
	is_str(c.stats.log_file, "/s", "LogFile");
	is_int(c.stats.syslog_facility, LOG_LOCAL3, "its own facility");
	config_free(&c);
}

static void test_helper(void)
{
	struct config c = good("Helper { Setup yes\n Type ftp inet tcp { }\n"
			       "Type ftp inet6 tcp { Policy ftp { ExpectMax 255 } }\n"
			       "Type q.931 inet udp { Policy a { ExpectTimeout 2147483 }\n"
			       "QueueLen 1048576 Policy b { ExpectTimeout 2 ExpectMax 1 }\n"
			       "QueueNum 65535 }\n}");
	const struct helper_type *t = c.types;

	ok(c.helper_present && c.helper_setup, "Setup");
	is_int((int)c.n_types, 3, "Types");
	ok(!strcmp(t[0].name, "ftp") && t[0].l3 == AF_INET && t[0].l4 == IPPROTO_TCP, "ftp");
	ok(!t[0].has_queue_num && !t[0].queue_num && !t[0].queue_len && !t[0].n_policies,
	   "nothing given");
	ok(t[1].l3 == AF_INET6 && t[1].n_policies == 1, "policies are per Type");
	ok(t[1].policies[0].has_max && t[1].policies[0].max == 255, "ExpectMax");
	ok(!t[1].policies[0].has_timeout, "one field does not touch the other");
	ok(t[2].l4 == IPPROTO_UDP && t[2].has_queue_num && t[2].queue_num == 65535, "QueueNum");
	is_int(t[2].queue_len, 1048576, "QueueLen");
	is_int(t[2].n_policies, 2, "two policies");
	ok(!t[2].policies[0].has_max && t[2].policies[0].timeout == 2147483, "ExpectTimeout");
	is_str(t[2].policies[1].name, "b", "in file order");
	is_int(t[2].policies[1].line, 5, "line of a policy");
	is_int(t[2].line, 4, "line of a Type");
	config_free(&c);
	c = good("Helper { Type tns inet tcp { Policy tns { Loose off MinPort 1\n"
		 "ThirdParty { 10.0.0.0/8 192.0.2.1 } ThirdParty { }\n"
		 "Host db-2.example.org 192.0.2.7 } }\n"
		 "Type tns inet6 tcp { Policy tns { Loose yes ThirdParty { fd00::/8 } } } }");
	ok(!c.types[0].policies[0].loose && c.types[1].policies[0].loose, "Loose");
	is_int(c.types[0].policies[0].min_port, 1, "MinPort");
	is_int(c.types[0].policies[0].n_networks, 2, "ThirdParty");
	is_int(c.types[0].policies[0].networks[0].prefix_len, 8, "a network");
	is_int(c.types[0].policies[0].networks[1].prefix_len, 32, "an address");
	is_int(c.types[1].policies[0].networks[0].addr[0], 0xfd, "IPv6");
	is_int(c.types[0].policies[0].n_hosts, 1, "Host");
	is_str(c.types[0].policies[0].hosts[0].name, "db-2.example.org", "its name");
	is_int(c.types[0].policies[0].hosts[0].addr[3], 7, "its address");
	config_free(&c);
	c = good("Helper { Type ftp inet tcp { Budget { Client 1 Server 8192 Helper 3 Rate 1000000\n"
		 "FlowRate 5 } } Type ftp inet6 tcp { Budget { } } }");
	ok(c.types[0].budget.client == 1 && c.types[0].budget.server == 8192 &&
		   c.types[0].budget.helper == 3 && c.types[0].budget.rate == 1000000 &&
		   c.types[0].budget.flow_rate == 5,
	   "Budget");
	ok(!c.types[1].budget.client && !c.types[1].budget.flow_rate, "nothing given");
	config_free(&c);
	c = good("Helper { Type ftp inet tcp { Transport rule } Type ftp inet6 tcp { Transport rule }\n"
		 "Type rpc inet tcp { QueueNum 1 Transport helper } Type rpc inet udp { QueueNum 2 } }");
	ok(c.types[0].by_rule && c.types[1].by_rule && !c.types[2].by_rule && !c.types[3].by_rule,
	   "Transport");
	config_free(&c);
	c = good("Helper { Type ftp inet tcp { QueueNum 10 Queues 16 Transport rule }\n"
		 "Type ftp inet6 tcp { Transport rule Queues 16 QueueNum 10 }\n"
		 "Type tns inet tcp { QueueNum 26 Queues 1 } Type sip inet udp { QueueNum 9 } }");
	is_int(c.types[0].n_queues, 16, "Queues");
	is_int(c.types[2].n_queues, 1, "one, said");
	is_int(c.types[3].n_queues, 1, "one, not said");
	ok(!config_owns_queue(&c.types[0], 9) && config_owns_queue(&c.types[0], 10) &&
		   config_owns_queue(&c.types[0], 25) && !config_owns_queue(&c.types[0], 26),
	   "from QueueNum on");
	config_free(&c);
	c = good("Helper { Setup on Setup off } Helper { }");
	ok(c.helper_present && !c.helper_setup, "the last Setup holds");
	config_free(&c);
}

static void test_attach(void)
{
	struct config c = good("Helper { Type ftp inet tcp { Attach { Server 192.0.2.1 Server 10.0.0.0/8\n"
			       "Client 198.51.100.0/24 Port 21 Port 2121 Interface lan0 Anywhere\n"
			       "KeepHelper } } Type ftp inet6 tcp { Attach { } } Type rpc inet tcp { "
			       "QueueNum 1 } }");
	const struct config_attach *a = &c.types[0].attach;

	is_int(a->line, 1, "Attach");
	ok(a->n_servers == 2 && a->servers[1].prefix_len == 8 && a->servers[0].addr[0] == 192, "Server");
	ok(a->n_clients == 1 && a->clients[0].family == AF_INET, "Client");
	ok(a->n_ports == 2 && a->ports[1] == 2121, "Port");
	ok(a->n_interfaces == 1 && !strcmp(a->interfaces[0], "lan0"), "Interface");
	ok(a->anywhere && a->keep_helper, "Anywhere, KeepHelper");
	ok(c.types[1].attach.line == 3 && !c.types[1].attach.anywhere, "an empty one");
	is_int(c.types[2].attach.line, 0, "none");
	config_free(&c);
}

static const char *write_file(const char *folder, const char *name, const char *text)
{
	static char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
	return path;
}

/* helpers.d beside the file. */
static void test_folder(void)
{
	char folder[] = "/tmp/config_test.XXXXXX", more[64], main_path[64], text[CONFIG_PATH_SIZE];
	struct config_messages msgs = { 0 };
	struct config c;

	if (!mkdtemp(folder))
		abort();
	snprintf(more, sizeof(more), "%s/" CONFIG_FOLDER_NAME, folder);
	snprintf(main_path, sizeof(main_path), "%s/c.conf", folder);
	is_str(config_folder(main_path, text), more, "the folder beside the file");
	is_str(config_folder("c.conf", text), CONFIG_FOLDER_NAME, "and beside one without folder");
	write_file(folder, "c.conf", "General { HashSize 5 } Helper { Type ftp inet tcp { QueueNum 1 } }");
	is_int(config_read(&c, main_path, &msgs), 0, "no folder is no mistake");
	config_free(&c);
	if (mkdir(more, 0700) < 0)
		abort();
	write_file(more, "b.conf", "Helper { Type tns inet tcp { QueueNum 3 } }");
	write_file(more, "a.conf", "# first\nHelper { Type rpc inet tcp { QueueNum 2 } }");
	write_file(more, "README", "no Helper");
	is_int(config_read(&c, main_path, &msgs), 0, "files of the folder are read");
	is_int((int)c.n_types, 3, "those that end in .conf");
	is_str(c.types[1].name, "rpc", "by their names' order");
	snprintf(text, sizeof(text), "%s/a.conf", more);
	is_str(config_file(&c, c.types[1].file), text, "each knows its file");
	is_int((int)c.types[1].line, 2, "and line");
	is_int((int)c.general.hash_size, 5, "General is that of the file");
	config_free(&c);
	write_file(more, "b.conf", "Helper { Type ftp inet tcp { QueueNum 4 } Type tns inet tcp { QueueNum 1 } }");
	is_int(config_read(&c, main_path, &msgs), -EINVAL, "a Type of two files");
	is_int((int)msgs.n_errors, 2, "each clash is told");
	ok(strstr(msgs.list[0].text, "b.conf:1: 'ftp': Type ftp inet tcp given twice, first in line 1 of ") &&
		   strstr(msgs.list[0].text, "/c.conf"), "with both places");
	ok(strstr(msgs.list[1].text, "queue 1 already belongs to `ftp' of line 1 of ") != NULL,
	   "a queue of two files");
	config_messages_free(&msgs);
	unlink(write_file(more, "b.conf", ""));
	write_file(more, "a.conf", "General { }");
	is_int(config_read(&c, main_path, &msgs), -EINVAL, "another section in the folder");
	ok(strstr(msgs.list[0].text, "a.conf:1: 'General': expected in conntrackd.conf") != NULL, "is told");
	config_messages_free(&msgs);
	unlink(write_file(more, "a.conf", ""));
	unlink(write_file(more, "README", ""));
	unlink(main_path);
	rmdir(more);
	rmdir(folder);
}

/* R-70: files of this shape are in the field and must go on working. */
static void test_templates(void)
{
	struct config c;
	size_t i;

	c = good("# VyOS\nSync {\n Mode FTFW {\n  DisableExternalCache no\n }\n"
		 " Multicast Default {\n  IPv4_address 225.0.0.50\n  Group 3780\n"
		 "  IPv4_interface 192.0.2.1\n  Interface eth2\n  SndSocketBuffer 1048576\n"
		 "  RcvSocketBuffer 1048576\n  Checksum on\n }\n"
		 " Options {\n  ExpectationSync {\n   ftp\n   sip\n  }\n }\n}\n"
		 "General {\n HashSize 32768\n HashLimit 65536\n LogFile off\n Syslog daemon\n"
		 " LockFile /var/lock/conntrack.lock\n UNIX {\n  Path /var/run/conntrackd.ctl\n }\n"
		 " NetlinkBufferSize 2097152\n NetlinkBufferSizeMaxGrowth 8388608\n"
		 " NetlinkOverrunResync off\n NetlinkEventsReliable on\n Filter From Userspace {\n"
		 "  Address Ignore {\n   IPv4_address 127.0.0.1\n  }\n  Protocol Accept {\n"
		 "   TCP\n   UDP\n   ICMP\n   IPv6-ICMP\n  }\n }\n}\n"
		 "Helper {\n"
		 " Type rpc inet tcp {\n  QueueNum 3\n  QueueLen 10240\n  Policy rpc {\n"
		 "   ExpectMax 1\n   ExpectTimeout 300\n  }\n }\n"
		 " Type rpc inet udp {\n  QueueNum 4\n  QueueLen 10240\n  Policy rpc {\n"
		 "   ExpectMax 1\n   ExpectTimeout 300\n  }\n }\n"
		 " Type tns inet tcp {\n  QueueNum 5\n  QueueLen 10240\n  Policy tns {\n"
		 "   ExpectMax 1\n   ExpectTimeout 300\n  }\n }\n}\n");
	is_int((int)c.n_types, 3, "VyOS: Types");
	is_str(c.general.unix_path, "/var/run/conntrackd.ctl", "VyOS: socket");
	for (i = 0; i < c.n_types; i++)
		ok(c.types[i].queue_len == 10240 && c.types[i].policies[0].max == 1 &&
			   c.types[i].policies[0].timeout == 300 && c.types[i].queue_num >= 3,
		   "VyOS: %s", c.types[i].name);
	ok(c.sync.present && c.sync.n_expect_helpers == 2, "VyOS: Sync");
	config_free(&c);
	c = good(
		"# NixOS\nGeneral { UNIX { Path /run/conntrackd.sock } }\nHelper {\n"
		"Type ssdp inet udp { QueueNum 5 QueueLen 10240\n"
		"Policy ssdp { ExpectMax 8 ExpectTimeout 300 } }\n"
		"Type ssdp inet6 udp { QueueNum 5 Policy ssdp { ExpectMax 8 ExpectTimeout 300 } }\n"
		"}");
	ok(c.n_types == 2 && c.types[0].queue_num == 5 && c.types[1].queue_num == 5,
	   "NixOS: one helper's Types share a queue");
	config_free(&c);
	c = good("# the manual\nHelper {\n\tType ftp inet tcp {\n\t\tQueueNum 0\n"
		 "\t\tQueueLen 10240\n\t\tPolicy ftp {\n\t\t\tExpectMax 1\n"
		 "\t\t\tExpectTimeout 300\n\t\t}\n\t}\n\tType rpc inet tcp {\n\t\tQueueNum 1\n"
		 "\t\tQueueLen 10240\n\t\tPolicy rpc {\n\t\t\tExpectMax 1\n"
		 "\t\t\tExpectTimeout 300\n\t\t}\n\t}\n}\nGeneral {\n\tSystemd on\n\tNetlink"
		 "BufferSize 2097152\n\tLogFile on\n\tLockFile /var/lock/conntrack.lock\n"
		 "\tUNIX {\n\t\tPath /var/run/conntrackd.ctl\n\t}\n}\n");
	ok(c.n_types == 2 && c.types[1].queue_num == 1, "manual: queues 0 and 1");
	config_free(&c);
}

static void test_limits(void)
{
	struct config_messages msgs = { 0 };
	struct config c = { 0 };
	char text[65536];
	size_t used = 0;
	unsigned i;

	used += (size_t)snprintf(text, sizeof(text), "Helper { ");
	for (i = 0; i <= CONFIG_TYPES_MAX; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "Type t%u inet tcp { QueueNum %u }\n", i, i);
	snprintf(text + used, sizeof(text) - used, "}");
	is_int(config_parse(&c, "f", text, strlen(text), &msgs), -EINVAL, "too many Types");
	is_str(msgs.list[0].text, "f:257: 't256': more than 256 Types", "says so");
	config_messages_free(&msgs);
	used = (size_t)snprintf(text, sizeof(text), "General { Filter { Protocol Accept { ");
	for (i = 0; i < 1000; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "x%u ", i);
	snprintf(text + used, sizeof(text) - used, "} } } x");
	is_int(config_parse(&c, "f", text, strlen(text), &msgs), -EINVAL, "1000 warnings, 1 error");
	is_int((int)msgs.n_warnings, 1000, "all counted");
	is_int((int)msgs.num, CONFIG_MESSAGES_MAX / 2 + 1, "half kept");
	is_int(msgs.list[msgs.num - 1].severity, CONFIG_ERROR, "the error is kept");
	config_messages_free(&msgs);
}

static void test_complain(void)
{
	struct config_messages msgs = { 0 };

	config_complain(&msgs, CONFIG_ERROR, "a.conf", 7, "foo", "no such helper, expected %s",
			"x");
	config_complain(&msgs, CONFIG_WARNING, NULL, 0, NULL, "two\nlines");
	config_complain(&msgs, CONFIG_ERROR, NULL, 3, "", "empty");
	is_str(msgs.list[0].text, "a.conf:7: 'foo': no such helper, expected x", "all parts");
	is_str(msgs.list[1].text, "two?lines", "text alone, one line");
	is_str(msgs.list[2].text, "3: '': empty", "without a file");
	ok(msgs.n_errors == 2 && msgs.n_warnings == 1 && msgs.list[0].line == 7, "counted");
	config_messages_free(&msgs);
	config_messages_free(&msgs);
	config_messages_free(NULL);
}

static void test_read(void)
{
	char dir[] = "/tmp/config_test.XXXXXX", path[64];
	struct config_messages msgs = { 0 };
	struct config c = { 0 };
	FILE *file;

	if (!mkdtemp(dir)) {
		printf("Bail out! no temporary folder\n");
		exit(1);
	}
	snprintf(path, sizeof(path), "%s/f", dir);
	is_int(config_read(&c, path, &msgs), -ENOENT, "no file");
	ok(strstr(msgs.list[0].text, "can't open config file `") == msgs.list[0].text, "says so");
	is_int(config_read(&c, dir, &msgs), -EINVAL, "a folder");
	mkfifo(path, 0600);
	is_int(config_read(&c, path, &msgs), -EINVAL, "a FIFO does not block");
	unlink(path);
	file = fopen(path, "w");
	if (file) {
		fprintf(file, "General { HashSize 5 }");
		fclose(file);
	}
	is_int(config_read(&c, path, &msgs), 0, "a file");
	is_int(c.general.hash_size, 5, "its value");
	config_free(&c);
	ok(truncate(path, CONFIG_FILE_MAX + 1) == 0, "make it large");
	is_int(config_read(&c, path, &msgs), -EFBIG, "too large");
	is_int((int)msgs.n_errors, 4, "each failure left a message");
	config_messages_free(&msgs);
	unlink(path);
	rmdir(dir);
}

int main(void)
{
	test_defaults();
	test_lexer();
	test_general();
	test_tuning();
	test_filter();
	test_sync_modes();
	test_sync_links();
	test_stats();
	test_helper();
	test_attach();
	test_folder();
	test_templates();
	test_limits();
	test_complain();
	test_read();
	return done_testing();
}
