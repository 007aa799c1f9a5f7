// SPDX-License-Identifier: Apache-2.0 OR MIT
/* The free list of include/nebula/kernel/free_list.hpp: every interleaving of its atomic operations, sequentially
 * consistent. docs/free_list_models.md says what this shows.
 *
 * Each step is one atomic operation of the header, in the header's order; what the header computes in between belongs to
 * the step before it. `narrate` says each step, and replay.cpp performs the same steps with the shipped template and
 * compares every value.
 *
 * A thread may do whatever the header allows: pop, or push any block that it has, without end (OPERATIONS 0) or so many
 * times. A search of this model is one of all programs of so many threads and blocks.
 *
 * A change of the head is in the *window* of a thread if it comes between the thread's reading of the head and its
 * exchange. With WINDOW n, at most n changes of others come in any window. That is the assumption to be shown sufficient
 * and necessary; it also makes programs without end a finite number of states.
 */
#ifndef THREADS
#define THREADS 2 /* or 3 */
#endif
#ifndef BLOCKS
#define BLOCKS 3 /* 2, 3 or 4 */
#endif
#ifndef TAG_BITS
#define TAG_BITS 2
#endif
#ifndef OPERATIONS
#define OPERATIONS 0
#endif
#ifndef MANY
#define MANY 0 /* 1: two blocks at a time, too, as pool_cache refills and flushes */
#endif
#ifndef WHOLE
#define WHOLE 1 /* 0: what is asked is only whether a block can be out twice */
#endif
#define END BLOCKS /* the index that names no block */
#define BIT(index) (1 << (index))

/* As the header stores them: differences from the list 0, 1, ..., so that all zero is the full list. */
byte head_index, head_tag, links[BLOCKS], depths[BLOCKS];
#define successor(index) ((links[index] + index + 1) & 255)
#define depth_of(index) ((depths[index] + (BLOCKS - index)) & 255)
#define set_link(index, value) links[index] = ((value) + 255 - index) & 255
#define set_depth(index, value) depths[index] = ((value) + 256 + index - BLOCKS) & 255

/* What only the model knows: bit i iff somebody has block i, and how many nobody has. */
byte out, free_count = BLOCKS;
byte position, visited; /* of check_list(), 0 outside of it */

mtype = { pop, push, pop_two, push_two, load_head, load_link, load_depth, store_link, store_depth, exchange, fail, popped,
          pushed, none_left };
#define narrate(what, a, b) printf("STEP %d %e %d %d\n", _pid, what, a, b)

#ifdef WINDOW
byte window[THREADS]; /* 0: none is open; n + 1: n changes so far */
#define window_opens window[_pid] = 1
#define window_closes window[_pid] = 0
#define may_change_beside(other) (_pid == other || window[other] <= WINDOW)
#define widen(other) window[other] = (window[other] == 0 -> 0 : window[other] + 1)
#if THREADS == 2
#define may_change (may_change_beside(0) && may_change_beside(1))
#define windows_widen widen(0); widen(1)
#else
#define may_change (may_change_beside(0) && may_change_beside(1) && may_change_beside(2))
#define windows_widen widen(0); widen(1); widen(2)
#endif
#else
#define window_opens skip
#define window_closes skip
#define windows_widen skip
#define may_change true
#endif

/* Where an assertion below fails, its text names what is wrong. */
#define already_out(index) ((out & BIT(index)) != 0)

inline observe() { /* what head_.load, or a failed exchange, gives */
  seen_index = head_index;
  seen_tag = head_tag;
  window_opens
}
#define head_is_as_seen (head_index == seen_index && head_tag == seen_tag)

inline change_head(index) { /* advanced(): the index given, and the next tag */
  head_index = index;
  head_tag = (head_tag + 1) % (1 << TAG_BITS);
  window_closes;
  windows_widen
}

inline check_list() { /* it is that of the blocks that nobody has, each once, each depth right */
#if WHOLE
  d_step {
    position = head_index;
    visited = 0;
    do
    :: position != END ->
       assert(visited < free_count);
       assert(!already_out(position));
       assert(depth_of(position) == free_count - visited);
       position = successor(position);
       visited++
    :: else -> break
    od;
    assert(visited == free_count);
    position = 0;
    visited = 0
  }
#else
  skip
#endif
}
#if WHOLE
#define check_free_before assert(seen_depth == free_count)
#define check_empty assert(seen_index != END || free_count == 0)
#else
#define check_free_before skip
#define check_empty skip
#endif

inline take(index) {
  assert(!already_out(index));
  out = out | BIT(index);
  held = held | BIT(index);
  free_count--
}
inline give(index) {
  out = out & (255 - BIT(index));
  held = held & (255 - BIT(index));
  free_count++
}
inline forget() { /* what a call knew is of no use after it, and only makes states differ */
  seen_index = 0;
  seen_tag = 0;
  next = 0;
  seen_depth = 0;
  chosen = 0;
  other = 0;
#if MANY
  first = END;
  second = END;
  left = 0;
  falls = true
#endif
}

inline choose(block, among) {
  if
  :: among & BIT(0) -> block = 0
  :: among & BIT(1) -> block = 1
#if BLOCKS > 2
  :: among & BIT(2) -> block = 2
#endif
#if BLOCKS > 3
  :: among & BIT(3) -> block = 3
#endif
  fi
}

