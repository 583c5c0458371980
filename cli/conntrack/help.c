/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * -h: one screen, and the options of the protocol that -p names.
 */
#include <stdio.h>
#include <stdlib.h>

#include "build.h"
#include "cli/conntrack/run.h"

static const char help[] =
	"Looks into and changes the connection tracking tables. Version " PINHOLE_VERSION "\n"
	"Usage: conntrack COMMAND [TABLE] [options]\n"
	"\n"
	"Commands:\n"
	"  -L [TABLE] [options]\t\tlist a table\n"
	"  -G [TABLE] options\t\tget one entry\n"
	"  -D [TABLE] options\t\tdelete entries\n"
	"  -I [TABLE] options\t\tcreate an entry; fails if it exists\n"
	"  -A options\t\t\tadd a flow, or update it if it exists\n"
	"  -U options\t\t\tupdate flows\n"
	"  -E [TABLE] [options]\t\tshow events as they happen\n"
	"  -F [TABLE]\t\t\tempty a table\n"
	"  -C [TABLE]\t\t\tcount entries\n"
	"  -S [TABLE]\t\t\tshow statistics of each CPU\n"
	"  -R FILE|-\t\t\trun the commands in a file\n"
	"  -V, -h\t\t\tversion; this text, with -p PROTO also its options\n"
	"\n"
	"Tables: conntrack (default), expect, dying, unconfirmed\n"
	"\n"
	"Flows:\n"
	"  -s, --src, --orig-src IP[/N]\t\tsource, original direction\n"
	"  -d, --dst, --orig-dst IP[/N]\t\tdestination, original direction\n"
	"  -r, --reply-src IP\t\t\tsource, reply direction\n"
	"  -q, --reply-dst IP\t\t\tdestination, reply direction\n"
	"  -p, --protonum PROTO\t\t\tlayer 4 protocol: tcp, 17, ...\n"
	"  -f, --family ipv4|ipv6\t\tlayer 3 protocol\n"
	"  -n, --src-nat [IP[:PORT]]\t\tsource NAT\n"
	"  -g, --dst-nat [IP[:PORT]]\t\tdestination NAT\n"
	"  -j, --any-nat [IP[:PORT]]\t\teither\n"
	"  -m, --mark N[/MASK]\t\t\tmark\n"
	"  -c, --secmark N\t\t\tsecurity mark\n"
	"  -u, --status NAME[,...]\t\tASSURED, SEEN_REPLY, UNSET, ...\n"
	"  -t, --timeout SECONDS\t\t\ttimeout\n"
	"  -w, --zone N\t\t\t\tzone; also --orig-zone, --reply-zone\n"
	"  -l, --label NAME[,...]\t\tlabels; also --label-add, --label-del, --labelmap FILE\n"
	"  -i, --id N\t\t\t\tid of the flow\n"
	"  --helper NAME\t\t\t\thelper of the flow or expectation\n"
	"  --mask-src, --mask-dst MASK\t\tmasks of -s and -d\n"
	"\n"
	"Expectations:\n"
	"  --tuple-src, --tuple-dst IP[/N]\texpected addresses (-I)\n"
	"  --class N, --expect-flags NAME[,...]\tclass; PERMANENT, INACTIVE (-I)\n"
	"  --master-src, --master-dst IP[/N]\taddresses of the master flow (-L, -E, -C)\n"
	"\n"
	"Output:\n"
	"  -o, --output TYPE[,...]\t\txml, json, save, extended, id, timestamp, ktimestamp,\n"
	"\t\t\t\t\tlabels, userspace\n"
	"  -e, --event-mask NAME[,...]\t\tALL, NEW, UPDATES, DESTROY\n"
	"  -b, --buffer-size BYTES\t\tsocket buffer for events\n"
	"  -z, --zero\t\t\t\tzero the counters while listing\n"
	"\n";

int run_help(const struct command *cmd)
{
	fputs(help, stdout);
	if (cmd->l4)
		printf("Options of protocol %s:\n%s", cmd->l4->name, cmd->l4->help);
	return EXIT_SUCCESS;
}
