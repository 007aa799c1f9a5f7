// SPDX-License-Identifier: Apache-2.0 OR MIT
/// Arenas of objects, handles, and raw blocks and marks of somebody else, all in one allocator, in random order, with
/// constructors that throw, and objects whose blocks somebody frees by their addresses; and handles in a pool whose blocks are freed behind their backs. The model knows which
/// objects are alive, and says before each step which of them end, in which order, and what is reported.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include <nebula/nebula.hpp>
#include "construct_property.hpp"
#include "ledger.hpp"

namespace nebula::test {

class finding {
public:
  template <class Actual, class Expected>
  void expect_equal(const char* what, const Actual& actual, const Expected& expected) {
    if (!(actual == expected) && text_.empty()) {
      std::ostringstream out;
      out << what << ": " << show(actual) << ", predicted " << show(expected);
      text_ = out.str();
    }
  }
  void expect(const char* what, bool holds) { expect_equal(what, holds, true); }
  [[nodiscard]] const std::string& text() const { return text_; }

private:
  static std::string show(bool value) { return value ? "true" : "false"; }
  static std::string show(std::size_t value) { return std::to_string(value); }
  static std::string show(error_code value) { return name(value); }
  template <class Container>
  static std::string show(const Container& ids) {
    std::string out = "{";
    for (const int id : ids) {
      out += ' ';
      out += std::to_string(id);
    }
    out += " }";
    return out;
  }
  std::string text_;
};

reached& totals() {
  static reached total;
  return total;
}

/// What the hook was told.
struct told {
  std::size_t count = 0;
  error_code last = error_code::none;
  [[nodiscard]] fault_hook hook() {
    return {[](void* context, const fault& report) {
              auto& self = *static_cast<told*>(context);
              ++self.count;
              self.last = report.what.code;
            },
            this};
  }
};

/// An object, and where it stands.
struct object_model {
  int id;
  const void* place;
  std::size_t size;
  std::size_t moment; ///< of its allocation
};
struct arena_model {
  std::vector<object_model> objects; ///< in the order of their making
  bool is_stale = false;
};
struct handle_model {
  std::optional<object_model> object;
  bool is_stale = false;
};

/// A plan over a storage.
template <class Config>
class plan_of {
public:
  plan_of(byte_span storage, fault_hook hook, check_level level) : config_{storage, hook, level} {}
  [[nodiscard]] auto plan() { return config_.validate().value(); }

private:
  Config config_;
};
/// An arena's, whose chunks come from the storage.
template <bool Tracks>
struct arena_config_that : arena_config {};
template <bool Tracks>
class plan_of<arena_config_that<Tracks>> {
public:
  plan_of(byte_span storage, fault_hook hook, check_level level)
      : chunks_(stack_config{storage}.validate().value()), hook_(hook), level_(level) {}
  [[nodiscard]] arena_plan plan() {
    arena_config config;
    config.source = chunks_.source();
    config.chunk_bytes = arena_config::chunk_bytes_min() + 200;
    config.track_allocations = Tracks;
    config.hook = hook_;
    config.level = level_;
    return config.validate().value();
  }

private:
  span_chunk_source chunks_;
  fault_hook hook_;
  check_level level_;
};

/// Which blocks an allocator takes back by their addresses.
enum class frees { last, top, any };

/// Arenas of objects, handles, raw blocks and raw marks over one bump, stack or arena.
template <class Allocator, class Config, frees Frees>
class shared_memory {
public:
  shared_memory(std::size_t capacity, check_level level)
      : plan_({storage_.data(), capacity}, heard_.hook(), level), allocator_(plan_.plan()) {}

  [[nodiscard]] std::string run(const std::vector<step>& steps) {
    for (std::size_t index = 0; index < steps.size(); ++index) {
      take(steps[index]);
      compare();
      if (!found_.text().empty()) {
        return "step " + std::to_string(index) + ": " + found_.text();
      }
    }
    for (std::uint8_t slot = 0; slot < handles_.size(); ++slot) {
      drop(slot);
    }
    clear(small_, small_model_);
    clear(wide_, wide_model_);
    clear_numbers();
    compare();
    return found_.text().empty() ? "" : "end: " + found_.text();
  }

private:
  static constexpr bool is_stack = Frees == frees::top;
  using handle = unique_handle<tracked<>, Allocator>;
  template <std::size_t Align>
  using arena_of = typed_arena<tracked<Align>, Allocator>;
  struct raw_mark {
    marker point;
    std::size_t moment;
  };
  struct raw_block {
    std::byte* place;
    layout shape;
    std::size_t moment;
  };

