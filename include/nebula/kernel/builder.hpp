// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <nebula/kernel/arena_config.hpp>
#include <nebula/kernel/budget.hpp>
#include <nebula/kernel/bump_allocator.hpp>
#include <nebula/kernel/configuration.hpp>
#include <nebula/kernel/local_pool_allocator.hpp>
#include <nebula/kernel/pool_allocator.hpp>
#include <nebula/kernel/segregated_allocator.hpp>
#include <nebula/kernel/stack_allocator.hpp>

namespace nebula {

/// Which fields of a configuration are meant: one bit each.
using field_set = std::uint64_t;

/// The set of the fields given.
template <class... Fields>
[[nodiscard]] constexpr field_set set_of(Fields... fields) noexcept {
  return (field_set{0} | ... | (field_set{1} << static_cast<unsigned>(fields)));
}

/// Whether a configuration has a check level: a budget holds no memory that could be walked.
template <class Config, class = void>
struct has_check_level : std::false_type {};
template <class Config>
struct has_check_level<Config, std::void_t<decltype(Config::level)>> : std::true_type {};

/// Fills in a configuration field by field, and knows at compile time which fields have been given:
///
///     auto plan = pool_builder{}.storage(bytes).block_size_bytes(64).block_count(100).build();
///
/// A required field that was not given, a field that was given twice, and a field that the configuration does not have
/// do not compile, and the compiler's message names the field. [SR-CONF-002] A value out of its range is build()'s
/// error; range_of(builder.config(), plan.error()) says what it may be. Each call returns another builder: a builder
/// can be kept as a pattern for several. constexpr but for build(). One owner.
///
/// Config is any aggregate with validate(); Required its fields that have no default. An allocator gets its builder by
/// one line, at the end of this header.
template <class Config, field_set Required, field_set Given = 0>
class builder {
  using field = configuration_field;
  // No fields of an error: none of them can be wrong by itself.
  static constexpr unsigned growth_field = 60;
  static constexpr unsigned track_allocations_field = 61;
  static constexpr unsigned hook_field = 62;
  static constexpr unsigned preset_field = 63;

public:
  constexpr builder() noexcept = default;

  // --- what each field means, its range and its default stand in the configuration, and in docs/configuration.md ------

  [[nodiscard]] constexpr auto storage(byte_span bytes) const noexcept {
    static_assert(is_open(field::storage), "storage is given twice");
    return with<set_of(field::storage)>(&Config::storage, bytes);
  }
  template <std::size_t Bytes>
  [[nodiscard]] constexpr auto storage(std::byte (&bytes)[Bytes]) const noexcept {
    return storage(byte_span{bytes, Bytes});
  }
  [[nodiscard]] constexpr auto block_size_bytes(std::size_t bytes) const noexcept {
    static_assert(is_open(field::block_size_bytes), "block_size_bytes is given twice");
    return with<set_of(field::block_size_bytes)>(&Config::block_size_bytes, bytes);
  }
  [[nodiscard]] constexpr auto block_align_bytes(std::size_t bytes) const noexcept {
    static_assert(is_open(field::block_align_bytes), "block_align_bytes is given twice");
    return with<set_of(field::block_align_bytes)>(&Config::block_align_bytes, bytes);
  }
  [[nodiscard]] constexpr auto block_count(std::size_t blocks) const noexcept {
    static_assert(is_open(field::block_count), "block_count is given twice");
    return with<set_of(field::block_count)>(&Config::block_count, blocks);
  }
  [[nodiscard]] constexpr auto cache_count(std::size_t caches) const noexcept {
    static_assert(is_open(field::cache_count), "cache_count is given twice");
    return with<set_of(field::cache_count)>(&Config::cache_count, caches);
  }
  [[nodiscard]] constexpr auto classes(const size_class* first, std::size_t count) const noexcept {
    static_assert(is_open(field::classes), "classes is given twice");
    auto next = with<set_of(field::classes)>(&Config::classes, first);
    next.config_.class_count = count;
    return next;
  }
  template <std::size_t Count>
  [[nodiscard]] constexpr auto classes(const size_class (&all)[Count]) const noexcept {
    return classes(all, Count);
  }
  [[nodiscard]] constexpr auto fallback_classes(std::size_t count) const noexcept {
    static_assert(is_open(field::fallback_classes), "fallback_classes is given twice");
    return with<set_of(field::fallback_classes)>(&Config::fallback_classes, count);
  }
  [[nodiscard]] constexpr auto source(const chunk_source& chunks) const noexcept {
    static_assert(is_open(field::chunk_source), "source is given twice");
    return with<set_of(field::chunk_source)>(&Config::source, chunks);
  }
  [[nodiscard]] constexpr auto chunk_bytes(std::size_t bytes) const noexcept {
    static_assert(is_open(field::chunk_bytes), "chunk_bytes is given twice");
    return with<set_of(field::chunk_bytes)>(&Config::chunk_bytes, bytes);
  }
  [[nodiscard]] constexpr auto growth(arena_growth how) const noexcept {
    static_assert(is_open(growth_field), "growth is given twice");
    return with<set_of(growth_field)>(&Config::growth, how);
  }
  [[nodiscard]] constexpr auto growth_bytes(std::size_t bytes) const noexcept {
    static_assert(is_open(field::growth_bytes), "growth_bytes is given twice");
    return with<set_of(field::growth_bytes)>(&Config::growth_bytes, bytes);
  }
  [[nodiscard]] constexpr auto capacity_max_bytes(std::size_t bytes) const noexcept {
    static_assert(is_open(field::capacity_max_bytes), "capacity_max_bytes is given twice");
    return with<set_of(field::capacity_max_bytes)>(&Config::capacity_max_bytes, bytes);
  }
  [[nodiscard]] constexpr auto track_allocations(bool each) const noexcept {
    static_assert(is_open(track_allocations_field), "track_allocations is given twice");
    return with<set_of(track_allocations_field)>(&Config::track_allocations, each);
  }
  [[nodiscard]] constexpr auto limit_bytes(std::size_t bytes) const noexcept {
    static_assert(is_open(field::limit_bytes), "limit_bytes is given twice");
    return with<set_of(field::limit_bytes)>(&Config::limit_bytes, bytes);
  }
  [[nodiscard]] constexpr auto block_limit_bytes(std::size_t bytes) const noexcept {
    static_assert(is_open(field::block_limit_bytes), "block_limit_bytes is given twice");
    return with<set_of(field::block_limit_bytes)>(&Config::block_limit_bytes, bytes);
  }
  [[nodiscard]] constexpr auto high_percent(unsigned percent) const noexcept {
    static_assert(is_open(field::high_percent), "high_percent is given twice");
    return with<set_of(field::high_percent)>(&Config::high_percent, percent);
  }
  [[nodiscard]] constexpr auto critical_percent(unsigned percent) const noexcept {
    static_assert(is_open(field::critical_percent), "critical_percent is given twice");
    return with<set_of(field::critical_percent)>(&Config::critical_percent, percent);
  }
  template <class Budget>
  [[nodiscard]] constexpr auto parent(Budget& above) const noexcept {
    static_assert(is_open(field::parent), "parent is given twice");
    return with<set_of(field::parent)>(&Config::parent, &above);
  }
  [[nodiscard]] constexpr auto level(check_level level) const noexcept {
    static_assert(is_open(field::check_level), "level is given twice");
    return with<set_of(field::check_level)>(&Config::level, level);
  }
  [[nodiscard]] constexpr auto hook(fault_hook hook) const noexcept {
    static_assert(is_open(hook_field), "hook is given twice");
    return with<set_of(hook_field)>(&Config::hook, hook);
  }

