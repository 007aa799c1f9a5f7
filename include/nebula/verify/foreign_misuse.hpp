// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include <nebula/verify/driver.hpp>
#include <nebula/verify/foreign_subject.hpp>

/// One mistake each, on an allocator that may have promised nothing of it: what it makes of the call, and whether right
/// programs go well after that. To be run in a process of its own.
namespace nebula::verify {

struct misuse_trial {
  const char* what;
  misuse kind;              ///< none: no call, but a write to memory that is the allocator's
  std::size_t frees_before; ///< of three blocks, the newest first
  bool resets_before = false;
  bool marks_before = false; ///< and goes back to the mark
  operation act{};
};

inline constexpr std::array misuse_trials{
    misuse_trial{"a block freed twice", misuse::double_free, 1, false, false, {.what = action::deallocate_dead}},
    misuse_trial{
        "freed twice, another one between", misuse::double_free, 2, false, false, {.what = action::deallocate_dead}},
    misuse_trial{"freed after a reset", misuse::double_free, 0, true, false, {.what = action::deallocate_dead}},
    misuse_trial{"a pointer into a block freed",
                 misuse::inside_pointer,
                 0,
                 false,
                 false,
                 {.what = action::deallocate_inside, .target = 2, .variant = 7}},
    misuse_trial{"a pointer to other memory freed",
                 misuse::foreign_pointer,
                 0,
                 false,
                 false,
                 {.what = action::deallocate_outside, .variant = 5}},
    misuse_trial{"null freed", misuse::null_pointer, 0, false, false, {.what = action::deallocate_null}},
    misuse_trial{"freed with half its size",
                 misuse::wrong_layout,
                 0,
                 false,
                 false,
                 {.what = action::deallocate_wrong_layout, .target = 2, .variant = 7}},
    misuse_trial{"freed with a size of 2^64 - 1",
                 misuse::impossible_layout,
                 0,
                 false,
                 false,
                 {.what = action::deallocate_wrong_layout, .target = 2, .variant = 5}},
    misuse_trial{"freed out of order", misuse::out_of_order, 0, false, false, {.what = action::deallocate}},
    misuse_trial{"a mark restored twice", misuse::stale_mark, 0, false, true, {.what = action::restore}},
    misuse_trial{"a freed block written to", misuse::none, 2, false, false, {.what = action::write_dead}},
    misuse_trial{"the bytes behind a block written to", misuse::none, 0, false, false, {.what = action::write_beyond}},
};

/// How far a trial has come; kept where its parent process sees it.
struct trial_progress {
  bool is_prepared = false;
  bool is_done = false; ///< the mistake has been made, and the call came back
  bool was_refused = false;
  bool is_finished = false;
  bool found_damage = false; ///< live blocks or foreign memory were damaged, or a block given out that is not free
  bool found_other = false;  ///< right calls were refused, or memory was lost
  char words[160] = {};
};

/// True iff the mistake can be made with the allocator at all.
template <class Adapter>
[[nodiscard]] constexpr bool is_applicable(const misuse_trial& trial) {
  using front = foreign_front<Adapter>;
  return !(trial.resets_before && !front::has_reset) && !(trial.marks_before && !front::has_marks) &&
         !(trial.kind == misuse::out_of_order && !Adapter::promises.frees_newest_first);
}

/// Makes the mistake, and goes on with what any program does. What was seen stands in `seen`, as far as this comes.
template <class Adapter>
class misuse_run {
public:
  explicit misuse_run(trial_progress& seen) : seen_(seen), subject_(configuration{.capacity_bytes = 2048}) {}

  void run(const misuse_trial& trial) {
    seen_.is_prepared = prepare(trial);
    if (!seen_.is_prepared) {
      return note();
    }
    subject_.model().dare();
    make(trial);
    if (run_.checks().seen().none()) {
      go_on();
    }
    note();
    seen_.is_finished = true;
  }

private:
  using subject_type = foreign_subject<Adapter>;

  static constexpr operation block{
      .what = action::allocate,
      .align_log2 = Adapter::promises.align_max_bytes < 8 ? 0 : 3,
      .size = static_cast<std::uint16_t>(std::min<std::size_t>(24, Adapter::promises.size_max_bytes))};

  bool prepare(const misuse_trial& trial) {
    repeat(trial.marks_before ? 1 : 0, {.what = action::mark});
    repeat(3, block);
    const bool has_blocks = run_.checks().live().size() == 3;
    repeat(trial.marks_before ? 1 : 0, {.what = action::restore});
    repeat(trial.frees_before, {.what = action::deallocate_newest});
    repeat(trial.resets_before ? 1 : 0, {.what = action::reset});
    return has_blocks && run_.checks().seen().none();
  }

  void make(const misuse_trial& trial) {
    if (trial.act.what == action::write_dead) {
      const held_block& dead = run_.checks().dead().front();
      write_astray(dead.start, dead.request.size);
    } else if (trial.act.what == action::write_beyond) {
      write_behind_the_last();
    } else {
      run_.perform(trial.act);
      seen_.was_refused = subject_.allocator().has_refused();
    }
    seen_.is_done = true;
  }
  /// Only what is no live block's: between blocks each damages what it likes.
  void write_behind_the_last() {
    const auto& live = run_.checks().live();
    const held_block& last =
        *std::max_element(live.begin(), live.end(), [](const held_block& left, const held_block& right) {
          return left.start + left.request.size < right.start + right.request.size;
        });
    const byte_span storage = subject_.storage().span();
    const auto left = static_cast<std::size_t>(storage.data + storage.size - (last.start + last.request.size));
    write_astray(last.start + last.request.size, std::min<std::size_t>(left, 16));
  }
  static void write_astray(std::byte* place, std::size_t count) {
    for (std::size_t index = 0; index < count; ++index) {
      verify::write_astray(place + index, 0x5A);
    }
  }

  /// As much as there is, all back, and again; then the same after a reset.
  void go_on() {
    for (unsigned round = 0; round < 3; ++round) {
      repeat(round == 2 ? 1 : 0, {.what = action::reset});
      repeat(blocks_max, block);
      repeat(blocks_max, {.what = action::deallocate_newest});
    }
    run_.finish();
  }
  void repeat(std::size_t times, const operation& step) {
    for (std::size_t time = 0; time < times && run_.checks().seen().none(); ++time) {
      run_.perform(step);
    }
  }

  void note() {
    seen_.found_damage = run_.checks().seen().unsafe();
    seen_.found_other = !run_.checks().seen().none() && !seen_.found_damage;
    const std::string& words = run_.checks().wrong();
    words.copy(seen_.words, std::min(words.size(), sizeof(seen_.words) - 1));
  }

  static constexpr std::size_t blocks_max = 96; // of 24 bytes: more than the storage has

  trial_progress& seen_;
  subject_type subject_;
  execution<subject_type> run_{subject_};
};

} // namespace nebula::verify