  using number = std::uint64_t;
  struct number_model {
    number* place;
    number value;
    std::size_t moment;
  };

  void take(const step& now) {
    ++totals().steps;
    totals().steps_in_a_stack += is_stack ? 1U : 0U;
    ++moment_;
    switch (now.what) {
    case 0:
    case 1: return now.target % 2 == 0 ? emplace(small_, small_model_, now) : emplace(wide_, wide_model_, now);
    case 2:
      return now.target % 2 == 0 ? emplace_range(small_, small_model_, now) : emplace_range(wide_, wide_model_, now);
    case 3: return now.target % 2 == 0 ? clear(small_, small_model_) : clear(wide_, wide_model_);
    case 4:
    case 5: return make(now);
    case 6: return reset_handle(now.target % handles_.size());
    case 7: return move(now.target % handles_.size(), now.amount % handles_.size());
    case 8: return look(now.target % handles_.size());
    case 9:
      if (const result<marker> point = allocator_.mark()) {
        marks_.push_back({point.value(), moment_});
      }
      return;
    case 10: return restore(now.target);
    case 11: return allocate(now);
    case 12: return deallocate();
    case 13: return free_behind_the_handles_back(now.target % handles_.size());
    case 14: return emplace_number(now);
    case 15: return now.amount % 4 == 0 ? clear_numbers() : free_a_number(now);
    default:
      if (now.amount % 8 == 0) { // or programs do not get far
        found_.expect("reset", allocator_.reset().has_value());
        discard_from(0);
      }
    }
  }

  /// Everything that was allocated from that moment on is gone.
  void discard_from(std::size_t moment) {
    const auto lose = [&](std::vector<object_model>& objects) {
      bool lost = false;
      for (const object_model& each : objects) {
        if (each.moment >= moment) {
          lost = true;
          forget(each);
        }
      }
      return lost;
    };
    for (arena_model* const arena : {&small_model_, &wide_model_}) {
      if (lose(arena->objects)) {
        arena->is_stale = true; // what is still there of it will never end
        for (const object_model& each : arena->objects) {
          if (each.moment < moment) {
            left_behind_.push_back(each);
          }
        }
        arena->objects.clear();
      }
    }
    for (handle_model& each : handle_models_) {
      if (each.object && each.object->moment >= moment) {
        forget(*each.object);
        each.object.reset();
        each.is_stale = true;
      }
    }
    static_cast<void>(lose(left_behind_));
    are_numbers_stale_ = are_numbers_stale_ || std::any_of(numbers_made_.begin(), numbers_made_.end(),
                                                           [&](const auto& each) { return each.moment >= moment; });
    if (are_numbers_stale_) {
      numbers_made_.clear();
    }
    const auto is_gone = [&](const auto& each) { return each.moment >= moment; };
    std::erase_if(left_behind_, is_gone);
    std::erase_if(marks_, is_gone);
    std::erase_if(blocks_, is_gone);
  }
  void forget(const object_model& object) {
    book_.discard(object.place, object.size);
    alive_.erase(object.id);
  }
  [[nodiscard]] object_model model_of(const void* place, std::size_t size, int id) {
    alive_.insert(id);
    return {id, place, size, moment_};
  }

  /// A call on an arena that has lost objects says so, once; the arena is then empty.
  template <class Outcome>
  [[nodiscard]] bool is_told_stale(arena_model& model, const Outcome& outcome) {
    if (!model.is_stale) {
      return false;
    }
    ++totals().stale_arenas;
    model.is_stale = false;
    faults_ += 1;
    found_.expect_equal("stale arena", outcome.code(), error_code::stale_handle);
    return true;
  }

  template <class Arena>
  void emplace(Arena& arena, arena_model& model, const step& now) {
    const allocator_state before = allocator_.state();
    const bool fails = now.amount % 8 == 7;
    fails ? book_.fail_after(0) : book_.fail_never();
    const int id = next_id_++;
    try {
      const auto made = arena.emplace(id);
      book_.fail_never();
      if (is_told_stale(model, made)) {
        return;
      }
      if (made.has_value()) {
        found_.expect("a constructor that throws", !fails);
        model.objects.push_back(model_of(made.value(), sizeof(*made.value()), id));
      } else {
        expect_unchanged(before, made.code());
      }
    } catch (const planned_failure&) {
      ++totals().constructors_that_threw;
      found_.expect("no constructor that throws", fails && !model.is_stale);
      expect_unchanged(before, error_code::exhausted);
    }
  }

