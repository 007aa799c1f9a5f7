// SPDX-License-Identifier: Apache-2.0 OR MIT
// [SR-CAPI-004] The C enumerations have the values of the C++ ones. That none is missing on either side is for
// tests/c_api/check_enumerators.py to see.
#include <nebula/c/check_level.h>
#include <nebula/c/error.h>
#include <nebula/c/segregated.h>
#include <nebula/c/state.h>

#include <nebula/kernel/check_level.hpp>
#include <nebula/kernel/error.hpp>
#include <nebula/kernel/size_class.hpp>
#include <nebula/kernel/state.hpp>

#define NEBULA_SAME(of_c, of_cpp) static_assert(value_of(of_c) == value_of(of_cpp))

namespace nebula {
namespace {

template <class Enumeration>
constexpr unsigned long long value_of(Enumeration enumerator) noexcept {
  return static_cast<unsigned long long>(enumerator);
}

} // namespace

NEBULA_SAME(NEBULA_ERROR_NONE, error_code::none);
NEBULA_SAME(NEBULA_ERROR_INVALID_LAYOUT, error_code::invalid_layout);
NEBULA_SAME(NEBULA_ERROR_SIZE_OVERFLOW, error_code::size_overflow);
NEBULA_SAME(NEBULA_ERROR_LAYOUT_UNSUPPORTED, error_code::layout_unsupported);
NEBULA_SAME(NEBULA_ERROR_EXHAUSTED, error_code::exhausted);
NEBULA_SAME(NEBULA_ERROR_CONTENDED, error_code::contended);
NEBULA_SAME(NEBULA_ERROR_NOT_LAST_BLOCK, error_code::not_last_block);
NEBULA_SAME(NEBULA_ERROR_INVALID_CONFIGURATION, error_code::invalid_configuration);
NEBULA_SAME(NEBULA_ERROR_OVER_BUDGET, error_code::over_budget);
NEBULA_SAME(NEBULA_ERROR_OVER_BLOCK_LIMIT, error_code::over_block_limit);
NEBULA_SAME(NEBULA_ERROR_OVER_CAPACITY, error_code::over_capacity);
NEBULA_SAME(NEBULA_ERROR_NO_CACHE_SLOT, error_code::no_cache_slot);
NEBULA_SAME(NEBULA_ERROR_NULL_POINTER, error_code::null_pointer);
NEBULA_SAME(NEBULA_ERROR_FOREIGN_POINTER, error_code::foreign_pointer);
NEBULA_SAME(NEBULA_ERROR_MISALIGNED_POINTER, error_code::misaligned_pointer);
NEBULA_SAME(NEBULA_ERROR_DOUBLE_FREE, error_code::double_free);
NEBULA_SAME(NEBULA_ERROR_LAYOUT_MISMATCH, error_code::layout_mismatch);
NEBULA_SAME(NEBULA_ERROR_LIFO_VIOLATION, error_code::lifo_violation);
NEBULA_SAME(NEBULA_ERROR_FOREIGN_MARKER, error_code::foreign_marker);
NEBULA_SAME(NEBULA_ERROR_STALE_MARKER, error_code::stale_marker);
NEBULA_SAME(NEBULA_ERROR_SPENT_MARKER, error_code::spent_marker);
NEBULA_SAME(NEBULA_ERROR_BLOCKS_LIVE, error_code::blocks_live);
NEBULA_SAME(NEBULA_ERROR_STALE_HANDLE, error_code::stale_handle);
NEBULA_SAME(NEBULA_ERROR_OVER_RELEASE, error_code::over_release);
NEBULA_SAME(NEBULA_ERROR_BUDGET_IN_USE, error_code::budget_in_use);
NEBULA_SAME(NEBULA_ERROR_WRITTEN_AFTER_FREE, error_code::written_after_free);
NEBULA_SAME(NEBULA_ERROR_OVERRUN, error_code::overrun);
NEBULA_SAME(NEBULA_ERROR_CACHES_ATTACHED, error_code::caches_attached);
NEBULA_SAME(NEBULA_ERROR_CORRUPTED, error_code::corrupted);

NEBULA_SAME(NEBULA_OPERATION_NONE, operation::none);
NEBULA_SAME(NEBULA_OPERATION_CONFIGURE, operation::configure);
NEBULA_SAME(NEBULA_OPERATION_ALLOCATE, operation::allocate);
NEBULA_SAME(NEBULA_OPERATION_DEALLOCATE, operation::deallocate);
NEBULA_SAME(NEBULA_OPERATION_MARK, operation::mark);
NEBULA_SAME(NEBULA_OPERATION_RESTORE, operation::restore);
NEBULA_SAME(NEBULA_OPERATION_RESET, operation::reset);
NEBULA_SAME(NEBULA_OPERATION_CHECK_INVARIANTS, operation::check_invariants);
NEBULA_SAME(NEBULA_OPERATION_MAKE_LAYOUT, operation::make_layout);
NEBULA_SAME(NEBULA_OPERATION_RESOLVE_HANDLE, operation::resolve_handle);
NEBULA_SAME(NEBULA_OPERATION_RESIZE, operation::resize);
NEBULA_SAME(NEBULA_OPERATION_RESERVE, operation::reserve);
NEBULA_SAME(NEBULA_OPERATION_RELEASE, operation::release);
NEBULA_SAME(NEBULA_OPERATION_ATTACH, operation::attach);
NEBULA_SAME(NEBULA_OPERATION_FLUSH, operation::flush);
NEBULA_SAME(NEBULA_OPERATION_GROW, operation::grow);
NEBULA_SAME(NEBULA_OPERATION_CONSTRUCT, operation::construct);
NEBULA_SAME(NEBULA_OPERATION_DESTROY, operation::destroy);

NEBULA_SAME(NEBULA_COMPONENT_NONE, component::none);
NEBULA_SAME(NEBULA_COMPONENT_LAYOUT, component::layout);
NEBULA_SAME(NEBULA_COMPONENT_BUMP_ALLOCATOR, component::bump_allocator);
NEBULA_SAME(NEBULA_COMPONENT_POOL_ALLOCATOR, component::pool_allocator);
NEBULA_SAME(NEBULA_COMPONENT_LOCAL_POOL_ALLOCATOR, component::local_pool_allocator);
NEBULA_SAME(NEBULA_COMPONENT_STACK_ALLOCATOR, component::stack_allocator);
NEBULA_SAME(NEBULA_COMPONENT_SEGREGATED_ALLOCATOR, component::segregated_allocator);
NEBULA_SAME(NEBULA_COMPONENT_LOCAL_SEGREGATED_ALLOCATOR, component::local_segregated_allocator);
NEBULA_SAME(NEBULA_COMPONENT_SHARED_BUMP_ALLOCATOR, component::shared_bump_allocator);
NEBULA_SAME(NEBULA_COMPONENT_ARENA, component::arena);
NEBULA_SAME(NEBULA_COMPONENT_POOL_CACHE, component::pool_cache);
NEBULA_SAME(NEBULA_COMPONENT_BUDGET, component::budget);
NEBULA_SAME(NEBULA_COMPONENT_BUDGETED, component::budgeted);
NEBULA_SAME(NEBULA_COMPONENT_OBSERVED, component::observed);
NEBULA_SAME(NEBULA_COMPONENT_FALLBACK, component::fallback);
NEBULA_SAME(NEBULA_COMPONENT_CHUNK_SOURCE, component::chunk_source);
NEBULA_SAME(NEBULA_COMPONENT_TYPED_ARENA, component::typed_arena);
NEBULA_SAME(NEBULA_COMPONENT_OBJECT_HANDLE, component::object_handle);

NEBULA_SAME(NEBULA_FIELD_NONE, configuration_field::none);
NEBULA_SAME(NEBULA_FIELD_STORAGE, configuration_field::storage);
NEBULA_SAME(NEBULA_FIELD_BLOCK_SIZE_BYTES, configuration_field::block_size_bytes);
NEBULA_SAME(NEBULA_FIELD_BLOCK_ALIGN_BYTES, configuration_field::block_align_bytes);
NEBULA_SAME(NEBULA_FIELD_BLOCK_COUNT, configuration_field::block_count);
NEBULA_SAME(NEBULA_FIELD_CLASSES, configuration_field::classes);
NEBULA_SAME(NEBULA_FIELD_FALLBACK_CLASSES, configuration_field::fallback_classes);
NEBULA_SAME(NEBULA_FIELD_CACHE_COUNT, configuration_field::cache_count);
NEBULA_SAME(NEBULA_FIELD_CHUNK_BYTES, configuration_field::chunk_bytes);
NEBULA_SAME(NEBULA_FIELD_GROWTH_BYTES, configuration_field::growth_bytes);
NEBULA_SAME(NEBULA_FIELD_CAPACITY_MAX_BYTES, configuration_field::capacity_max_bytes);
NEBULA_SAME(NEBULA_FIELD_LIMIT_BYTES, configuration_field::limit_bytes);
NEBULA_SAME(NEBULA_FIELD_BLOCK_LIMIT_BYTES, configuration_field::block_limit_bytes);
NEBULA_SAME(NEBULA_FIELD_HIGH_PERCENT, configuration_field::high_percent);
NEBULA_SAME(NEBULA_FIELD_CRITICAL_PERCENT, configuration_field::critical_percent);
NEBULA_SAME(NEBULA_FIELD_PARENT, configuration_field::parent);
NEBULA_SAME(NEBULA_FIELD_CHUNK_SOURCE, configuration_field::chunk_source);
NEBULA_SAME(NEBULA_FIELD_CHECK_LEVEL, configuration_field::check_level);
NEBULA_SAME(NEBULA_FIELD_OBJECT_MEMORY, configuration_field::object_memory);

NEBULA_SAME(NEBULA_CHECK_LEVEL_STANDARD, check_level::standard);
NEBULA_SAME(NEBULA_CHECK_LEVEL_PARANOID, check_level::paranoid);

static_assert(NEBULA_FAILURE_REASON_COUNT == failure_reason_count);
static_assert(NEBULA_SEGREGATED_CLASS_COUNT_MAX == size_class_table::class_count_max);
static_assert(sizeof(nebula_error) == sizeof(error));

} // namespace nebula

#undef NEBULA_SAME
