/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * conntrackd.conf: text to struct config.
 *
 * Parsing has no side effects: nothing is logged, opened (but the file itself), created or looked
 * up, no process ends, and no global is touched. What the operator should read is collected in
 * struct config_messages; the caller decides where it goes.
 *
 * The room knows the language only. It does not know which helpers exist, whether an interface or
 * a user is there, or which policy a helper has: the daemon checks that and reports it with
 * config_complain() in the same form as everything below.
 */
#ifndef PINHOLE_CONFIG_CONFIG_H
#define PINHOLE_CONFIG_CONFIG_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helpers/query.h" /* data that a Define is; no function of it is called */

#define CONFIG_FILE_DEFAULT "/etc/conntrackd/conntrackd.conf"
#define CONFIG_FILE_MAX	    (1024 * 1024) /* bytes that config_read() accepts */

#define CONFIG_NAME_SIZE      16  /* helper, policy, interface: 15 characters and the NUL */
#define CONFIG_PATH_SIZE      257 /* LogFile, LockFile: 256 characters and the NUL */
#define CONFIG_HOST_SIZE      128 /* Host: 127 characters and the NUL */
#define CONFIG_UNIX_PATH_SIZE 108 /* sizeof(sockaddr_un.sun_path): 107 characters and the NUL */

#define CONFIG_TYPES_MAX	256  /* Type blocks in all Helper sections */
#define CONFIG_DEFINES_MAX	64   /* Define blocks in all Helper sections */
#define CONFIG_POLICIES_MAX	4    /* of one Type; kernel limit */
#define CONFIG_ATTACH_NETWORKS_MAX   16
#define CONFIG_ATTACH_PORTS_MAX	     8
#define CONFIG_ATTACH_INTERFACES_MAX 8
#define CONFIG_POLICY_NETWORKS_MAX 64 /* addresses in ThirdParty of one Policy */
#define CONFIG_POLICY_HOSTS_MAX	32   /* Host lines of one Policy */
#define CONFIG_LINKS_MAX	4    /* dedicated links of Sync */
#define CONFIG_SYNC_HELPERS_MAX 64   /* names in ExpectationSync */
#define CONFIG_NETWORKS_MAX	4096 /* addresses in all Address filters */

#define CONFIG_BUDGET_MAX	  8192	  /* pinholes: as many as the broker's ledger has room for */
#define CONFIG_RATE_MAX		  1000000 /* pinholes a second */
#define CONFIG_QUEUES_MAX	  16	  /* of one Type */
#define CONFIG_QUEUE_LEN_MAX	  1048576 /* packets */
#define CONFIG_EXPECT_MAX_MAX	  255	  /* kernel: 8 bits; above it the kernel refuses or wraps */
#define CONFIG_EXPECT_TIMEOUT_MAX 2147483 /* seconds; times HZ (1000) still fits a signed 32 bits */

/* ---- messages ---- */

enum config_severity {
	CONFIG_WARNING, /* accepted; the operator should change something */
	CONFIG_ERROR,	/* the file is refused */
};

struct config_message {
	enum config_severity severity;
	unsigned line; /* 1 = first; 0 = the file as a whole */
	char *text;    /* one line without newline, printable bytes only, at most 511 of them:
			* FILE:LINE: 'WORD': what is wrong, expected what */
};

/* Messages in the order found. Start with all bytes zero; the same list may serve several parses
 * (they append). At most CONFIG_MESSAGES_MAX are kept, half of which only for errors; the rest is
 * only counted. */
struct config_messages {
	struct config_message *list;
	size_t num;	 /* entries in `list` */
	size_t n_errors; /* seen, kept or not */
	size_t n_warnings;
};

#define CONFIG_MESSAGES_MAX 64

/* Append a message of your own in the same form, for what only the daemon can know ("no such
 * helper"). `word` may be NULL (none); hostile bytes in it are escaped and it is cut to a
 * reasonable length. `line` 0 leaves the line out, `file` NULL the file. Never fails visibly: out
 * of memory the message is counted but not kept. */