  template <class Arena>
  void emplace_range(Arena& arena, arena_model& model, const step& now) {
    const allocator_state before = allocator_.state();
    std::vector<int> ids(now.amount % 6);
    std::generate(ids.begin(), ids.end(), [&] { return next_id_++; });
    const std::size_t failing = now.amount / 6 % 12; // in half of the cases beyond the end
    book_.fail_after(failing);
    book_.forget_ended();
    try {
      const auto made = arena.emplace_range(ids.begin(), ids.end());
      book_.fail_never();
      if (ids.empty()) {
        found_.expect("an empty range", made.has_value() && made.value().empty());
        return;
      }
      if (is_told_stale(model, made)) {
        return;
      }
      if (!made.has_value()) {
        return expect_unchanged(before, made.code());
      }
      found_.expect("a constructor that throws", failing >= ids.size());
      found_.expect_equal("objects made", made.value().size(), ids.size());
      for (std::size_t index = 0; index < ids.size(); ++index) {
        model.objects.push_back(model_of(&made.value()[index], sizeof(made.value()[index]), ids[index]));
      }
    } catch (const planned_failure&) {
      ++totals().constructors_that_threw;
      ids.resize(std::min(failing, ids.size()));
      std::reverse(ids.begin(), ids.end());
      found_.expect_equal("ended before the one that threw", book_.ended(), ids);
      expect_unchanged(before, error_code::exhausted);
    }
  }

  template <class Arena>
  void clear(Arena& arena, arena_model& model) {
    book_.forget_ended();
    std::vector<int> ids;
    for (auto each = model.objects.rbegin(); each != model.objects.rend(); ++each) {
      ids.push_back(each->id);
      alive_.erase(each->id);
    }
    model.objects.clear();
    const auto cleared = arena.clear();
    if (!is_told_stale(model, cleared)) {
      found_.expect_equal("clear", cleared.code(), error_code::none);
    }
    found_.expect_equal("ended by a clear", book_.ended(), ids);
    found_.expect_equal("size of a cleared arena", arena.size(), std::size_t{0});
  }

  void make(const step& now) {
    const std::size_t slot = now.target % handles_.size();
    drop(slot);
    const allocator_state before = allocator_.state();
    const bool fails = now.amount % 8 == 7;
    fails ? book_.fail_after(0) : book_.fail_never();
    const int id = next_id_++;
    try {
      handles_[slot] = make_handle<tracked<>>(allocator_, id);
      book_.fail_never();
      if (handles_[slot].has_value()) {
        handle_models_[slot].object = model_of(handles_[slot].get().value(), sizeof(tracked<>), id);
      } else {
        expect_unchanged(before, handles_[slot].code());
      }
    } catch (const planned_failure&) {
      ++totals().constructors_that_threw;
      expect_unchanged(before, error_code::exhausted);
    }
  }
  /// The end of a handle, by the assignment of an empty one.
  void drop(std::size_t slot) {
    expect_end_of(slot, [&] { handles_[slot] = handle{}; });
  }
  template <class End>
  void expect_end_of(std::size_t slot, End end) {
    handle_model& model = handle_models_[slot];
    book_.forget_ended();
    std::vector<int> ids;
    if (model.object) {
      ids.push_back(model.object->id);
      alive_.erase(model.object->id);
    }
    const std::size_t before = heard_.count;
    end();
    found_.expect_equal("ended by the end of a handle", book_.ended(), ids);
    if (model.is_stale) {
      ++totals().stale_handles;
      faults_ += 1;
      found_.expect_equal("the end of a stale handle", heard_.last, error_code::stale_handle);
    } else if (is_stack && heard_.count != before) {
      ++totals().ends_out_of_order;
      faults_ += 1;
      found_.expect_equal("out of order", heard_.last, error_code::lifo_violation);
    }
    model = {};
  }
  void reset_handle(std::size_t slot) {
    handle_model& model = handle_models_[slot];
    book_.forget_ended();
    const error_code code = handles_[slot].reset().code();
    if (model.is_stale) {
      faults_ += 1;
      model.is_stale = false;
      found_.expect_equal("reset of a stale handle", code, error_code::stale_handle);
    } else if (is_stack && model.object && code == error_code::lifo_violation) {
      faults_ += 1;
      found_.expect("keeps what it holds", handles_[slot].has_value());
      return;
    } else {
      found_.expect_equal("reset of a handle", code, error_code::none);
      found_.expect_equal("ended by a reset", book_.ended().size(), std::size_t{model.object ? 1U : 0U});
    }
    if (model.object) {
      alive_.erase(model.object->id);
    }
    model = {};
    found_.expect("holds nothing", !handles_[slot].has_value());
  }
  void move(std::size_t from, std::size_t to) {
    if (from == to) {
      handle& same = handles_[to];
      handles_[to] = std::move(same);
      return;
    }
    expect_end_of(to, [&] { handles_[to] = std::move(handles_[from]); });
    handle_models_[to] = handle_models_[from];
    handle_models_[from] = {};
  }
  void look(std::size_t slot) {
    const handle_model& model = handle_models_[slot];
    const auto object = handles_[slot].get();
    if (model.object) {
      found_.expect("the object that it holds", object.has_value() && object.value()->id() == model.object->id);
      return;
    }
    if (model.is_stale) {
      faults_ += 1;
      found_.expect_equal("a stale handle", object.code(), error_code::stale_handle);
    } else {
      faults_ = heard_.count; // to the hook of the allocator that it was of, if it ever was of one
      found_.expect_equal("an empty handle", object.code(), error_code::null_pointer);
    }
  }