  /// What the program's allocators have in common. A level or a hook that is given too, before or after, goes first.
  [[nodiscard]] constexpr auto preset(const settings& common) const noexcept {
    static_assert(is_open(preset_field), "preset is given twice");
    auto next = moved_on<set_of(preset_field)>();
    next.preset_ = common;
    return next;
  }

  // --- what has been built ---------------------------------------------------------------------------------------------

  /// The configuration as it stands, the preset applied, whether complete or not.
  [[nodiscard]] constexpr Config config() const noexcept {
    Config whole = config_;
    if constexpr (!is_open(preset_field)) {
      if constexpr (has_check_level<Config>::value) {
        whole.level = is_open(field::check_level) ? preset_.level : whole.level;
      }
      whole.hook = is_open(hook_field) ? preset_.hook : whole.hook;
    }
    return whole;
  }

  /// The plan of which the allocator is made. Errors: those of the configuration's validate(). Does not compile iff a
  /// required field is missing.
  [[nodiscard]] auto build() const noexcept {
    static_assert(is_settled(field::storage), "storage is required, and is not given");
    static_assert(is_settled(field::block_size_bytes), "block_size_bytes is required, and is not given");
    static_assert(is_settled(field::classes), "classes is required, and is not given");
    static_assert(is_settled(field::chunk_source), "source is required, and is not given");
    static_assert(is_settled(field::chunk_bytes), "chunk_bytes is required, and is not given");
    static_assert(is_settled(field::limit_bytes), "limit_bytes is required, and is not given");
    static_assert((Required & ~Given) == 0, "a required field is not given");
    return config().validate();
  }

private:
  template <class, field_set, field_set>
  friend class builder;

  template <class Field>
  [[nodiscard]] static constexpr bool is_open(Field which) noexcept {
    return (Given & set_of(which)) == 0;
  }
  [[nodiscard]] static constexpr bool is_settled(field which) noexcept {
    return (Required & set_of(which)) == 0 || !is_open(which);
  }

  template <field_set Added>
  [[nodiscard]] constexpr auto moved_on() const noexcept {
    builder<Config, Required, Given | Added> next;
    next.config_ = config_;
    next.preset_ = preset_;
    return next;
  }
  template <field_set Added, class Member, class Value>
  [[nodiscard]] constexpr auto with(Member Config::* member, const Value& value) const noexcept {
    auto next = moved_on<Added>();
    next.config_.*member = value;
    return next;
  }

  Config config_{};
  settings preset_{};
};

using bump_builder = builder<bump_config, set_of(configuration_field::storage)>;
using stack_builder = builder<stack_config, set_of(configuration_field::storage)>;
using pool_builder = builder<pool_config, set_of(configuration_field::storage, configuration_field::block_size_bytes)>;
using local_pool_builder =
    builder<local_pool_config, set_of(configuration_field::storage, configuration_field::block_size_bytes)>;
using segregated_builder =
    builder<segregated_config, set_of(configuration_field::storage, configuration_field::classes)>;
using local_segregated_builder =
    builder<local_segregated_config, set_of(configuration_field::storage, configuration_field::classes)>;
using budget_builder = builder<budget_config, set_of(configuration_field::limit_bytes)>;
using local_budget_builder = builder<local_budget_config, set_of(configuration_field::limit_bytes)>;
using arena_builder =
    builder<arena_config, set_of(configuration_field::chunk_source, configuration_field::chunk_bytes)>;

} // namespace nebula
