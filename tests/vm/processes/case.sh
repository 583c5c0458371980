# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What each of our processes may do, as the kernel sees it.

topology
start_daemon ../rpc.conf

NONE=0000000000000000
NET_ADMIN=0000000000001000

status() { awk -v name="$2:" '$1 == name { print $2 }' "/proc/$1/status"; }

# capabilities PID WHO WANTED SET...
capabilities() {
	local pid=$1 who=$2 wanted=$3 set
	shift 3
	for set; do is "$who $set" "$(status "$pid" "$set")" "$wanted"; done
}

not_root() { # pid who: real, effective, saved and file system ids
	local ids
	ids=$(awk '$1 == "Uid:" || $1 == "Gid:" { print $2, $3, $4, $5 }' "/proc/$1/status")
	if grep -qwx -e '.*\b0\b.*' <<<"$ids"; then not_ok "$2 is root: $ids"; else ok "$2 is not root"; fi
}

confined() { # pid who
	is "$2 Seccomp" "$(status "$1" Seccomp)" 2
	is "$2 NoNewPrivs" "$(status "$1" NoNewPrivs)" 1
}

mapfile -t supervisors < <(pids_of conntrackd)
mapfile -t brokers < <(pids_of pinhole-broker)
mapfile -t workers < <(pids_of pinhole-worker)
mapfile -t keepers < <(pids_of pinhole-keeper)
is "supervisors" ${#supervisors[@]} 1
is "brokers" ${#brokers[@]} 1
is "workers, one per Type" ${#workers[@]} 4
is "keepers" ${#keepers[@]} 1

for pid in "${supervisors[@]}"; do
	capabilities "$pid" supervisor $NET_ADMIN CapEff CapPrm
	not_root "$pid" supervisor
done

for pid in "${brokers[@]}"; do
	capabilities "$pid" broker $NET_ADMIN CapEff CapPrm
	confined "$pid" broker
	not_root "$pid" broker
done

for pid in "${keepers[@]}"; do
	capabilities "$pid" keeper $NET_ADMIN CapEff CapPrm
	is "keeper uids" "$(awk '$1 == "Uid:" { print $2, $3, $4, $5 }' "/proc/$pid/status")" "0 0 0 0"
done

for pid in "${workers[@]}"; do
	capabilities "$pid" worker $NONE CapEff CapPrm CapInh CapBnd CapAmb
	confined "$pid" worker
	not_root "$pid" worker
	for space in user mnt net ipc uts cgroup; do
		if [ "$(readlink "/proc/$pid/ns/$space")" != "$(readlink /proc/1/ns/$space)" ]; then
			ok "worker $space namespace"
		else
			not_ok "worker $pid is in the machine's $space namespace"
		fi
		is "worker $pid shares no $space namespace with the supervisor" \
			"$([ "$(readlink "/proc/$pid/ns/$space")" != \
				"$(readlink "/proc/${supervisors[0]}/ns/$space")" ] && echo yes)" yes
	done
	is "worker's root directory" "$(ls -A "/proc/$pid/root/")" ""
	is "worker's interfaces are down" "$(nsenter --net="/proc/$pid/ns/net" ip -o link show up)" ""
	is "worker's open files, but sockets and memory" "$(find "/proc/$pid/fd" -lname '/*' \
		! -lname '/dev/null' ! -lname '/memfd:*' ! -lname '/vm/conntrackd.log' -printf '%l ')" ""
done
stop_daemon
is "processes after the end" "$(pids_of conntrackd; pids_of pinhole-broker; pids_of pinhole-worker)" ""
soon 5 "the keeper's end" none_runs pinhole-keeper || not_ok "the keeper stays"