  void restore(std::size_t target) {
    if (!marks_.empty()) {
      const raw_mark chosen = marks_[target % marks_.size()];
      found_.expect("restore of an open mark", allocator_.restore(chosen.point).has_value());
      discard_from(chosen.moment);
    }
  }
  void allocate(const step& now) {
    const layout shape{std::size_t{1} + now.amount % 40, std::size_t{1} << (now.target % 6)};
    if (const result<std::byte*> block = allocator_.allocate(shape)) {
      std::fill(block.value(), block.value() + shape.size, std::byte{0xA5});
      blocks_.push_back({block.value(), shape, moment_});
    }
  }
  /// Of the newest raw block: right if it is the last or the top, else refused, and on a stack reported.
  void deallocate() {
    if (blocks_.empty()) {
      return;
    }
    const error_code code = allocator_.deallocate(blocks_.back().place, blocks_.back().shape).code();
    if (code == error_code::none) {
      blocks_.pop_back();
    } else {
      expect_refused_by_order("raw free", code);
    }
  }
  void expect_refused_by_order(const char* what, error_code code) {
    faults_ += is_stack ? 1 : 0;
    found_.expect_equal(what, code, is_stack ? error_code::lifo_violation : error_code::not_last_block);
  }

  /// Of a block that a handle owns: nobody can, but in an arena that tracks its blocks, and there the handle knows.
  void free_behind_the_handles_back(std::size_t slot) {
    handle_model& model = handle_models_[slot];
    if (!model.object) {
      return;
    }
    auto* const block = reinterpret_cast<std::byte*>(handles_[slot].get().value());
    const error_code code = allocator_.deallocate(block, layout::of<tracked<>>()).code();
    if constexpr (Frees == frees::any) {
      ++totals().freed_by_address;
      found_.expect_equal("free of a handle's block", code, error_code::none);
      forget(*model.object);
      model.object.reset();
      model.is_stale = true;
    } else {
      expect_refused_by_order("free of a handle's block", code);
    }
  }

  // Objects without a destructor, which nothing is known of but their bytes.

  void emplace_number(const step& now) {
    const bool was_stale = are_numbers_stale_;
    const allocator_state before = allocator_.state();
    const auto made = numbers_.emplace(now.amount);
    are_numbers_stale_ = false;
    if (was_stale) {
      faults_ += 1;
      found_.expect_equal("stale numbers", made.code(), error_code::stale_handle);
    } else if (made.has_value()) {
      numbers_made_.push_back({made.value(), now.amount, moment_});
    } else {
      expect_unchanged(before, made.code());
    }
  }
  void clear_numbers() {
    const error_code code = numbers_.clear().code();
    faults_ += are_numbers_stale_ ? 1 : 0;
    found_.expect_equal("clear of numbers", code, are_numbers_stale_ ? error_code::stale_handle : error_code::none);
    are_numbers_stale_ = false;
    numbers_made_.clear();
  }
  /// By its address, which is no block's.
  void free_a_number(const step& now) {
    if (numbers_made_.empty()) {
      return;
    }
    ++totals().freed_by_address;
    auto* const place = reinterpret_cast<std::byte*>(numbers_made_[now.target % numbers_made_.size()].place);
    const error_code code = allocator_.deallocate(place, layout::of<number>()).code();
    const bool may_be_refused = Frees == frees::last && code == error_code::not_last_block; // not the last, either
    faults_ += may_be_refused ? 0 : 1;
    found_.expect_equal("free of a number", code,
                        may_be_refused ? error_code::not_last_block : error_code::misaligned_pointer);
  }

