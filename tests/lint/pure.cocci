// SPDX-License-Identifier: GPL-2.0-or-later
// helpers/ and wire/: no allocation, no log, no time, no errno, no file, no text function.
// tests/unit/pure-symbols holds the same against the compiled libraries.
@@
identifier f = {malloc, calloc, realloc, reallocarray, free, strdup, strndup, mmap, munmap, brk,
	err, warn, info, debug, err_errno, warn_errno, log_bytes, log_line, syslog, perror, printf,
	fprintf, dprintf, vprintf, vfprintf, puts, fputs, putchar, snprintf, vsnprintf,
	time, clock, clock_gettime, gettimeofday, localtime, gmtime,
	open, openat, read, write, close, ioctl, socket, send, sendto, sendmsg, recv, recvfrom,
	recvmsg, syscall, fork, execve, kill, getenv, exit, abort, rand, random, getrandom,
	strlen, strcmp, strncmp, strcasecmp, strncasecmp, strchr, strrchr, strstr, strcspn, strspn,
	strsep, strtol, strtoul, strtoll, strtoull, sscanf, inet_pton, inet_aton, inet_addr};
expression list es;
@@
* f(es)

@@
@@
* errno
