/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The memory between broker and worker.
 */
#include "link/ring.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE_LARGEST ((size_t)64 * 1024) /* so both parts begin at a page everywhere */
#define PAGES(size)  (((size) + PAGE_LARGEST - 1) / PAGE_LARGEST * PAGE_LARGEST)
#define DOWN_SIZE    PAGES(sizeof(struct ring_down))
#define UP_SIZE	     PAGES(sizeof(struct ring_up))
#define ALIGNED(n)   (((n) + 7u) & ~7u)
#define GO_ROUND     0 /* instead of a packet's id: the next one is at the beginning */

static_assert((RING_BYTES & (RING_BYTES - 1)) == 0 && (RING_ANSWERS & (RING_ANSWERS - 1)) == 0,
	      "positions run over");
static_assert(RING_BYTES >= 2 * ALIGNED(sizeof(struct link_packet) + LINK_PAYLOAD_MAX),
	      "the largest packet fits wherever the last one ended");

int ring_make(void)
{
	int fd = memfd_create("pinhole-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING), r;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, DOWN_SIZE + UP_SIZE) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

int ring_make_bell(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

int ring_map(struct ring *ret, int fd, bool as_worker)
{
	int access = as_worker ? PROT_READ : PROT_READ | PROT_WRITE;
	void *down = mmap(NULL, DOWN_SIZE, access, MAP_SHARED, fd, 0);
	void *up = mmap(NULL, UP_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, DOWN_SIZE);
	int r = down == MAP_FAILED || up == MAP_FAILED ? -errno : 0;

	*ret = (struct ring){ 0 };
	if (r == 0) {
		*ret = (struct ring){ .down = down, .up = up };
		return 0;
	}
	if (down != MAP_FAILED)
		munmap(down, DOWN_SIZE);
	if (up != MAP_FAILED)
		munmap(up, UP_SIZE);
	return r;
}

void ring_unmap(struct ring *r)
{
	if (!r->down)
		return;
	munmap(r->down, DOWN_SIZE);
	munmap(r->up, UP_SIZE);
	*r = (struct ring){ 0 };
}

/* ---- broker */

/* A position that cannot be is as good as no room. */
static bool has_room(const struct ring *r, uint32_t size)
{
	uint32_t used = r->end - r->begin;

	return used <= RING_BYTES && size <= RING_BYTES - used;
}

bool ring_put(struct ring *r, const struct link_packet *p, const uint8_t *payload)
{
	uint32_t size = ALIGNED((uint32_t)sizeof(*p) + p->len);
	uint32_t at = r->end % RING_BYTES, skipped = 0;

	if (size > RING_BYTES - at)
		skipped = RING_BYTES - at;
	if (!has_room(r, skipped + size)) {
		r->begin = atomic_load_explicit(&r->up->begin, memory_order_acquire);
		if (!has_room(r, skipped + size))
			return false;
	}
	if (skipped) {
		memset(r->down->bytes + at, GO_ROUND, sizeof(p->id));
		r->end += skipped;
		at = 0;
	}
	memcpy(r->down->bytes + at, p, sizeof(*p));
	memcpy(r->down->bytes + at + sizeof(*p), payload, p->len);
	r->end += size;
	return true;
}

bool ring_show(struct ring *r)
{
	if (atomic_load_explicit(&r->down->end, memory_order_relaxed) == r->end)
		return false;
	/* Either the worker sees the packet before it sleeps, or we see that it sleeps. */
	atomic_store(&r->down->end, r->end);
	return atomic_load(&r->up->sleeps) && atomic_exchange(&r->up->sleeps, 0);
}

const void *ring_take(struct ring *r)
{
	if (atomic_load_explicit(&r->up->given, memory_order_acquire) == r->given)
		return NULL;
	return &r->up->answers[r->given++ % RING_ANSWERS];
}

/* ---- worker */

int ring_next(struct ring *r, struct link_packet *ret, const uint8_t **ret_payload)
{
	static const uint32_t go_round = GO_ROUND;
	const uint8_t *at = r->down->bytes + r->begin % RING_BYTES;
	uint32_t left = RING_BYTES - r->begin % RING_BYTES;

	if (r->begin == r->end)
		r->end = atomic_load_explicit(&r->down->end, memory_order_acquire);
	if (r->begin == r->end)
		return 0;
	if (!memcmp(at, &go_round, sizeof(go_round))) {
		r->begin += left;
		at = r->down->bytes;
		left = RING_BYTES;
	}
	return link_packet_check(at, left, ret, ret_payload) ? 1 : -1;
}

struct link_answer *ring_answer(struct ring *r)
{
	return &r->up->answers[r->given % RING_ANSWERS];
}

void ring_give(struct ring *r)
{
	atomic_store_explicit(&r->up->given, ++r->given, memory_order_release);
}

void ring_done(struct ring *r, const struct link_packet *p)
{
	r->begin += ALIGNED((uint32_t)sizeof(*p) + p->len);
	atomic_store_explicit(&r->up->begin, r->begin, memory_order_release);
}

void ring_bell(int bell)
{
	static const uint64_t one = 1;
	ssize_t n = write(bell, &one, sizeof(one));

	(void)n; /* it can only fail when it rings all the time */
}

bool ring_may_sleep(struct ring *r)
{
	atomic_store(&r->up->sleeps, 1);
	if (atomic_load(&r->down->end) == r->begin)
		return true;
	atomic_store(&r->up->sleeps, 0);
	return false;
}