  void expect_unchanged(const allocator_state& before, error_code why) {
    const allocator_state now = allocator_.state();
    ++totals().refusals;
    found_.expect("refused for lack of room", why == error_code::exhausted || why == error_code::layout_unsupported);
    found_.expect_equal("bytes used after a failure", now.used_bytes, before.used_bytes);
    if constexpr (!std::is_same_v<Allocator, arena>) { // which keeps a chunk that it took
      found_.expect_equal("bytes available after a failure", now.available_bytes, before.available_bytes);
    }
    found_.expect_equal("blocks live after a failure", now.live_blocks, before.live_blocks);
  }
  void compare() {
    found_.expect_equal("constructors and destructors where there should be none", book_.wrong(), std::size_t{0});
    found_.expect_equal("objects alive", book_.alive_ids(), alive_);
    found_.expect_equal("faults", heard_.count, faults_);
    found_.expect_equal("size of the small arena", small_.size(),
                        small_model_.is_stale ? small_.size() : small_model_.objects.size());
    for (const number_model& each : numbers_made_) {
      found_.expect("a number is as it was", *each.place == each.value);
    }
    for (const raw_mark& each : marks_) {
      found_.expect("somebody else's mark is open", allocator_.is_open(each.point));
    }
    for (const raw_block& each : blocks_) {
      found_.expect(
          "somebody else's block is as it was",
          std::all_of(each.place, each.place + each.shape.size, [](std::byte b) { return b == std::byte{0xA5}; }));
    }
    found_.expect("invariants", allocator_.check_invariants().has_value());
  }

  alignas(64) std::array<std::byte, 4096> storage_{};
  told heard_{};
  ledger book_{};
  plan_of<Config> plan_;
  Allocator allocator_;
  arena_of<alignof(int)> small_{allocator_};
  arena_of<64> wide_{allocator_};
  typed_arena<number, Allocator> numbers_{allocator_};
  std::array<handle, 4> handles_{};

  finding found_{};
  arena_model small_model_{};
  arena_model wide_model_{};
  std::array<handle_model, 4> handle_models_{};
  std::vector<object_model> left_behind_{};
  std::vector<number_model> numbers_made_{};
  bool are_numbers_stale_ = false;
  std::vector<raw_mark> marks_{};
  std::vector<raw_block> blocks_{};
  std::set<int> alive_{};
  std::size_t faults_ = 0;
  std::size_t moment_ = 0;
  int next_id_ = 1;
};

/// Handles and pooled objects in a pool, some of whose blocks are freed behind their backs.
template <class Pool>
class pool_memory {
public:
  explicit pool_memory(check_level level)
      : pool_(typename Pool::config_type{
            {storage_.data(), storage_.size()}, sizeof(tracked<>), alignof(tracked<>), 5, heard_.hook(), level}
                  .validate()
                  .value()) {}

  [[nodiscard]] std::string run(const std::vector<step>& steps) {
    for (std::size_t index = 0; index < steps.size(); ++index) {
      take(steps[index]);
      compare();
      if (!found_.text().empty()) {
        return "step " + std::to_string(index) + ": " + found_.text();
      }
    }
    return "";
  }

private:
  struct noting_hook {
    std::vector<int>* hooked;
    void operator()(tracked<>& object) const noexcept { hooked->push_back(object.id()); }
  };
  using handle = unique_handle<tracked<>, Pool>;
  using owner = pooled<tracked<>, Pool, noting_hook>;
  struct slot {
    handle held{};
    std::optional<owner> owned{}; ///< one or the other
    int id = 0;                   ///< 0: nothing is there
    bool is_stale = false;
  };