void config_complain(struct config_messages *msgs, enum config_severity severity, const char *file,
		     unsigned line, const char *word, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* Frees the list and zeroes the struct; NULL is fine. */
void config_messages_free(struct config_messages *msgs);

/* ---- General ---- */

enum config_filter_logic {
	CONFIG_FILTER_NONE,   /* set not given */
	CONFIG_FILTER_ACCEPT, /* only what matches */
	CONFIG_FILTER_IGNORE, /* all but what matches */
};

struct config_network {
	uint8_t family;	    /* AF_INET or AF_INET6 */
	uint8_t prefix_len; /* 0..32 or 0..128; a host without /n has the full length */
	uint8_t addr[16]; /* network order, as written (host bits are kept); IPv4 in the first 4 */
};

/* TCP states of `State ... { ... for TCP }`, as bits in config_filter.tcp_states. */
enum config_tcp_state {
	CONFIG_TCP_SYN_SENT,
	CONFIG_TCP_SYN_RECV,
	CONFIG_TCP_ESTABLISHED,
	CONFIG_TCP_FIN_WAIT,
	CONFIG_TCP_CLOSE_WAIT,
	CONFIG_TCP_LAST_ACK,
	CONFIG_TCP_TIME_WAIT,
	CONFIG_TCP_CLOSE, /* the words CLOSE and CLOSED */
	CONFIG_TCP_LISTEN,
};

#define CONFIG_TCP_STATE_LAST CONFIG_TCP_LISTEN

struct config_filter {
	bool kernel_space; /* From Kernelspace; else user space */
	enum config_filter_logic protocol_logic, address_logic, state_logic;
	uint8_t protocols[256 / 8];	 /* bit n: IP protocol number n */
	uint32_t tcp_states;		 /* bit n: enum config_tcp_state n */
	struct config_network *networks; /* owned; file order, no two equal */
	size_t n_networks;
};

/* Metrics ADDRESS PORT: where numbers are read over HTTP. Loopback only. */
struct config_metrics {
	uint8_t family; /* AF_INET or AF_INET6; 0: not given */
	uint8_t addr[16]; /* network order, IPv4 in the first 4 */
	uint16_t port;	  /* host byte order, never 0 */
};

enum config_scheduler {
	CONFIG_SCHEDULER_DEFAULT, /* no Scheduler block */
	CONFIG_SCHEDULER_RR,
	CONFIG_SCHEDULER_FIFO,
};

#define CONFIG_SYSLOG_NONE (-1)

struct config_general {
	uint32_t hash_size;		       /* buckets, 65536 */
	uint32_t hash_limit;		       /* entries, 262144 */
	char log_file[CONFIG_PATH_SIZE];       /* "" = none; `LogFile on` = CONFIG_LOG_FILE_ON */
	int syslog_facility;		       /* LOG_DAEMON, LOG_LOCAL0.., or CONFIG_SYSLOG_NONE */
	char lock_file[CONFIG_PATH_SIZE];      /* never ""; default CONFIG_LOCK_FILE_DEFAULT */
	char unix_path[CONFIG_UNIX_PATH_SIZE]; /* control socket; "" = not given: no socket */
	uint32_t unix_backlog;		       /* deprecated, without effect; 0 = not given */
	uint32_t netlink_buffer_size;	       /* bytes; 0 = system default */
	uint32_t netlink_buffer_size_max_growth; /* bytes; 0 = does not grow */
	uint32_t netlink_overrun_resync;	 /* seconds, 30; 0 = never */
	bool netlink_events_reliable;
	uint32_t event_iteration_limit; /* 100 */
	uint32_t poll_secs;		/* 0 = event mode */
	bool has_nice;
	int nice; /* -20..19 */
	cpu_set_t cpus; /* CPUAffinity; none: not given */
	enum config_scheduler scheduler;
	uint8_t scheduler_priority; /* 0..99, 99 */
	bool systemd;		    /* true unless `Systemd off` */
	struct config_metrics metrics;
	struct config_filter filter;
};

#define CONFIG_LOG_FILE_ON	 "/var/log/conntrackd.log"
#define CONFIG_LOCK_FILE_DEFAULT "/var/lock/conntrackd.lock"

/* ---- Sync ---- */

enum config_sync_mode {
	CONFIG_SYNC_FTFW,
	CONFIG_SYNC_ALARM,
	CONFIG_SYNC_NOTRACK,
};

enum config_link_type {
	CONFIG_LINK_MULTICAST,
	CONFIG_LINK_UDP,
	CONFIG_LINK_TCP,
};

struct config_link {
	uint8_t family;	     /* AF_INET or AF_INET6, of all addresses here */
	uint16_t port;	     /* Port or Group, host byte order, never 0 */
	uint8_t local[16];   /* network order. UDP, TCP: own address. Multicast: the group */
	uint8_t peer[16];    /* UDP, TCP: destination */
	uint8_t outgoing[4]; /* Multicast with IPv4: IPv4_interface, or zero */
	bool has_outgoing;
	char interface[CONFIG_NAME_SIZE]; /* never "" */
	uint32_t snd_buffer, rcv_buffer;  /* bytes; 0 = system default */
	bool checksum;			  /* true */
	uint32_t error_queue_len;	  /* TCP: 128 */
	unsigned line;
};

struct config_sync {
	bool present; /* a Sync section was given */
	unsigned line;
	enum config_sync_mode mode;
	uint32_t resend_queue_size; /* elements, 131072 */
	uint32_t ack_window_size;   /* messages, 300 */
	uint32_t refresh_time;	    /* seconds, 60 */
	uint32_t cache_timeout;	    /* seconds, 180 */
	uint32_t commit_timeout;    /* seconds; 0 = as received */
	uint32_t purge_timeout;	    /* seconds, 60 */
	bool disable_internal_cache, disable_external_cache, startup_resync;
	bool tcp_window_tracking;
	bool expectation_sync;			  /* on, or a list of names */
	char (*expect_helpers)[CONFIG_NAME_SIZE]; /* owned; case-insensitive prefixes; n = 0: all */
	size_t n_expect_helpers;
	enum config_link_type link_type; /* meaningless without links */
	struct config_link links[CONFIG_LINKS_MAX];
	unsigned n_links;
	unsigned default_link; /* index; the last one marked Default, else 0 */
};

/* ---- Stats ---- */

struct config_stats {
	bool present;
	unsigned line;
	char log_file[CONFIG_PATH_SIZE]; /* "" = none; `LogFile on` = CONFIG_STATS_LOG_FILE_ON */
	int syslog_facility;		 /* or CONFIG_SYSLOG_NONE */
};

#define CONFIG_STATS_LOG_FILE_ON "/var/log/conntrackd-stats.log"

/* ---- Helper ---- */

/* Host NAME ADDRESS: where a host is that a protocol calls by its name. */
struct config_host {
	char name[CONFIG_HOST_SIZE]; /* as written; names differ, case does not count */
	uint8_t family;		     /* of the Type */
	uint8_t addr[16];	     /* network order, IPv4 in the first 4 */
};

struct helper_policy {
	char name[CONFIG_NAME_SIZE];
	bool has_max;	  /* false: keep the helper's own */
	uint8_t max;	  /* expectations per flow, 1..255 */
	bool has_timeout; /* false: keep the helper's own */
	uint32_t timeout; /* seconds, 1..CONFIG_EXPECT_TIMEOUT_MAX */
	uint16_t min_port; /* MinPort, host byte order; 0: keep the helper's own */
	bool loose;	   /* third parties may be anywhere */
	struct config_network networks[CONFIG_POLICY_NETWORKS_MAX]; /* ThirdParty, the Type's family */
	unsigned n_networks;
	struct config_host hosts[CONFIG_POLICY_HOSTS_MAX];
	unsigned n_hosts;
	unsigned line;
};

/* What one Type may have open, and open in a second. 0: not given, the default. */
struct config_budget {
	uint32_t client, server, helper;
	uint32_t rate, flow_rate;
	unsigned line; /* 0: no Budget block */
};

/* Attach { }: which flows get the helper. The daemon does nothing with it but to register the helper if
 * that is missing; `pinhole apply` makes rules of it. Empty lists stand for anything. */
struct config_attach {
	unsigned line;	  /* of the word Attach; 0: there is none */
	bool anywhere;	  /* the operator wants it although neither Server nor Client is given */
	bool keep_helper; /* the helper was registered by somebody else: it stays when this goes */
	struct config_network servers[CONFIG_ATTACH_NETWORKS_MAX]; /* as clients address them */
	unsigned n_servers;
	struct config_network clients[CONFIG_ATTACH_NETWORKS_MAX]; /* both of the Type's family */
	unsigned n_clients;
	uint16_t ports[CONFIG_ATTACH_PORTS_MAX]; /* host byte order; none: the helper's own */
	unsigned n_ports;
	char interfaces[CONFIG_ATTACH_INTERFACES_MAX][CONFIG_NAME_SIZE]; /* that clients are behind */
	unsigned n_interfaces;
};

/* One Type block. No two have the same name, l3 and l4. Two share queues only if they differ in nothing
 * but l3 (ssdp inet udp and ssdp inet6 udp on queue 5, say); `by_rule`, `queue_num` and `n_queues` are then
 * the same, and `queue_len` may differ: the larger one, if any is given, is meant for each queue. */
struct helper_type {
	char name[CONFIG_NAME_SIZE]; /* as written; not checked against any registry */
	uint8_t l3;		     /* AF_INET or AF_INET6 */
	uint8_t l4;		     /* IPPROTO_TCP or IPPROTO_UDP */
	bool has_queue_num;
	uint16_t queue_num; /* 0 if not given */
	uint16_t n_queues;  /* Queues: from `queue_num` on, 1..CONFIG_QUEUES_MAX; 1 unless `by_rule` */
	uint32_t queue_len; /* packets; 0 = not given: kernel's default, 1024 */
	bool drops_crashes; /* OnCrash drop */
	cpu_set_t cpus;	    /* CPUAffinity of the worker; none: General's */
	bool by_rule;	    /* Transport rule: the firewall's rules queue, not the helper */
	struct helper_policy policies[CONFIG_POLICIES_MAX]; /* file order, names differ */
	unsigned n_policies;				    /* 0: the helper's own policies */
	struct config_budget budget;
	struct config_attach attach;
	unsigned file, line; /* of the word Type */
};

/* One Define block: a helper of its own making. Whether there is another of that name is not known
 * here, but no two Defines have the same. `query` passes query_check(). */
struct helper_define {
	struct query query; /* unused bytes are zero */
	unsigned file, line; /* of the word Define */
};

/* ---- the file ---- */

struct config {
	struct config_general general;
	struct config_sync sync; /* never present together with stats */
	struct config_stats stats;
	bool helper_present;	   /* a Helper section was given */
	bool helper_setup;	   /* Setup yes: the daemon creates missing helper objects */
	struct helper_type *types; /* owned; file order */
	size_t n_types;
	struct helper_define *defines; /* owned; file order */
	size_t n_defines;
	char (*files)[CONFIG_PATH_SIZE]; /* owned; [0] is the configuration itself */
	size_t n_files;
};

/* Parse `len` bytes of `text`; no terminating NUL is needed, none is special. `file_name` is used
 * in messages only. An empty text is a valid file: defaults only.
 *
 * 0: *ret is filled (what it held is overwritten, not freed) and the caller owns it until
 * config_free(). Warnings may have been appended.
 * -EINVAL: mistakes in the text, at least one error appended. Every section and every Type is
 * looked at and the first mistake of each is reported.
 * -ENOMEM: so it is; an error was counted.
 * On failure *ret is untouched. */
int config_parse(struct config *ret, const char *file_name, const char *text, size_t len,
		 struct config_messages *msgs);

/* Parse a file of helpers.d into what config_parse() or config_read() made: only Helper sections, whose
 * Types and Defines are appended. Answers as config_parse(); on failure what was read of the file stays,
 * so *config is good for config_free() alone. */
int config_parse_more(struct config *config, const char *file_name, const char *text, size_t len,
		      struct config_messages *msgs);

/* Folder of the files that belong to the configuration `path`, beside it. Returns ret. */
#define CONFIG_FOLDER_NAME "helpers.d"
const char *config_folder(const char *path, char ret[CONFIG_PATH_SIZE]);

/* Read and parse a regular file of at most CONFIG_FILE_MAX bytes, then, by their names' order, all files
 * called *.conf in helpers.d beside it, if there is such a folder. As above; further failures: -errno of open() ("can't open config file `PATH': ...") and of read(), -EINVAL for what is not a
 * regular file, -EFBIG ("can't read config file ..."). */
int config_read(struct config *ret, const char *path, struct config_messages *msgs);

/* The file that a Type or Define is from. */
const char *config_file(const struct config *config, unsigned file);

/* Whether `num` is one of the Type's queues. */
bool config_owns_queue(const struct helper_type *type, unsigned num);

/* The Define of that name, NULL: none. */
const struct helper_define *config_find_define(const struct config *config, const char *name);

/* Parse a text that is one Define block and nothing else, as the built-in helpers' files are. Answers
 * as config_parse(), but never -ENOMEM. */
int config_parse_define(struct helper_define *ret, const char *file_name, const char *text, size_t len,
			struct config_messages *msgs);

/* Frees what is owned and zeroes the struct; NULL and an all-zero struct are fine. */
void config_free(struct config *config);

#endif
