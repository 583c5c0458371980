/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Well-formed answers of a worker in the enemy's hands, at random: to packets of a translated stream
 * that announce nothing, sent in disorder and again. Whatever it answers: no byte changes, each packet
 * is judged once, and of what was sent nothing is missing in the end.
 */
#include "broker/rig_test.h"

#include <stdlib.h>

#define ROUNDS 3000
#define STEP   16 /* bytes that the stream grows by with each packet, more or less */
#define TEXT   "00042;007;10,0,0,1;|||00;"
#define FIRST  (UINT32_MAX - STREAM / 2) /* sequence number: they wrap */
#define STREAM (STEP * ROUNDS + 64 + sizeof(TEXT))

static uint32_t seed = 1;

static uint32_t pick(uint32_t below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % below;
}

static struct sent {
	uint32_t off, len;
	unsigned verdicts;
	bool dropped;
} sent[ROUNDS + 1];

static bool arrived[STREAM], now[STREAM]; /* ever, and in this round */
static unsigned n_changed, n_dropped, n_lost;

static void make_claims(struct link_answer *a)
{
	a->n_claims = (uint8_t)pick(3);
	for (unsigned i = 0; i < a->n_claims; i++) {
		a->claims[i] = (struct claim){ .from = (uint8_t)pick(2),
					       .l4 = IPPROTO_TCP,
					       .port = (uint16_t)(2000 + pick(100)) };
		a->claims[i].to = !a->claims[i].from;
	}
}

static void make_edits(struct link_answer *a)
{
	uint32_t at = 0;

	for (unsigned n = pick(4); a->n_edits < n; a->n_edits++) {
		struct edit *e = &a->edits[a->n_edits];

		*e = (struct edit){ .off = at + pick(12),
				    .len = 1 + pick(12),
				    .cover = pick(40),
				    .form = (uint8_t)pick(EDIT_LAST + 1) };
		if (e->form == EDIT_ADDRESS) /* may be written over any address */
			e->form = EDIT_DECIMAL_LENGTH;
		if (!a->n_claims)
			e->form = EDIT_BE16_LENGTH + e->form % 4;
		else
			e->claim = (uint8_t)pick(a->n_claims);
		at = e->off + e->len;
		if (pick(8) == 0)
			e->off = EDIT_ELSEWHERE;
	}
}

static struct link_answer make_answer(uint32_t id)
{
	struct link_answer a = { .id = id,
				 .outcome = (uint8_t)pick(OUTCOME_DONE), /* which ends the flow */
				 .hold = pick(2) != 0,
				 .boundary = pick(2) != 0,
				 .set_state = pick(4) == 0 };

	if (pick(4) == 0)
		a.back = (uint16_t)pick(pick(2) ? 32 : 65536);
	if (pick(4) == 0)
		a.old = (uint16_t)pick(pick(2) ? 32 : 65536);
	make_claims(&a);
	make_edits(&a);
	return a;
}

/* Notes a packet's verdict; `word` is as rig_kernel() writes it. */
static void note(const char *word)
{
	struct sent *s = &sent[strtoul(word + 1, NULL, 10)];
	const char *text = strchr(word, '=');

	s->verdicts++;
	if (text && !strcmp(text, "=DROP")) {
		n_dropped++;
		s->dropped = true;
	} else if (text) {
		n_changed++;
	} else {
		memset(arrived + s->off, true, s->len);
		memset(now + s->off, true, s->len);
	}
}

/* A packet that was dropped: others must have brought all of it by now, or be kept back. */
static void check_dropped(struct sent *s)
{
	const struct holding *h = &rig.lane->holding;

	for (uint32_t off = s->off; off < s->off + s->len; off++) {
		bool there = now[off];

		for (unsigned i = 0; i < h->n; i++)
			there |= off - (h->list[i].slot.at.seq - (uint32_t)FIRST) <
				 h->list[i].slot.at.payload_len;
		n_lost += !there;
	}
	s->dropped = false;
}

static void note_all(void)
{
	static char words[sizeof(rig_words)];

	snprintf(words, sizeof(words), "%s", rig_kernel());
	for (char *rest = words, *word; (word = strsep(&rest, " "));)
		if (*word == 'v')
			note(word);
		else if (*word)
			n_changed++; /* the stream's numbers */
}

static void play(uint32_t id)
{
	struct sent *s = &sent[id];
	uint32_t from = pick(sizeof(TEXT) - 2);
	struct link_answer a;

	s->off = STEP * (id - 1) + pick(64);
	s->len = 1 + pick((uint32_t)sizeof(TEXT) - 2 - from);
	rig_queue(&(struct queued){ .id = id,
				    .payload = &TEXT[from],
				    .len = s->len,
				    .seq = (uint32_t)FIRST + s->off,
				    .nated = true });
	rig_worker();
	rig.moved = (uint16_t)pick(2);
	a = make_answer(id);
	rig_send_answer(&a);
	rig_turn();
	rig.now += pick(100);
	lane_tick(rig.lane);
	memset(now, false, sizeof(now));
	note_all();
	for (uint32_t i = 1; i <= id; i++)
		if (sent[i].dropped)
			check_dropped(&sent[i]);
}

int main(void)
{
	unsigned n_missing = 0, n_unjudged = 0;

	rig_open();
	rig_employ(10);
	for (uint32_t id = 1; id <= ROUNDS; id++)
		play(id);
	rig.now += LANE_HOLD_MS;
	lane_tick(rig.lane);
	note_all();
	for (uint32_t id = 1; id <= ROUNDS; id++) {
		n_unjudged += sent[id].verdicts != 1;
		for (uint32_t i = 0; i < sent[id].len; i++)
			n_missing += !arrived[sent[id].off + i];
	}
	is_int((long long)rig.counters.violations, 0, "its answers are well-formed");
	is_int(n_changed, 0, "no packet and no number is changed");
	is_int(n_unjudged, 0, "each is judged once");
	is_int(n_missing, 0, "each byte goes on");
	is_int(n_lost, 0, "what is dropped goes on with others");
	ok(rig.counters.held > 100 && n_dropped, "%llu were kept back, %u of them came again",
	   (unsigned long long)rig.counters.held, n_dropped);
	ok(rig.counters.refusals[REFUSED_not_editable] > 100, "claims were refused");
	rig_close();
	return done_testing();
}