  void take(const step& now) {
    ++totals().steps;
    slot& chosen = slots_[now.target % slots_.size()];
    slot& other = slots_[now.amount % slots_.size()];
    switch (now.what % 6) {
    case 0:
    case 1: {
      end(chosen);
      const int id = next_id_++;
      const auto make = [&] {
        if (now.amount % 2 == 0) {
          chosen.held = make_handle<tracked<>>(pool_, id);
          return chosen.held.has_value();
        }
        chosen.owned.emplace(pool_, noting_hook{&hooked_}, std::in_place, id);
        return chosen.owned->has_value();
      };
      const bool made = make();
      found_.expect_equal("a slot was free", made, alive_.size() < 5);
      if (made) {
        chosen.id = id;
        alive_.insert(id);
      }
      return;
    }
    case 2: return end(chosen);
    case 3: // behind the owner's back
      if (chosen.id != 0 && !chosen.is_stale) {
        const result<tracked<>*> object = chosen.owned ? chosen.owned->get() : chosen.held.get();
        found_.expect("destroy by address", object.has_value() && destroy(pool_, object.value()).has_value());
        alive_.erase(chosen.id);
        chosen.is_stale = true;
      }
      return;
    case 4:
      if (&chosen != &other && !chosen.owned && !other.owned) {
        end(chosen);
        chosen.held = std::move(other.held);
        chosen.id = other.id;
        chosen.is_stale = other.is_stale;
        other.id = 0;
        other.is_stale = false;
      }
      return;
    default:
      if (chosen.id != 0) {
        const result<tracked<>*> object = chosen.owned ? chosen.owned->get() : chosen.held.get();
        faults_ += chosen.is_stale ? 1 : 0;
        found_.expect_equal("stale", object.code(), chosen.is_stale ? error_code::stale_handle : error_code::none);
        found_.expect("the object that it holds", !object.has_value() || object.value()->id() == chosen.id);
      }
    }
  }
  /// Ends what the slot holds: once, with the hook before if it has one, and not at all if it is there no more.
  void end(slot& chosen) {
    book_.forget_ended();
    hooked_.clear();
    const bool ends = chosen.id != 0 && !chosen.is_stale;
    const std::vector<int> ids(ends ? 1 : 0, chosen.id);
    const std::vector<int> hooks(ends && chosen.owned ? 1 : 0, chosen.id);
    chosen.owned.reset();
    chosen.held = handle{};
    found_.expect_equal("ended", book_.ended(), ids);
    found_.expect_equal("hook ran", hooked_, hooks);
    totals().stale_handles += chosen.is_stale ? 1 : 0;
    faults_ += chosen.is_stale ? 1 : 0;
    if (ends) {
      alive_.erase(chosen.id);
    }
    chosen.id = 0;
    chosen.is_stale = false;
  }
  void compare() {
    found_.expect_equal("constructors and destructors where there should be none", book_.wrong(), std::size_t{0});
    found_.expect_equal("objects alive", book_.alive_ids(), alive_);
    found_.expect_equal("faults", heard_.count, faults_);
    found_.expect_equal("live blocks", pool_.state().live_blocks, alive_.size());
    found_.expect("invariants", pool_.check_invariants().has_value());
  }

  alignas(64) std::array<std::byte, 1024> storage_{};
  told heard_{};
  ledger book_{};
  std::vector<int> hooked_{};
  Pool pool_;
  std::array<slot, 7> slots_{}; // more than blocks
  finding found_{};
  std::set<int> alive_{};
  std::size_t faults_ = 0;
  int next_id_ = 1;
};

std::string run_in_bump(std::size_t capacity_bytes, check_level level, const std::vector<step>& steps) {
  return shared_memory<bump_allocator, bump_config, frees::last>(capacity_bytes, level).run(steps);
}
std::string run_in_stack(std::size_t capacity_bytes, check_level level, const std::vector<step>& steps) {
  return shared_memory<stack_allocator, stack_config, frees::top>(capacity_bytes, level).run(steps);
}
std::string run_in_arena(std::size_t capacity_bytes, check_level level, const std::vector<step>& steps) {
  return shared_memory<arena, arena_config_that<false>, frees::last>(capacity_bytes, level).run(steps);
}
std::string run_in_arena_that_tracks(std::size_t capacity_bytes, check_level level, const std::vector<step>& steps) {
  return shared_memory<arena, arena_config_that<true>, frees::any>(capacity_bytes, level).run(steps);
}
std::string run_in_pool(check_level level, const std::vector<step>& steps) {
  return pool_memory<pool_allocator>(level).run(steps);
}
std::string run_in_local_pool(check_level level, const std::vector<step>& steps) {
  return pool_memory<local_pool_allocator>(level).run(steps);
}

} // namespace nebula::test