active [THREADS] proctype thread() {
  byte held, chosen, other, seen_index, seen_tag, next, seen_depth;
#if MANY
  byte first = END, second = END, left;
  bool falls = true;
#endif
#if OPERATIONS
  byte operations;
#define may_begin (operations < OPERATIONS)
#define begins operations++
#else
#define may_begin true
#define begins skip
#endif

next_call:
  if
  :: atomic { may_begin -> begins; /* pop(): head_.load */
       narrate(pop, 0, 0);
       observe();
       narrate(load_head, seen_index, seen_tag);
       check_empty }
     do
     :: atomic { seen_index == END -> narrate(none_left, 0, 0); window_closes; forget(); goto next_call }
     :: atomic { seen_index != END -> /* successor() */
          next = successor(seen_index);
          narrate(load_link, seen_index, next) }
        atomic { /* depth_of() */
          seen_depth = depth_of(seen_index);
          narrate(load_depth, seen_index, seen_depth) }
        atomic { /* compare_exchange_weak: it fails if the head has changed, or without cause */
          if
          :: head_is_as_seen && may_change ->
             change_head(next);
             narrate(exchange, next, head_tag);
             narrate(popped, seen_index, seen_depth);
             check_free_before;
             take(seen_index);
             check_list();
             forget();
             goto next_call
          :: true ->
             observe();
             narrate(fail, seen_index, seen_tag);
             check_empty
          fi }
     od
  :: atomic { may_begin && held != 0 -> begins; /* push(): head_.load */
       choose(chosen, held);
       narrate(push, chosen, 0);
       observe();
       narrate(load_head, seen_index, seen_tag) }
     do
     :: true ->
        if
        :: atomic { seen_index == END -> /* set_record(): the link */
             seen_depth = 0;
             set_link(chosen, seen_index);
             narrate(store_link, chosen, seen_index) }
        :: atomic { seen_index != END -> /* depth_of() */
             seen_depth = depth_of(seen_index);
             narrate(load_depth, seen_index, seen_depth) }
           atomic { /* set_record(): the link */
             set_link(chosen, seen_index);
             narrate(store_link, chosen, seen_index) }
        fi;
        atomic { /* set_record(): the depth */
          set_depth(chosen, seen_depth + 1);
          narrate(store_depth, chosen, seen_depth + 1) }
        atomic { /* compare_exchange_weak */
          if
          :: head_is_as_seen && may_change ->
             change_head(chosen);
             narrate(exchange, chosen, head_tag);
             narrate(pushed, chosen, seen_depth);
             check_free_before;
             give(chosen);
             check_list();
             forget();
             goto next_call
          :: true -> observe(); narrate(fail, seen_index, seen_tag)
          fi }
     od
#if MANY
  :: atomic { may_begin -> begins; /* pop_many(2): head_.load */
       narrate(pop_two, 0, 0);
       observe();
       narrate(load_head, seen_index, seen_tag);
       check_empty }
     do
     :: atomic { seen_index == END -> narrate(none_left, 0, 0); window_closes; forget(); goto next_call }
     :: atomic { seen_index != END -> /* depth_of(): how many there are */
          seen_depth = depth_of(seen_index);
          left = (seen_depth < 2 -> seen_depth : 2);
          next = seen_index;
          narrate(load_depth, seen_index, seen_depth) }
        do
        :: atomic { left != 0 && next < END -> /* depth_of(): whether it falls */
             falls = (falls && depth_of(next) == seen_depth - (first == END -> 0 : 1));
             narrate(load_depth, next, depth_of(next)) }
           atomic { /* successor() */
             narrate(load_link, next, successor(next));
             if
             :: first == END -> first = next
             :: else -> second = next
             fi;
             next = successor(next);
             left-- }
        :: atomic { left == 0 || next >= END -> /* compare_exchange_weak */
             if
             :: head_is_as_seen && may_change ->
                change_head(next);
                narrate(exchange, next, head_tag);
                narrate(popped, first, seen_depth);
                check_free_before;
                take(first);
                if
                :: second != END -> take(second)
                :: else
                fi;
#if WHOLE
                assert(falls && left == 0);
#endif
                check_list();
                forget();
                goto next_call
             :: true ->
                observe();
                narrate(fail, seen_index, seen_tag);
                check_empty;
                first = END;
                second = END;
                falls = true;
                break
             fi }
        od
     od
  :: atomic { may_begin && (held & (held - 1)) != 0 -> begins; /* push_many(2), `other` on top: head_.load */
       choose(chosen, held);
       choose(other, (held & (255 - BIT(chosen))));
       narrate(push_two, chosen, other);
       observe();
       narrate(load_head, seen_index, seen_tag) }
     do
     :: true ->
        if
        :: atomic { seen_index == END ->
             seen_depth = 0;
             set_link(chosen, seen_index);
             narrate(store_link, chosen, seen_index) }
        :: atomic { seen_index != END ->
             seen_depth = depth_of(seen_index);
             narrate(load_depth, seen_index, seen_depth) }
           atomic {
             set_link(chosen, seen_index);
             narrate(store_link, chosen, seen_index) }
        fi;
        atomic {
          set_depth(chosen, seen_depth + 1);
          narrate(store_depth, chosen, seen_depth + 1) }
        atomic {
          set_link(other, chosen);
          narrate(store_link, other, chosen) }
        atomic {
          set_depth(other, seen_depth + 2);
          narrate(store_depth, other, seen_depth + 2) }
        atomic {
          if
          :: head_is_as_seen && may_change ->
             change_head(other);
             narrate(exchange, other, head_tag);
             narrate(pushed, other, seen_depth);
             check_free_before;
             give(chosen);
             give(other);
             check_list();
             forget();
             goto next_call
          :: true -> observe(); narrate(fail, seen_index, seen_tag)
          fi }
     od
#endif
#if OPERATIONS
  :: operations == OPERATIONS -> skip
#endif
  fi
}
